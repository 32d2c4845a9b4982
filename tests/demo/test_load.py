"""The demonstration shows what a roster can be, and its duties keep the rules of the form."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.bookings import availability, duty_plan
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking, Displaced, Waiting, WaitingState
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.duties import check_apart
from cic_cases.calendar.models import Duty, DutyKind, DutyService
from cic_cases.centres import queries as centres
from cic_cases.centres import service
from cic_cases.centres.models import Centre, HowBooked
from cic_cases.centres.region_file import read
from cic_cases.demo import load as demo
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.resources import resource
from cic_cases.notifications import call_list
from cic_cases.notifications.kinds import Mode
from cic_cases.people.models import StaffLanguage
from cic_cases.privacy.actor import Scope
from cic_cases.visits import external_queries

pytestmark = pytest.mark.sqlite_only
FOUR_WEEKS = timedelta(days=28)


@pytest.fixture
def shown(session, clock):
    """The demonstration as it is on Monday, 7 January 2030."""
    in_transaction(service.load, read(resource("regions/wielkopolska.toml")), at=clock.at)
    today = clock.at.date()
    in_transaction(demo.load, seed=1, today=today, at=clock.at, password_hash="none")
    return today


def _rules(session, today):
    ids = [centre.id for centre in centres.all_centres(session)]
    return duty_plan.read(session, ids, today, today + FOUR_WEEKS).entries


def test_the_demonstration_shows_what_a_roster_can_be(session, shown, clock):
    for centre in centres.all_centres(session):
        for one in centres.services_of(session, centre.region_id, HowBooked.SLOT):
            search = Search(frozenset({one.id}), frozenset({centre.id}), shown, shown + FOUR_WEEKS)
            assert availability.free_slots(session, search, clock.at, limit=1), (
                centre.slug,
                one.key,
            )

    def number(*conditions):
        return session.scalar(select(func.count()).select_from(Duty).where(*conditions))

    remote = Duty.kind == DutyKind.INTERPRETS, Duty.remote
    spoken = select(StaffLanguage.language).join(Duty, Duty.staff_id == StaffLanguage.staff_id)
    assert {"uk", "ru", "ka", "tr"} <= set(session.scalars(spoken.where(*remote)))
    poznan = select(Centre.id).where(Centre.slug == "poznan").scalar_subquery()
    on_site = Duty.kind == DutyKind.INTERPRETS, Duty.remote.is_(False), Duty.centre_id == poznan
    assert number(*on_site) > 0
    assert number(Duty.every_weeks == 2) > 0
    assert number(Duty.weekday == 5, Duty.valid_from == Duty.valid_until) > 0
    own = select(func.count()).select_from(DutyService).where(DutyService.after_minutes > 0)
    assert session.scalar(own.where(DutyService.minutes.is_not(None))) > 0


def test_in_every_centre_two_people_have_to_be_called(session, shown, clock):
    for centre in centres.all_centres(session):
        scope = Scope(frozenset({centre.id}))
        found = call_list.waiting_to_be_called(session, scope, clock.at)
        assert sorted(one.mode for one in found) == [Mode.DISCREET, Mode.FULL]
        assert all(call_list.words(one, clock.at) for one in found)


def test_no_duty_of_the_demonstration_meets_another_of_its_specialist_or_room(session, shown):
    rules = [entry.rule for entry in _rules(session, shown)]
    assert len(rules) > 100
    for rule in rules:
        others = [
            other
            for other in rules
            if other.id != rule.id
            and (
                other.staff_id == rule.staff_id or (rule.room_id and other.room_id == rule.room_id)
            )
        ]
        check_apart(rule, others, "", shown)


def test_every_centre_has_a_line_ways_to_an_office_an_interpreter_and_a_cancelled_duty(
    session, shown, clock
):
    for centre in centres.all_centres(session):
        scope = Scope(frozenset({centre.id}))
        line = select(func.count()).where(
            Waiting.joined_centre_id == centre.id, Waiting.state == WaitingState.WAITING
        )
        assert session.scalar(line) >= 3
        outside = external_queries.coming(session, scope, clock.at)
        assert [one.open_task for one in outside] == [False, True]
        assert len({one.case_id for one in outside}) == 2
        here = (Booking.centre_id == centre.id, Booking.starts_at < clock.at + timedelta(days=1))
        interpreted = select(func.count()).where(
            *here, Booking.interpreter_id.is_not(None), Booking.status == Status.BOOKED
        )
        assert session.scalar(interpreted) == 1
        lost = (
            select(func.count())
            .select_from(Displaced)
            .join(Booking, Booking.id == Displaced.booking_id)
            .where(Booking.centre_id == centre.id, Displaced.outcome.is_(None))
        )
        assert session.scalar(lost) >= 1


@pytest.mark.parametrize("hours", [3, 8, 15], ids=["morning", "afternoon", "evening"])
def test_the_demonstration_can_be_loaded_at_any_time_of_the_day(session, clock, hours):
    """What was booked for earlier today has an outcome; nobody is left as booked since morning."""
    in_transaction(service.load, read(resource("regions/wielkopolska.toml")), at=clock.at)
    at = clock.forward(timedelta(hours=hours))

    in_transaction(demo.load, seed=1, today=at.date(), at=at, password_hash="none")

    over = select(Booking.status).where(Booking.ends_at <= at, Booking.ends_at > at - FOUR_WEEKS)
    statuses = set(session.scalars(over))
    assert statuses <= {Status.DONE, Status.NO_SHOW}
    assert statuses
