"""Visits and quick contacts, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings.events import BookingDone, BookingReopened
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation import clock
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy.models import AuditEntry
from cic_cases.visits import queries, rules, service
from cic_cases.visits.channels import Channel
from cic_cases.visits.models import Visit, VisitService
from cic_cases.visits.rules import VisitWish

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def by(make, centre):
    return make.actor(make.staff("reception", centre))


@pytest.fixture
def help_(make):
    return make.service("information", 10, "walk_in", "open", desk=True)


@pytest.fixture
def wish(make, centre, help_):
    case, _ = make.case(centre)
    return VisitWish(
        centre_id=centre.id,
        channel=Channel.DESK,
        service_ids=frozenset({help_.id}),
        case_id=case.id,
        language="uk",
        minutes=None,
        occurred_at=clock.now(),
    )


@pytest.fixture
def done(make, centre, by):
    """The event of a booking whose person was seen, and its undoing."""
    case, _ = make.case(centre)
    legal = make.service()
    lawyer = make.staff("lawyer", centre)
    booking = make.save(
        Booking(
            reference="QNJ5TH",
            case_id=case.id,
            service_id=legal.id,
            centre_id=centre.id,
            booked_centre_id=centre.id,
            staff_id=lawyer.id,
            room_id=None,
            starts_at=clock.now(),
            ends_at=clock.now() + 40 * MINUTE,
            language="ru",
            status=Status.DONE,
            calendar_uid="00000000-0000-0000-0000-000000000000",
            made_at=clock.now(),
            made_by=by.id,
        )
    )
    return BookingDone(
        booking_id=booking.id,
        centre_id=centre.id,
        case_id=case.id,
        service_id=legal.id,
        language="ru",
        minutes=40,
        occurred_at=clock.now(),
        at=clock.now(),
        by=lawyer.id,
    )


def test_a_visit_keeps_every_service_and_is_audited(session, make, wish, by):
    other = make.service("document_translation", 15, "walk_in", "role")
    wish = replace(wish, service_ids=wish.service_ids | {other.id}, minutes=25)

    visit = in_transaction(service.record, wish, at=clock.now(), by=by)

    (seen,) = queries.of_case(session, wish.case_id)
    assert (seen.key, seen.minutes, seen.channel) == (visit.key, 25, Channel.DESK)
    assert set(seen.service_ids) == wish.service_ids
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.actor_id) == ("visit.recorded", visit.id, by.id)


def test_a_visit_of_nobody_known_is_a_visit(session, wish, by):
    visit = in_transaction(service.record, replace(wish, case_id=None), at=clock.now(), by=by)

    assert session.get_one(Visit, visit.id).case_id is None


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        pytest.param({"service_ids": frozenset()}, "services", "Choose one", id="for nothing"),
        pytest.param(
            {"service_ids": frozenset({9999})}, "services", "Choose one", id="for no such help"
        ),
        pytest.param({"language": "xx"}, "language", "Choose one", id="in no language"),
        pytest.param({"minutes": 0}, "minutes", "from 1 to 720", id="of no time"),
        pytest.param({"minutes": 721}, "minutes", "from 1 to 720", id="longer than half a day"),
        pytest.param({"occurred_at": MINUTE}, "occurred_at", "has not come yet", id="in a minute"),
        pytest.param(
            {"occurred_at": -31 * DAY}, "occurred_at", "for 30 days", id="a month and a day ago"
        ),
    ],
)
def test_what_cannot_be_a_visit_is_refused_at_its_field(session, wish, by, change, field, sentence):
    moved = {
        name: clock.now() + value if isinstance(value, timedelta) else value
        for name, value in change.items()
    }

    with pytest.raises(rules.Refusal, match=sentence) as refused:
        in_transaction(service.record, replace(wish, **moved), at=clock.now(), by=by)

    assert refused.value.field == field
    assert session.scalars(select(Visit)).all() == []


def test_a_visit_of_thirty_days_ago_can_still_be_recorded(wish, by):
    long_ago = replace(wish, occurred_at=clock.now() - 30 * DAY, minutes=720)

    assert in_transaction(service.record, long_ago, at=clock.now(), by=by).minutes == 720


def test_a_quick_contact_is_never_the_service_of_a_visit(make, wish, by):
    counted = make.service("quick_contact", 3, "walk_in", "open")

    with pytest.raises(rules.NoService):
        in_transaction(
            service.record,
            replace(wish, service_ids=frozenset({counted.id})),
            at=clock.now(),
            by=by,
        )


def test_a_booking_leads_to_exactly_one_visit(session, done):
    in_transaction(service.record_for_booking, done)
    in_transaction(service.record_for_booking, done)

    (visit,) = queries.of_case(session, done.case_id)
    assert (visit.booking_id, visit.minutes, visit.language) == (done.booking_id, 40, "ru")
    assert visit.service_ids == (done.service_id,)
    assert visit.recorded_by == done.by


def test_an_undone_booking_has_no_visit_and_may_have_one_again(session, done):
    in_transaction(service.record_for_booking, done)
    undone = BookingReopened(done.booking_id, clock.now() + MINUTE, done.by)

    in_transaction(service.void_for_booking, undone)
    in_transaction(service.void_for_booking, undone)

    assert queries.of_case(session, done.case_id) == []
    in_transaction(service.record_for_booking, done)
    assert len(queries.of_case(session, done.case_id)) == 1
    kept = session.scalars(select(Visit)).all()
    assert [visit.voided_at is None for visit in kept] == [False, True]
    assert len(session.scalars(select(VisitService)).all()) == 2


def test_quick_contacts_are_counted_apart_from_visits(session, make, wish, centre, by):
    elsewhere = make.centre("leszno")
    for at_centre in (centre, centre, elsewhere):
        in_transaction(service.quick_contact, at_centre.id, Channel.PHONE, at=clock.now(), by=by)
    in_transaction(service.record, wish, at=clock.now(), by=by)
    today = Interval(clock.now() - HOUR, clock.now() + HOUR)
    yesterday = Interval(today.start - DAY, today.end - DAY)

    assert queries.today_counts(session, centre.id, today) == queries.TodayCounts(1, 2)
    assert queries.today_counts(session, centre.id, yesterday) == queries.TodayCounts(0, 0)


def count(session, centre_id):
    today = Interval(datetime(2030, 1, 1, tzinfo=clock.now().tzinfo), clock.now() + DAY)
    return queries.today_counts(session, centre_id, today).quick_contacts


def test_undo_takes_back_the_last_own_one_and_then_the_one_before(session, make, centre, by, clock):
    colleague = make.actor(make.staff("reception", centre))
    for who in (by, by, colleague):
        in_transaction(service.quick_contact, centre.id, Channel.DESK, at=clock.at, by=who)
        clock.forward(MINUTE)
    undoing = {"centre_id": centre.id, "at": clock.at, "by": by}

    last = in_transaction(service.undo_quick_contact, None, **undoing)
    first = in_transaction(service.undo_quick_contact, None, **undoing)

    assert first.occurred_at < last.occurred_at
    assert count(session, centre.id) == 1
    with pytest.raises(rules.NothingToUndo, match="nothing to undo"):
        in_transaction(service.undo_quick_contact, None, **undoing)


def test_undo_reaches_ten_minutes_back_and_a_named_one_a_day(session, centre, by, clock):
    made = in_transaction(service.quick_contact, centre.id, Channel.DESK, at=clock.at, by=by)
    at = clock.forward(11 * MINUTE)
    undoing = {"centre_id": centre.id, "at": at, "by": by}

    with pytest.raises(rules.NothingToUndo):
        in_transaction(service.undo_quick_contact, None, **undoing)
    in_transaction(service.undo_quick_contact, made.key, **undoing)

    assert count(session, centre.id) == 0
    with pytest.raises(rules.NothingToUndo):
        in_transaction(service.undo_quick_contact, made.key, **undoing)


@pytest.mark.parametrize("whose", ["a colleague's", "another centre's"])
def test_nobody_takes_back_what_is_not_theirs(make, centre, by, clock, whose):
    made = in_transaction(service.quick_contact, centre.id, Channel.DESK, at=clock.at, by=by)
    who = make.actor(make.staff("reception", centre)) if whose == "a colleague's" else by
    where = centre if whose == "a colleague's" else make.centre("leszno")

    with pytest.raises(rules.NothingToUndo):
        in_transaction(
            service.undo_quick_contact, made.key, centre_id=where.id, at=clock.at, by=who
        )


def test_visits_of_a_case_are_numbered(session, make, wish, by):
    newcomer, _ = make.case()
    for days in (3, 2, 1):
        past = replace(wish, occurred_at=clock.now() - days * DAY)
        in_transaction(service.record, past, at=clock.now(), by=by)

    asked = [wish.case_id, newcomer.id]
    assert queries.visit_number(session, asked, clock.now()) == {wish.case_id: 4, newcomer.id: 1}
    assert queries.visit_number(session, asked, clock.now() - 2 * DAY)[wish.case_id] == 2
    latest_first = [visit.occurred_at for visit in queries.of_case(session, wish.case_id)]
    assert latest_first == sorted(latest_first, reverse=True)


def test_a_visit_is_its_recorders_unless_a_booking_led_to_it(session, wish, by, done):
    in_transaction(service.record, wish, at=clock.now(), by=by)
    in_transaction(service.record_for_booking, done)

    def served(staff_id, since):
        return set(session.scalars(queries.served_by(staff_id, since)))

    assert served(by.id, clock.now() - DAY) == {wish.case_id}
    assert served(by.id, clock.now() + DAY) == set()
    assert served(done.by, clock.now() - DAY) == set()


def test_what_only_its_author_may_see_is_not_recorded_at_the_desk(session, make, wish, centre, by):
    legal = make.service("legal_advice", 40, "slot", "author")
    both = replace(wish, service_ids=wish.service_ids | {legal.id})
    coordinator = make.actor(make.staff("coordinator", centre))

    for who in (by, coordinator):
        with pytest.raises(rules.ConfidentialHelp) as caught:
            in_transaction(service.record, both, at=clock.now(), by=who)
        assert (caught.value.field, caught.value.problem) == ("services", "confidential-help")
    assert session.scalars(select(Visit)).all() == []

    lawyer = make.actor(make.staff("lawyer", centre))
    assert in_transaction(service.record, both, at=clock.now(), by=lawyer).id


def test_quick_contacts_and_what_was_taken_back_are_audited_by_id(session, centre, by):
    at = clock.now()
    made = in_transaction(service.quick_contact, centre.id, Channel.DESK, at=at, by=by)
    in_transaction(service.undo_quick_contact, made.key, centre_id=centre.id, at=at, by=by)

    noted = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.action, one.actor_id, one.centre_id) for one in noted] == [
        ("quick_contact.counted", by.id, centre.id),
        ("quick_contact.undone", by.id, centre.id),
    ]
    assert {(one.subject_type, one.subject_id) for one in noted} == {("quick_contact", made.id)}
