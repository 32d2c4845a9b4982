"""Sending again, by another way, or calling instead: what leaves, and what is refused and why."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import call_list, jobs, queries, resending
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.models import Resending, TryOutcome, WhyAgain
from cic_cases.notifications.resending_rules import (
    MOST_A_DAY,
    MayArriveTwice,
    NotOnTheList,
    NoWay,
    OutOfDate,
    StillWaits,
    TooOften,
)
from cic_cases.notifications.troubles import ASKED_TO_CALL
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.vault import seal
from tests.conftest import MONDAY
from tests.notifications.people import Pile
from tests.notifications.tried import BOTH, MAIL, MINUTE, WEDNESDAY, Tried

AT = MONDAY + 30 * MINUTE
DAY = timedelta(days=1)
NOT_RECEIVED = WhyAgain.NOT_RECEIVED
VERBS = (resending.again, resending.by_other_channel, resending.to_call)


class Desk(Tried):
    """Reception of Poznań, which asks for messages to be sent again."""

    def __init__(self, make) -> None:
        super().__init__(make)
        self.by = make.actor(make.staff("reception", self.centre))

    def asks(self, verb, message, *, at=AT, why=NOT_RECEIVED, by=None, **more):
        by = by or self.by
        scope = by.scope("message.resend")
        done = in_transaction(verb, message.id, why, scope=scope, at=at, by=by, **more)
        self.session.rollback()
        return self.session.merge(done)

    def choices(self, message, at=AT):
        self.session.rollback()
        facts = queries.facts(self.session, message.booking_id)
        scope = self.by.scope("message.resend")
        return resending.choices(self.session, message, facts, scope, at)

    def noted(self) -> list[tuple[str, int]]:
        rows = self.session.scalars(select(AuditEntry).where(AuditEntry.action.like("message.%")))
        return [(one.action, one.subject_id) for one in rows]


@pytest.fixture
def desk(make) -> Desk:
    return Desk(make)


SENDABLE = {
    "sent": lambda d, m: d.sent(m),
    "refused": lambda d, m: d.fails(m),
    "withdrawn with an address that is back": lambda d, m: d.stands(m, State.SUPERSEDED),
}


@pytest.mark.parametrize("name", SENDABLE)
def test_what_was_sent_or_refused_leaves_again_with_a_reason_on_record(desk: Desk, name: str):
    booking = desk.booked()
    message = desk.message(booking)
    SENDABLE[name](desk, message)

    again = desk.asks(resending.again, message)

    assert (again.state, again.attempts, again.failure) == (State.PENDING, 0, None)
    assert again.next_try_at == again.due_at == AT
    [row] = desk.session.scalars(select(Resending)).all()
    assert (row.message_id, row.why, row.at, row.by_id) == (
        message.id,
        NOT_RECEIVED,
        AT,
        desk.by.id,
    )
    assert desk.noted() == [("message.again", booking.id)]
    pile = Pile()
    jobs.send_due(AT, pile)
    assert len([one for one in pile.letters if one.recipient == BOTH["email"]]) == 1


NAMES = {
    "it had left, and a mailbox drops a second mail of one name": (lambda d, m: d.sent(m), ".1"),
    "it never left": (lambda d, m: d.fails(m), ""),
    "it may have left": (
        lambda d, m: (d.tried(m, TryOutcome.UNKNOWN), d.stands(m, State.UNKNOWN)),
        "",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_left_before_leaves_under_a_name_of_its_own(desk: Desk, name: str):
    happen, ending = NAMES[name]
    message = desk.message(desk.booked(MAIL))
    happen(desk, message)
    desk.asks(resending.again, message, twice=True)

    pile = Pile()
    jobs.send_due(AT, pile)
    assert [one.message_id for one in pile.letters] == [f"{message.id}{ending}"]


def test_who_wants_to_be_told_less_since_is_sent_less(desk: Desk):
    message = desk.message(desk.booked())
    desk.sent(message)
    contact = desk.session.scalars(select(Contact)).one()
    contact.mode = ContactMode.DISCREET
    desk.session.commit()

    assert desk.asks(resending.again, message).mode is Mode.DISCREET


def test_what_nobody_knows_the_end_of_is_sent_again_only_knowingly(desk: Desk):
    message = desk.message(desk.booked())
    desk.tried(message, TryOutcome.UNKNOWN)
    desk.stands(message, State.UNKNOWN)

    with pytest.raises(MayArriveTwice):
        desk.asks(resending.again, message)
    assert desk.noted() == []
    assert desk.asks(resending.again, message, twice=True).state is State.PENDING


def moved(desk: Desk, message) -> None:
    booking = desk.session.get_one(Booking, message.booking_id)
    desk.moves(booking, WEDNESDAY + DAY, at=MONDAY)


def erased(desk: Desk, message) -> None:
    contact = desk.session.scalars(select(Contact)).one()
    contact.email_sealed = None
    desk.session.commit()


def begun(desk: Desk, message) -> None:
    desk.stands(message, State.SENT, expires_at=AT)


def gone(desk: Desk, message) -> None:
    booking = desk.session.get_one(Booking, message.booking_id)
    booking.status = Status.NO_SHOW
    desk.session.commit()


def often(desk: Desk, message) -> None:
    for hour in range(MOST_A_DAY):
        at = AT - hour * 60 * MINUTE
        desk.make.save(Resending(message_id=message.id, why=NOT_RECEIVED, at=at, by_id=desk.by.id))


REFUSED = {
    "it still waits": (lambda d, m: d.waits(m), StillWaits),
    "it is not due": (
        lambda d, m: d.stands(m, State.SUPERSEDED, due_at=AT + MINUTE),
        OutOfDate,
    ),
    "the appointment was moved": (moved, OutOfDate),
    "the visit is over": (gone, OutOfDate),
    "it is too late": (begun, OutOfDate),
    "the address was erased": (erased, NoWay),
    "three times today": (often, TooOften),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(desk: Desk, name: str):
    happen, refusal = REFUSED[name]
    message = desk.message(desk.booked())
    desk.sent(message)
    happen(desk, message)
    desk.session.rollback()
    before = message.state, len(desk.session.scalars(select(Resending)).all())

    assert type(desk.choices(message).refused) is refusal
    with pytest.raises(refusal):
        desk.asks(resending.again, message)
    desk.session.rollback()
    desk.session.refresh(message)
    assert (message.state, len(desk.session.scalars(select(Resending)).all())) == before
    assert desk.noted() == []


def test_a_day_later_it_may_be_sent_again(desk: Desk):
    message = desk.message(desk.booked())
    desk.sent(message)
    often(desk, message)

    later = AT + DAY - 90 * MINUTE
    assert desk.asks(resending.again, message, at=later).state is State.PENDING


def test_without_another_address_there_is_no_other_way(desk: Desk):
    booking = desk.booked(MAIL)
    message = desk.message(booking)
    desk.fails(message)
    assert desk.choices(message).other is None
    with pytest.raises(NoWay):
        desk.asks(resending.by_other_channel, message)


def test_another_way_writes_a_row_of_its_own_and_leaves_at_once(desk: Desk, make):
    booking = desk.booked(MAIL)
    message = desk.message(booking)
    desk.fails(message)
    gives_a_phone(desk)

    assert desk.choices(message).other is Means.SMS
    other = desk.asks(resending.by_other_channel, message, why=WhyAgain.OTHER_CHANNEL)

    assert (other.channel, other.kind, other.state) == (Means.SMS, message.kind, State.PENDING)
    assert (other.due_at, other.expires_at) == (AT, message.expires_at)
    assert other.booking_version == booking.version
    [row] = desk.session.scalars(select(Resending)).all()
    assert (row.message_id, row.why) == (other.id, WhyAgain.OTHER_CHANNEL)
    assert desk.noted() == [("message.other_way", booking.id)]
    pile = Pile()
    jobs.send_due(AT, pile)
    assert [one.recipient for one in pile.letters] == [BOTH["phone"]]


def test_a_reminder_can_still_go_another_way_on_the_eve(desk: Desk):
    booking = desk.booked(MAIL)
    eve = WEDNESDAY.replace(day=8, hour=11)
    reminder = desk.message(booking, kind=Kind.REMINDER_DAY_BEFORE)
    desk.fails(reminder, at=eve)
    gives_a_phone(desk)

    other = desk.asks(resending.by_other_channel, reminder, at=eve)
    assert (other.kind, other.due_at) == (Kind.REMINDER_DAY_BEFORE, eve)


def test_what_waits_in_vain_is_withdrawn_when_it_goes_another_way(desk: Desk):
    booking = desk.booked()
    message, other = desk.message(booking), desk.message(booking, Means.SMS)
    desk.waits(message)
    desk.fails(other)

    assert desk.asks(resending.by_other_channel, message).id == other.id
    desk.session.refresh(message)
    assert message.state is State.SUPERSEDED


@pytest.mark.parametrize("verb", VERBS[1:])
def test_what_has_not_been_tried_is_not_told_another_way(desk: Desk, verb):
    message = desk.message(desk.booked())

    assert (desk.choices(message).other, desk.choices(message).call) == (None, False)
    with pytest.raises(StillWaits):
        desk.asks(verb, message)


def test_another_way_that_waits_already_is_not_offered(desk: Desk):
    booking = desk.booked()
    message = desk.message(booking)
    desk.sent(message)

    assert desk.choices(message).other is None
    with pytest.raises(StillWaits):
        desk.asks(resending.by_other_channel, message)


def test_a_person_who_says_that_nothing_came_is_put_on_the_call_list(desk: Desk):
    booking = desk.booked()
    for channel in Means:
        desk.sent(desk.message(booking, channel))
    scope = desk.by.scope("call_list.see")
    assert call_list.number_to_call(desk.session, scope, AT) == 0
    message = desk.message(booking)
    assert desk.choices(message).call

    done = desk.asks(resending.to_call, message)

    assert (done.state, done.failure) == (State.FAILED, ASKED_TO_CALL)
    [one] = call_list.waiting_to_be_called(desk.session, scope, AT)
    assert (one.reference, one.due.kind) == (booking.reference, Kind.BOOKING_CONFIRMATION)
    assert desk.noted() == [("message.call", booking.id)]
    assert (desk.choices(message).listed, desk.choices(message).call) == (True, False)


def test_who_has_no_phone_is_not_put_on_the_list(desk: Desk):
    message = desk.message(desk.booked(MAIL))
    desk.sent(message)

    assert not desk.choices(message).call
    with pytest.raises(NotOnTheList):
        desk.asks(resending.to_call, message)
    desk.session.refresh(message)
    assert message.state is State.SENT


@pytest.mark.parametrize("verb", VERBS)
def test_another_centre_and_another_specialist_find_no_message(desk: Desk, make, verb):
    message = desk.message(desk.booked())
    desk.fails(message)
    strangers = [make.staff("reception", make.centre("leszno")), make.staff("lawyer", desk.centre)]

    for stranger in strangers:
        with pytest.raises(NotFound):
            desk.asks(verb, message, by=make.actor(stranger))
    assert desk.noted() == []


def gives_a_phone(desk: Desk) -> None:
    """The row alone: nothing is planned for the phone, as if it had been refused till now."""
    contact = desk.session.scalars(select(Contact)).one()
    contact.phone_sealed = seal(
        BOTH["phone"], table="contact", row=contact.id, column="phone_sealed"
    )
    contact.calling_code = 48
    desk.session.commit()
