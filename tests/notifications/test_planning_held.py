"""What people are told of a time that is held for them: offered, or proposed for a lost one."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import HeldFor
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.notifications import jobs, preview
from cic_cases.notifications.channels import TemporaryFailure
from cic_cases.notifications.kinds import Kind, State
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told, without_secrets
from tests.notifications.test_planning import BOTH, change, lines

WARSAW = ZoneInfo("Europe/Warsaw")
WEDNESDAY = datetime(2030, 1, 9, 9, tzinfo=WARSAW)
FRIDAY = WEDNESDAY + timedelta(days=2)
A_MINUTE = timedelta(minutes=1)
UNDO = A_MINUTE
NIGHT = datetime(2030, 1, 7, 22, tzinfo=WARSAW)
DEADLINE = datetime(2030, 1, 8, 11, tzinfo=WARSAW)
NEXT_MORNING = datetime(2030, 1, 8, 8, tzinfo=WARSAW)
AT_ONE = MONDAY + timedelta(hours=6)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


def proposal_for(told: Told, case_id: int, *, until: datetime = DEADLINE) -> Booking:
    return told.offers(
        case_id, FRIDAY, until=until, at=MONDAY, held_for=HeldFor.PROPOSAL, tell=False
    )


def displaced(told: Told, case_id: int, *, with_proposal: bool = True) -> tuple[Booking, Booking]:
    """The appointment of Wednesday, lost at 7:00; confirmed to the person long before."""
    booking = told.books(case_id, WEDNESDAY, at=MONDAY)
    jobs.send_due(MONDAY, Pile())
    held = proposal_for(told, case_id)
    told.displaces(booking, held if with_proposal else None, at=MONDAY, due_at=MONDAY + UNDO)
    return booking, held


def test_an_offer_is_told_at_once_by_every_way_and_dies_with_the_hold(told):
    told.offers(told.person(**BOTH), WEDNESDAY, until=DEADLINE, at=AT_ONE)

    assert lines(told) == [
        "waiting_list_offer email v1 pending 07.01 13:00",
        "waiting_list_offer sms v1 pending 07.01 13:00",
    ]
    assert {m.expires_at for m in told.messages()} == {DEADLINE}


def test_an_offer_that_a_cancellation_at_night_caused_wakes_nobody(told):
    told.offers(told.person(), WEDNESDAY, until=DEADLINE, at=NIGHT)
    pile = Pile()

    assert jobs.send_due(NEXT_MORNING - A_MINUTE, pile) == 0
    assert jobs.send_due(NEXT_MORNING, pile) == 1


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param({"mode": "none", "email": None}, id="wants none"),
        pytest.param({"mode": "full", "email": None}, id="gave no address"),
    ],
)
def test_people_told_at_reception_get_no_row(told, contact):
    case_id = told.person(**contact)
    told.offers(case_id, WEDNESDAY, until=DEADLINE, at=AT_ONE)
    displaced(told, case_id)

    assert lines(told) == []


def test_an_offer_that_has_ended_is_not_told_any_more(told):
    held = told.offers(told.person(), WEDNESDAY, until=DEADLINE, at=NIGHT)
    told.ends(held, at=NIGHT + A_MINUTE, lapsed=False)

    assert lines(told, State.PENDING) == []


def test_after_a_long_outage_nobody_is_offered_what_is_no_longer_held(told):
    """The sweep is late as well: the row alone would still be sent."""
    told.offers(told.person(), WEDNESDAY, until=DEADLINE, at=AT_ONE)

    assert jobs.send_due(DEADLINE, Pile()) == 0
    assert [m.state for m in told.messages()] == [State.SUPERSEDED]


def test_an_offer_is_no_entry_in_a_calendar(told):
    told.offers(told.person(), WEDNESDAY, until=DEADLINE, at=AT_ONE)
    pile = Pile()
    jobs.send_due(AT_ONE, pile)

    (letter,) = pile.letters
    assert letter.calendar is None
    assert "08.01 11:00" in letter.body


def test_a_displaced_appointment_is_told_after_the_minute_of_undoing(told):
    booking, _ = displaced(told, told.person())
    pile = Pile()

    assert jobs.send_due(MONDAY, pile) == 0
    assert jobs.send_due(MONDAY + UNDO, pile) == 1
    (letter,) = pile.letters
    for what in ("09.01", "09:00", "11.01", "08.01 11:00", "+48887063112"):
        assert what in letter.body
    assert b"METHOD:CANCEL" in letter.calendar
    rows = [m for m in told.messages(booking) if m.kind is Kind.CANCELLED_WITH_PROPOSAL]
    assert [row.expires_at for row in rows] == [booking.starts_at]


def test_without_another_time_the_person_hears_that_it_is_cancelled(told):
    displaced(told, told.person(), with_proposal=False)

    assert lines(told, State.PENDING) == ["cancelled_by_centre email v2 pending 07.01 07:01"]


def test_a_discreet_person_hears_of_both_times_and_of_no_place(told):
    displaced(told, told.person("discreet"))
    pile = Pile()
    jobs.send_due(MONDAY + UNDO, pile)

    (letter,) = pile.letters
    assert letter.sender == "post@example.net"
    assert "11.01" in letter.body
    assert "CIC" not in letter.body
    assert b"LOCATION" not in letter.calendar


def test_undone_in_time_nobody_hears_of_it_and_the_reminder_stands_again(told):
    booking, held = displaced(told, told.person())
    told.restores(booking, at=MONDAY + UNDO / 2)
    told.ends(held, at=MONDAY + UNDO / 2, lapsed=False)

    assert lines(told, State.PENDING) == ["reminder_day_before email v3 pending 08.01 10:00"]


def test_a_confirmation_that_was_withdrawn_unsent_comes_back_with_the_appointment(told):
    booking = told.books(told.person(), WEDNESDAY, at=MONDAY)
    told.displaces(booking, None, at=MONDAY, due_at=MONDAY + UNDO)
    told.restores(booking, at=MONDAY + UNDO / 2)

    assert lines(told, State.PENDING) == [
        "booking_confirmation email v3 pending 07.01 07:00",
        "reminder_day_before email v3 pending 08.01 10:00",
    ]


def test_a_proposal_that_ended_before_it_was_told_leaves_the_news_of_the_cancellation(told):
    booking, held = displaced(told, told.person())
    pile = Pile()
    pile.fails = TemporaryFailure("away")
    jobs.send_due(MONDAY + UNDO, pile)
    pile.fails = None

    assert jobs.send_due(DEADLINE, pile) == 0
    told.ends(held, at=DEADLINE)
    assert jobs.send_due(DEADLINE, pile) == 1
    sent = [m.kind for m in told.messages(booking) if m.state is State.SENT]
    assert sent == [Kind.BOOKING_CONFIRMATION, Kind.CANCELLED_BY_CENTRE]


def test_a_proposal_that_was_told_and_ended_is_not_told_again(told):
    _, held = displaced(told, told.person())
    jobs.send_due(MONDAY + UNDO, Pile())
    told.ends(held, at=DEADLINE)

    assert lines(told, State.PENDING) == []


def test_moved_to_the_proposed_time_the_person_hears_of_the_new_time_only(told):
    booking, held = displaced(told, told.person())
    told.ends(held, at=MONDAY + UNDO / 2, lapsed=False)
    told.moves(booking, FRIDAY, at=MONDAY + UNDO / 2)

    assert [m.kind for m in told.messages() if m.state is State.PENDING] == [
        Kind.RESCHEDULED,
        Kind.REMINDER_DAY_BEFORE,
    ]


def test_another_specialist_changes_nothing_for_the_person(told, make):
    booking = told.books(told.person(), WEDNESDAY, at=MONDAY)
    before = [m.id for m in told.messages()]
    told.reassigns(booking, make.staff("lawyer", told.centre).id, at=MONDAY)

    assert [m.id for m in told.messages()] == before
    assert lines(told, State.PENDING) == [
        "booking_confirmation email v2 pending 07.01 07:00",
        "reminder_day_before email v2 pending 08.01 10:00",
    ]
    assert jobs.send_due(MONDAY, Pile()) == 1


def test_an_offer_follows_a_changed_contact(told):
    case_id = told.person()
    told.offers(case_id, WEDNESDAY, until=DEADLINE, at=NIGHT)

    change(told, case_id, at=NIGHT, mode=ContactMode.NONE, email=None)
    assert lines(told, State.PENDING) == []
    change(told, case_id, at=NIGHT, mode=ContactMode.DISCREET, phone="+48600100200")
    assert lines(told, State.PENDING) == ["waiting_list_offer sms v1 pending 08.01 08:00"]


def test_the_news_of_a_lost_time_follows_a_changed_contact_but_leaves_no_earlier(told):
    case_id = told.person()
    displaced(told, case_id)

    change(told, case_id, at=MONDAY + UNDO / 4, email=None, phone="+48600100200")

    (row,) = [m for m in told.messages() if m.state is State.PENDING]
    assert (row.channel, row.due_at) == ("sms", MONDAY + UNDO)


@pytest.mark.parametrize("mode", ["full", "discreet"])
def test_the_previews_are_what_arrives(told, mode):
    case_id = told.person(mode, **BOTH)
    booking, _ = displaced(told, case_id)
    shown = preview.of_displaced(
        told.session, case_id=case_id, centre_id=told.centre.id, language="uk",
        starts_at=booking.starts_at, proposal_starts_at=FRIDAY, hold_until=DEADLINE,
        at=MONDAY + UNDO,
    )  # fmt: skip
    pile = Pile()
    jobs.send_due(AT_ONE, pile)

    arrived = {without_secrets(letter) for letter in pile.letters}
    assert len(shown) == 2
    assert {message.text for message in shown} == arrived


def test_the_preview_of_a_lost_time_without_another_says_cancelled(told):
    shown = preview.of_displaced(
        told.session, case_id=told.person(), centre_id=told.centre.id, starts_at=WEDNESDAY,
        proposal_starts_at=None, hold_until=DEADLINE, language="uk", at=MONDAY,
    )  # fmt: skip

    assert [message.kind for message in shown] == [Kind.CANCELLED_BY_CENTRE]


def test_who_wants_no_message_any_more_is_not_told_of_an_offer(told):
    told.offers(told.person(), WEDNESDAY, until=DEADLINE, at=AT_ONE)
    told.session.execute(update(Contact).values(mode=ContactMode.NONE, email_sealed=None))
    told.session.commit()

    assert jobs.send_due(AT_ONE, Pile()) == 0
