"""Sending again, by another way, or calling instead: what leaves, and what is refused and why."""

import contextlib
import threading

import pytest
from sqlalchemy import select

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import jobs, resending
from cic_cases.notifications.kinds import Mode, State
from cic_cases.notifications.models import Resending, TryOutcome
from cic_cases.notifications.resending_rules import (
    MOST_A_DAY,
    MayArriveTwice,
    NoWay,
    OutOfDate,
    StillWaits,
    TooOften,
)
from tests.conftest import MONDAY
from tests.notifications.asking_again import AT, DAY, NOT_RECEIVED, VERBS, Desk
from tests.notifications.people import Pile
from tests.notifications.tried import BOTH, MAIL, MINUTE, WEDNESDAY


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


@pytest.mark.parametrize("verb", VERBS)
def test_another_centre_and_another_specialist_find_no_message(desk: Desk, make, verb):
    message = desk.message(desk.booked())
    desk.fails(message)
    strangers = [make.staff("reception", make.centre("leszno")), make.staff("lawyer", desk.centre)]

    for stranger in strangers:
        with pytest.raises(NotFound):
            desk.asks(verb, message, by=make.actor(stranger))
    assert desk.noted() == []


@pytest.fixture
def both_found(monkeypatch):
    """Whoever has found the message waits a little, for the other to find it as well."""
    met, find = threading.Barrier(2), resending.ledger.by_id

    def find_and_wait(*args):
        found = find(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(0.5)
        return found

    monkeypatch.setattr(resending.ledger, "by_id", find_and_wait)


@pytest.mark.usefixtures("both_found")
def test_of_two_who_send_it_again_at_once_one_does(app, desk: Desk):
    message = desk.message(desk.booked(MAIL))
    desk.fails(message)
    outcomes, message_id = [], message.id
    scope = desk.by.scope("message.resend")

    def ask() -> None:
        with app.app_context():
            try:
                in_transaction(
                    resending.again, message_id, NOT_RECEIVED, scope=scope, at=AT, by=desk.by
                )
                outcomes.append("again")
            except StillWaits:
                outcomes.append("waits")
            db.session.remove()

    desk.session.rollback()
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(outcomes) == ["again", "waits"]
    assert len(desk.session.scalars(select(Resending)).all()) == 1
