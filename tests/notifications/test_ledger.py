"""The ledger says of each message what became of it, and why, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from cic_cases.bookings.models import BookingTrace
from cic_cases.bookings.statuses import Happening
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import ledger
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.ledger_rules import Fate
from cic_cases.notifications.models import Report, Resending, TryOutcome, WhyAgain
from cic_cases.notifications.troubles import ASKED_TO_CALL, Trouble, trouble
from cic_cases.people.models import Staff
from tests.conftest import MONDAY
from tests.notifications.tried import MINUTE, NO_CONNECTION, WEDNESDAY, WRONG, Tried

LATER, FAILED, SENT = TryOutcome.LATER, TryOutcome.FAILED, TryOutcome.SENT


@pytest.fixture
def told(make) -> Tried:
    return Tried(make)


FATES = {
    "planned, not due": (lambda t, m: t.stands(m, State.PENDING, due_at=WEDNESDAY), Fate.PLANNED),
    "due, nobody has tried": (lambda t, m: None, Fate.LEAVING),
    "due an hour ago, nobody has tried": (
        lambda t, m: t.stands(m, State.PENDING, due_at=MONDAY - 60 * MINUTE),
        Fate.LATE,
    ),
    "tried in vain": (lambda t, m: t.waits(m), Fate.TRYING),
    "sent": (lambda t, m: t.sent(m), Fate.SENT),
    "sent before tries were kept": (
        lambda t, m: t.stands(m, State.SENT, sent_at=MONDAY),
        Fate.SENT,
    ),
    "it arrived": (lambda t, m: t.sent(m, report=Report.DELIVERED), Fate.DELIVERED),
    "taken, the operator says it did not arrive": (
        lambda t, m: (t.sent(m, report=Report.UNDELIVERED), t.stands(m, State.FAILED)),
        Fate.NOT_DELIVERED,
    ),
    "refused": (lambda t, m: t.fails(m), Fate.FAILED),
    "poison": (lambda t, m: t.fails(m, "unexpected ValueError"), Fate.SET_ASIDE),
    "staff asked for a call": (lambda t, m: t.fails(m, ASKED_TO_CALL), Fate.TO_CALL),
    "nobody can say": (
        lambda t, m: (t.tried(m, TryOutcome.UNKNOWN), t.stands(m, State.UNKNOWN)),
        Fate.UNKNOWN,
    ),
    "withdrawn": (lambda t, m: t.stands(m, State.SUPERSEDED), Fate.WITHDRAWN),
    "too late": (lambda t, m: t.stands(m, State.EXPIRED), Fate.EXPIRED),
}


@pytest.mark.parametrize("name", FATES)
def test_the_ledger_says_what_became_of_a_message(told: Tried, name: str):
    happen, expected = FATES[name]
    message = told.message(told.booked())
    happen(told, message)

    assert told.line(message).fate is expected


def test_a_message_that_was_sent_again_waits_whatever_its_first_try_was(told: Tried):
    message = told.message(told.booked())
    told.fails(message)
    told.stands(message, State.PENDING, failure=None, attempts=0)

    line = told.line(message)
    assert (line.fate, line.trouble) == (Fate.LEAVING, None)
    assert [one.reason for one in line.attempts] == [WRONG]


def test_the_last_try_counts_and_the_last_report(told: Tried):
    message = told.message(told.booked(), Means.SMS)
    told.sent(message, report=Report.UNDELIVERED)
    again = MONDAY + 30 * MINUTE
    told.sent(message, at=again)

    line = told.line(message)
    assert (line.fate, line.sent_at, line.undelivered) == (Fate.SENT, again, False)


REASONS = {
    WRONG: Trouble.WRONG_ADDRESS,
    "refused by the mail server: 553": Trouble.WRONG_ADDRESS,
    "bad address or header": Trouble.WRONG_ADDRESS,
    "the mail server cannot send to this address": Trouble.WRONG_ADDRESS,
    "refused by the mail server: 552": Trouble.FULL,
    "refused by the mail server: 452": Trouble.FULL,
    "refused by the mail server: 554": Trouble.REFUSED,
    "refused by the mail server: 451": Trouble.BUSY,
    "the mail server refused our sender": Trouble.SETTINGS,
    "the mail server refused our sign-in": Trouble.SETTINGS,
    "no channel for sms: nothing is not offered": Trouble.SETTINGS,
    "the mail server broke off": Trouble.NO_ANSWER,
    NO_CONNECTION: Trouble.NO_ANSWER,
    "unexpected KeyError": Trouble.SET_ASIDE,
    ASKED_TO_CALL: Trouble.TO_CALL,
    "a word nobody has heard": Trouble.OTHER,
    None: Trouble.OTHER,
}


@pytest.mark.parametrize("reason", REASONS, ids=str)
def test_every_reason_of_a_channel_is_a_trouble_that_says_what_to_do(reason: str | None):
    assert trouble(State.FAILED, reason) is REASONS[reason]


def test_a_message_that_was_never_tried_has_nobody_who_sends_it():
    assert trouble(State.PENDING, None) is Trouble.NOBODY_SENDS


def test_a_report_says_more_than_the_gateway_did():
    assert trouble(State.FAILED, None, undelivered=True) is Trouble.NOT_DELIVERED
    assert trouble(State.FAILED, ASKED_TO_CALL, undelivered=True) is Trouble.TO_CALL


def test_who_sent_it_again_and_why_is_in_the_ledger(told: Tried, make):
    message = told.message(told.booked())
    reception = make.staff("reception", told.centre, initials="M.N.")
    for minutes, why in enumerate((WhyAgain.NOT_RECEIVED, WhyAgain.DELETED)):
        at = MONDAY + minutes * MINUTE
        make.save(Resending(message_id=message.id, why=why, at=at, by_id=reception.id))

    assert [(one.why, one.at, one.by) for one in told.line(message).again] == [
        (WhyAgain.NOT_RECEIVED, MONDAY, "M.N."),
        (WhyAgain.DELETED, MONDAY + MINUTE, "M.N."),
    ]


def test_more_messages_and_tries_cost_no_more_statements(told: Tried):
    booking = told.booked()

    def cost() -> int:
        sent: list[str] = []

        def note(*about: object) -> None:
            sent.append(str(about[2]))

        told.session.rollback()
        event.listen(db.engine, "before_cursor_execute", note)
        ledger.of_booking(told.session, booking.id, MONDAY)
        event.remove(db.engine, "before_cursor_execute", note)
        return len([one for one in sent if one.startswith("SELECT")])

    assert cost() == 3
    told.moves(booking, WEDNESDAY + timedelta(days=1), at=MONDAY)
    for message in told.messages(booking):
        told.waits(message)
        told.waits(message)
    assert cost() == 3


def test_a_message_of_another_centre_is_as_missing_as_none(told: Tried, make):
    message = told.message(told.booked())
    scopes = {
        centre: make.actor(make.staff("reception", make.centre(centre))).scope("booking.see")
        for centre in ("poznan", "leszno")
    }

    assert ledger.by_id(told.session, message.id, scopes["poznan"]).id == message.id
    for message_id, centre in ((message.id, "leszno"), ("nothing", "poznan")):
        with pytest.raises(NotFound):
            ledger.by_id(told.session, message_id, scopes[centre])


def test_a_specialist_reads_of_their_own_people_only(told: Tried, make):
    message = told.message(told.booked())
    other = make.actor(make.staff("lawyer", told.centre)).scope("booking.see")
    own = make.actor(told.session.get_one(Staff, told.staff_id)).scope("booking.see")

    assert ledger.by_id(told.session, message.id, own).id == message.id
    with pytest.raises(NotFound):
        ledger.by_id(told.session, message.id, other)


def test_the_time_an_older_version_told_of_is_read_from_its_trace(told: Tried, make):
    booking = told.booked()
    make.save(
        BookingTrace(
            booking_id=booking.id,
            version=1,
            happening=Happening.MADE,
            status=booking.status,
            starts_at=WEDNESDAY,
            staff_id=booking.staff_id,
            at=MONDAY,
            by_id=booking.staff_id,
        )
    )

    assert ledger.starts_at_of(told.session, booking.id, 1) == WEDNESDAY
    assert ledger.starts_at_of(told.session, booking.id, 2) is None


def test_messages_come_in_the_order_in_which_they_are_due(told: Tried):
    booking = told.booked()

    kinds = [one.message.kind for one in ledger.of_booking(told.session, booking.id, MONDAY)]
    assert kinds == [Kind.BOOKING_CONFIRMATION] * 2 + [Kind.REMINDER_DAY_BEFORE] * 2
