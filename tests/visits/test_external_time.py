"""The time that appointments elsewhere take: the search, bookings and a race for one assistant."""

import threading
from datetime import date

import pytest
from flask import Flask

from cic_cases.bookings import availability
from cic_cases.bookings import rules as booking_rules
from cic_cases.bookings import service as bookings
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import Wish
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.intervals import Interval
from cic_cases.visits import external_rules
from tests.errand import MINUTE, Errand
from tests.visits.test_external import taken

TUESDAY = date(2030, 1, 8)


def test_the_search_offers_no_time_at_which_the_person_is_elsewhere(errand: Errand):
    make, centre = errand.make, errand.centre
    legal, lawyer = make.service(), make.staff("lawyer", centre)
    make.duty(lawyer, centre, make.room(centre), [legal], weekday=1, grid=40)
    search = Search(
        service_ids=frozenset({legal.id}),
        centre_ids=frozenset({centre.id}),
        first_day=TUESDAY,
        last_day=TUESDAY,
        person=errand.case.resource_id,
    )
    before = availability.free_slots(errand.session, search, errand.clock.at)
    errand.note()  # 11:00 to 11:40, half an hour each way

    after = availability.free_slots(errand.session, search, errand.clock.at)

    away = Interval(errand.tomorrow - 30 * MINUTE, errand.tomorrow + 70 * MINUTE)
    gone = {slot.time.start for slot in before} - {slot.time.start for slot in after}
    assert gone == {slot.time.start for slot in before if slot.time.overlaps(away)}
    assert gone
    [clash, *_] = [slot for slot in before if slot.time.start in gone]
    wish = Wish(clash.code, errand.case.id, "uk", False, centre.id)
    with pytest.raises(booking_rules.PersonBusy):
        in_transaction(bookings.book, wish, at=errand.clock.at, by=errand.by)


def test_whoever_receives_people_then_cannot_go_along(errand: Errand):
    make, centre = errand.make, errand.centre
    advice = make.service("career_advice", 40, "slot", "role")
    adviser = make.staff("adviser", centre)
    make.duty(adviser, centre, make.room(centre), [advice], weekday=1, grid=40)
    search = Search(
        service_ids=frozenset({advice.id}),
        centre_ids=frozenset({centre.id}),
        first_day=TUESDAY,
        last_day=TUESDAY,
    )
    last = availability.free_slots(errand.session, search, errand.clock.at)[-1]
    other, _ = make.case(centre)
    wish = Wish(last.code, other.id, "uk", False, centre.id)
    in_transaction(bookings.book, wish, at=errand.clock.at, by=errand.by)

    with pytest.raises(external_rules.AssistantBusy):
        errand.note(last.time.end, travel_minutes=15, assistant_id=adviser.id)
    noted = errand.note(last.time.end + 15 * MINUTE, travel_minutes=15, assistant_id=adviser.id)

    free = availability.free_slots(errand.session, search, errand.clock.at)
    assert all(not slot.time.overlaps(taken(errand)[adviser.resource_id]) for slot in free)
    assert noted.assistant_id == adviser.id


def test_of_many_who_want_one_assistant_at_once_exactly_one_gets_them(errand: Errand, app: Flask):
    cases = [errand.make.case(errand.centre)[0] for _ in range(8)]
    begin, results = threading.Barrier(len(cases)), []

    def contend(case) -> None:
        with app.app_context():
            begin.wait()
            try:
                errand.note(case=case, assistant_id=errand.assistant.id)
            except external_rules.AssistantBusy:
                results.append("busy")
            else:
                results.append("noted")

    threads = [threading.Thread(target=contend, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(results) == ["busy"] * 7 + ["noted"]
    errand.session.rollback()
    assert len(taken(errand)) == 2
