"""Nobody came: they hear of it after a while and by day, unless the tap was a mistake."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cic_cases.bookings import service, steps
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.cases.events import ContactChanged
from cic_cases.notifications import jobs, planning
from cic_cases.notifications.channels import PermanentFailure
from cic_cases.notifications.kinds import Kind, State
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

WARSAW = ZoneInfo("Europe/Warsaw")
STARTS = datetime(2030, 1, 7, 9, tzinfo=WARSAW)
TAPPED = STARTS + timedelta(minutes=20)
HOUR = timedelta(hours=1)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def by(make, told):
    return make.actor(make.staff("reception", told.centre))


def booked(told, by, case_id):
    """An appointment with its first trace, as a real booking leaves it."""
    booking = told.books(case_id, STARTS, at=MONDAY)
    steps.remember(told.session, booking, Happening.MADE, at=MONDAY, by=by.id)
    told.session.commit()
    jobs.send_due(MONDAY, Pile())
    return booking


def misses(told, booking, by, at=TAPPED):
    scope = by.scope("booking.change")
    service.set_status(told.session, booking.reference, Status.NO_SHOW, scope=scope, at=at, by=by)
    told.session.commit()


def undoes(told, booking, by, at=TAPPED):
    service.undo(told.session, booking.reference, scope=by.scope("booking.change"), at=at, by=by)
    told.session.commit()


def missed(told):
    return [m for m in told.messages() if m.kind is Kind.MISSED_VISIT]


def test_who_did_not_come_is_told_an_hour_later_how_to_get_another_time(told, by):
    booking = told.books(told.person(language="pl"), STARTS, at=MONDAY, language="pl")
    jobs.send_due(MONDAY, Pile())
    misses(told, booking, by)
    pile = Pile()

    jobs.send_due(TAPPED + timedelta(minutes=59), pile)
    assert pile.letters == []
    jobs.send_due(TAPPED + HOUR, pile)

    [letter] = pile.letters
    assert "nie odbyła się" in letter.body
    assert letter.calendar is None


def test_a_wrong_tap_that_is_undone_tells_nobody_and_a_right_one_tells_once(told, by):
    booking = booked(told, by, told.person())
    misses(told, booking, by)
    undoes(told, booking, by, TAPPED + timedelta(minutes=1))
    [row] = missed(told)
    assert row.state is State.SUPERSEDED

    misses(told, booking, by, TAPPED + timedelta(minutes=2))
    [row] = missed(told)
    assert (row.state, row.due_at) == (State.PENDING, TAPPED + timedelta(minutes=2) + HOUR)


def test_whoever_is_reached_discreetly_hears_nothing_of_a_missed_visit(told, by):
    booking = told.books(told.person("discreet"), STARTS, at=MONDAY)
    misses(told, booking, by)
    assert missed(told) == []


def test_an_undo_after_it_was_sent_leaves_the_record(told, by):
    booking = booked(told, by, told.person())
    misses(told, booking, by)
    jobs.send_due(TAPPED + HOUR, Pile())
    undoes(told, booking, by, TAPPED + 2 * HOUR)
    [row] = missed(told)
    assert row.state is State.SENT


def test_what_a_wrong_address_has_failed_leaves_by_the_corrected_one(told):
    later = STARTS + timedelta(days=2)
    case_id = told.person()
    told.books(case_id, later, at=MONDAY)
    pile = Pile()
    pile.fails = PermanentFailure("refused by the mail server: 550")
    jobs.send_due(MONDAY, pile)
    pile.fails = None

    planning.on_contact_changed(told.session, ContactChanged(case_id, MONDAY + HOUR))
    told.session.commit()
    jobs.send_due(MONDAY + HOUR, pile)

    assert len(pile.letters) == 1
    states = {m.kind: m.state for m in told.messages()}
    assert states[Kind.BOOKING_CONFIRMATION] is State.SENT


def test_a_reminder_that_a_servers_trouble_delayed_into_the_night_waits_until_eight(told):
    monday = datetime(2030, 1, 14, 9, tzinfo=WARSAW)
    told.books(told.person(), monday, at=MONDAY)  # reminded on Saturday, with the date
    pile = Pile()
    jobs.send_due(MONDAY, pile)
    at_night = datetime(2030, 1, 12, 23, tzinfo=WARSAW)
    morning = datetime(2030, 1, 13, 8, tzinfo=WARSAW)

    assert jobs.send_due(at_night, pile) == 0
    assert jobs.send_due(morning - timedelta(minutes=1), pile) == 0
    assert jobs.send_due(morning, pile) == 1

    assert "завтра" not in pile.letters[-1].body
    assert "14.01" in pile.letters[-1].body


@pytest.mark.parametrize(
    ("mode", "status", "alone"),
    [
        pytest.param("none", Status.BOOKED, True, id="wants no message, is expected"),
        pytest.param("none", Status.CANCELLED, False, id="wants no message, nothing is ahead"),
        pytest.param("full", Status.BOOKED, False, id="is told"),
    ],
)
def test_the_desk_is_warned_when_no_way_is_left_to_tell_of_what_is_ahead(told, mode, status, alone):
    case_id = told.person(mode, email="person@example.org" if mode == "full" else None)
    booking = told.books(case_id, STARTS, at=MONDAY)
    booking.status = status
    told.session.commit()

    assert planning.none_remains(told.session, case_id, MONDAY) is alone
    assert planning.none_remains(told.session, case_id, STARTS) is False


def test_whoever_was_reminded_on_the_eve_is_not_reminded_again_at_a_new_address(told):
    """The contact is corrected on the day of the visit, hours ahead."""
    wednesday = datetime(2030, 1, 9, 15, tzinfo=WARSAW)
    case_id = told.person()
    told.books(case_id, wednesday, at=MONDAY)
    pile = Pile()
    for at in (MONDAY, datetime(2030, 1, 8, 10, tzinfo=WARSAW)):
        jobs.send_due(at, pile)
    assert len(pile.letters) == 2

    morning = datetime(2030, 1, 9, 9, tzinfo=WARSAW)
    planning.on_contact_changed(told.session, ContactChanged(case_id, morning))
    told.session.commit()
    jobs.send_due(datetime(2030, 1, 9, 13, tzinfo=WARSAW), pile)

    assert len(pile.letters) == 2
