"""A batch is read once, and what changes between two of its messages is seen nevertheless."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, text, update

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.db import db
from cic_cases.notifications import in_hand, jobs
from cic_cases.notifications.kinds import Kind, State
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

THURSDAY = datetime(2030, 1, 10, 9, tzinfo=ZoneInfo("Europe/Warsaw"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


class Meanwhile(Pile):
    """Once the first message has left, and before any other does, something happens."""

    def __init__(self, told: Told, happens: Callable[[], object]) -> None:
        super().__init__()
        self.told, self.happens = told, happens

    def deliver(self, letter):
        receipt = super().deliver(letter)
        if len(self.letters) == 1:
            self.happens()
            self.told.session.commit()
        return receipt


def two(told: Told) -> tuple[Booking, Booking]:
    first = told.books(told.person(), THURSDAY, at=MONDAY)
    return first, told.books(told.person(email="second@example.org"), THURSDAY + HOUR, at=MONDAY)


def the_other(told: Told, pile: Pile) -> Booking:
    """Of the two, the one whose message has not left yet."""
    left = pile.letters[0].message_id
    return next(
        told.session.get_one(Booking, m.booking_id)
        for m in told.messages()
        if m.kind is Kind.BOOKING_CONFIRMATION and m.id != left
    )


def its_contact(booking: Booking, **values: object):
    return update(Contact).where(Contact.case_id == booking.case_id).values(**values)


CHANGES = {
    "a status": lambda told, other: (
        update(Booking).where(Booking.id == other.id).values(status=Status.NO_SHOW)
    ),
    "a version": lambda told, other: (
        update(Booking).where(Booking.id == other.id).values(version=Booking.version + 1)
    ),
    "no more messages": lambda told, other: its_contact(
        other, mode=ContactMode.NONE, email_sealed=None, changed_at=MONDAY + HOUR
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_after_the_batch_was_read_is_not_sent(told, what):
    """Nobody withdrew the rows: only the last look can see it."""
    two(told)
    pile = Meanwhile(told, lambda: told.session.execute(CHANGES[what](told, the_other(told, pile))))

    assert jobs.send_due(MONDAY, pile) == 1
    assert State.SUPERSEDED in {m.state for m in told.messages()}


def test_a_wish_of_this_second_is_what_the_person_reads(told):
    two(told)
    wish = {"mode": ContactMode.DISCREET, "changed_at": MONDAY + HOUR}
    pile = Meanwhile(told, lambda: told.session.execute(its_contact(the_other(told, pile), **wish)))

    assert jobs.send_due(MONDAY, pile) == 2
    assert [letter.sender for letter in pile.letters][1] == "post@example.net"


def test_another_address_of_the_centre_is_told_once_the_batch_is_old(told, monkeypatch):
    two(told)
    monkeypatch.setattr(in_hand, "FRESH_SECONDS", 0)
    moved = update(Centre).values(sms_name="CIC Elsewhere")

    pile = Meanwhile(told, lambda: told.session.execute(moved))

    assert jobs.send_due(MONDAY, pile) == 2
    assert "CIC Elsewhere" in pile.letters[1].body


def test_a_time_that_is_no_longer_held_is_not_offered(told):
    """The booking's version and status are as they were: only until when it is held is not."""
    for hours in (0, 1):
        until = MONDAY + 2 * HOUR
        told.offers(told.person(), THURSDAY + hours * HOUR, until=until, at=MONDAY)
    over = update(Booking).values(expires_at=MONDAY)
    pile = Meanwhile(told, lambda: told.session.execute(over))

    assert jobs.send_due(MONDAY + HOUR, pile) == 1
    assert {m.state for m in told.messages()} == {State.SENT, State.SUPERSEDED}


def test_each_message_costs_one_transaction_and_the_look_at_the_next_none(told):
    """A commit for each message, no more: what a batch costs besides does not grow with it."""
    commits, costs, note = [], [], lambda connection: commits.append(connection)
    event.listen(db.engine, "commit", note)
    for number in (2, 6):
        for hours in range(number):
            told.books(told.person(), THURSDAY + hours * HOUR, at=MONDAY)
        commits.clear()
        assert jobs.send_due(MONDAY, Pile()) == number
        costs.append(len(commits))
    event.remove(db.engine, "commit", note)

    assert costs[1] - costs[0] == 4


@pytest.mark.parametrize("what", CHANGES)
def test_a_look_that_was_made_ahead_is_made_again_once_it_is_old(told, what, monkeypatch):
    """The machine stood still between two messages."""
    two(told)
    monkeypatch.setattr(in_hand, "AHEAD_SECONDS", 0)
    pile = Pile()

    def stands_still() -> bool:
        if len(pile.letters) == 1:
            told.session.execute(CHANGES[what](told, the_other(told, pile)))
            told.session.commit()
        return False

    assert jobs.send_due(MONDAY, pile, stopping=stands_still) == 1


def test_a_kind_of_message_from_a_newer_version_stops_no_other(told, caplog):
    """While machines are renewed one after the other, an old worker finds what it cannot read."""
    first, _second = two(told)
    of_tomorrow = "UPDATE message SET kind = 'of_tomorrow' WHERE booking_id = :one AND kind = :was"
    was = {"one": first.id, "was": Kind.BOOKING_CONFIRMATION.value}
    told.session.execute(text(of_tomorrow), was)
    told.session.commit()
    pile = Pile()

    assert jobs.send_due(MONDAY, pile) == 1
    assert pile.letters[0].recipient == "second@example.org"
    assert "cannot be read at once" in caplog.text
    rows = told.session.execute(text("SELECT state, failure FROM message ORDER BY due_at")).all()
    assert ("pending", "unexpected LookupError") in [tuple(row) for row in rows]
