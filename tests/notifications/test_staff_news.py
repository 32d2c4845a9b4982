"""Members of staff are told of tomorrow's duties and of changed ones, once, by mail."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from cic_cases import scheduler
from cic_cases.bookings import roster_changes
from cic_cases.calendar.changes import Closing, OneDate
from cic_cases.calendar.rules import Change, ClosedDays
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications import jobs, staff_news
from cic_cases.notifications.channels import TAKEN
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message
from tests.bookings.conftest import practice_of

MINUTE = timedelta(minutes=1)
SUNDAY_EVENING = datetime(2030, 1, 13, 15, 0, tzinfo=UTC)  # 16:00 in Warsaw
MONDAY = date(2030, 1, 14)


class Mailbox:
    """Keeps what leaves."""

    def __init__(self):
        self.letters = []

    def deliver(self, letter):
        self.letters.append(letter)
        return TAKEN


class Office:
    """A lawyer on duty on Mondays 8:00–12:00, a scheduler that ticks, and the lawyer's mailbox."""

    def __init__(self, practice, app):
        self.practice, self.app, self.clock = practice, app, practice.clock
        self.mailbox = Mailbox()
        self.tick()

    def tick(self, after=timedelta(seconds=10)):
        self.clock.forward(after)
        self.practice.session.rollback()
        scheduler.tidy(self.app)
        jobs.send_due(self.clock.at, self.mailbox)

    def settle(self):
        """The scheduler notices, and looks again when the change has stood for long enough."""
        self.tick()
        self.tick(staff_news.SETTLES)

    def change(self, change):
        by = self.practice.receptionist
        practice = self.practice
        coordinator = practice.make.actor(practice.make.staff("coordinator", practice.centre))
        scope = coordinator.scope("roster.change")
        in_transaction(roster_changes.apply, change, scope=scope, at=self.clock.at, by=by.id)

    def cancel(self, day=MONDAY):
        self.change(OneDate(1, day, Change(cancelled=True)))

    @property
    def bodies(self):
        return [one.body for one in self.mailbox.letters if one.recipient == self.address]

    @property
    def address(self):
        return self.practice.lawyer.email

    def rows(self, kind):
        self.practice.session.rollback()
        return db.session.scalars(select(Message).where(Message.kind == kind)).all()


@pytest.fixture
def office(session, make, clock, app):
    practice = practice_of(session, make, clock)
    practice.lawyer.language = "en"
    practice.make.save(practice.lawyer)
    return Office(practice, app)


def test_what_one_knew_before_is_no_news(office):
    office.settle()
    assert office.bodies == []


def test_on_the_eve_tomorrows_duty_is_told_once_with_the_number_of_appointments(office):
    office.practice.book(office.practice.slots(MONDAY)[0], office.practice.make.case()[0].id)
    office.clock.at = SUNDAY_EVENING - MINUTE
    office.tick(timedelta(0))
    assert office.bodies == []

    office.tick(MINUTE)
    office.tick(timedelta(hours=1))
    [body] = office.bodies
    assert "Tomorrow, Monday, 14 January:" in body
    assert "08:00–12:00, CIC" in body
    assert "1 appointment" in body


def test_a_cancelled_duty_is_told_when_it_has_stood_for_five_minutes(office):
    office.cancel()
    office.tick()
    office.tick(staff_news.SETTLES - MINUTE)
    assert office.bodies == []

    office.tick(MINUTE)
    office.tick(timedelta(hours=1))
    [body] = office.bodies
    assert "Monday, 14 January: no duty" in body


def test_a_change_that_was_taken_back_in_time_is_no_news(office):
    office.cancel()
    office.tick()
    office.change(OneDate(1, MONDAY, None))
    office.settle()
    office.settle()
    assert office.bodies == []


def test_several_changes_are_one_mail(office):
    office.cancel()
    office.tick(2 * MINUTE)
    later = Change(hours=(time(10), time(12)))
    office.change(OneDate(1, MONDAY + timedelta(days=7), later))
    office.settle()
    [body] = office.bodies
    assert "Monday, 14 January: no duty" in body
    assert "Monday, 21 January: 10:00–12:00" in body


def test_a_closed_centre_and_a_substitute_are_changes_too(office):
    practice = office.practice
    other = practice.make.staff("lawyer", practice.centre, initials="S.S.", language="en")
    office.tick()
    week_after = MONDAY + timedelta(days=7)
    closed = ClosedDays(practice.centre.id, None, MONDAY, MONDAY)
    office.change(Closing(closed, "repairs"))
    office.change(OneDate(1, week_after, Change(staff_id=other.id)))
    office.settle()

    [body] = office.bodies
    assert "Monday, 14 January: no duty" in body
    assert "Monday, 21 January: no duty" in body
    [theirs] = [one.body for one in office.mailbox.letters if one.recipient == other.email]
    assert "Monday, 21 January: 08:00–12:00" in theirs
    assert "14 January" not in theirs


def test_nothing_tells_who_comes_or_what_for(office):
    case, code = office.practice.make.case()
    office.practice.book(office.practice.slots(MONDAY)[0], case.id)
    office.cancel(MONDAY + timedelta(days=7))
    office.settle()
    office.clock.at = SUNDAY_EVENING
    office.tick(timedelta(0))
    assert len(office.mailbox.letters) == 2
    for letter in office.mailbox.letters:
        said = f"{letter.subject} {letter.body} {letter.sender} {letter.message_id}"
        assert [word for word in (code, "egal", "awyer", "reception") if word in said] == []
        assert letter.calendar is None


@pytest.mark.parametrize("switch", ["tomorrow", "changes"])
def test_who_does_not_want_it_is_told_nothing_of_it(office, switch):
    lawyer = office.practice.make.actor(office.practice.lawyer)
    wanted = {"tomorrow": switch != "tomorrow", "changes": switch != "changes"}
    in_transaction(staff_news.wish, staff_news.Wishes(**wanted), at=office.clock.at, by=lawyer)
    office.cancel(MONDAY + timedelta(days=7))
    office.settle()
    office.clock.at = SUNDAY_EVENING
    office.tick(timedelta(0))

    assert len(office.bodies) == 1
    assert ("Tomorrow" in office.bodies[0]) == (switch != "tomorrow")


def test_after_an_outage_one_mail_tells_what_is_true_now(office):
    mailbox, office.mailbox = office.mailbox, Down()
    office.cancel()
    office.settle()
    office.change(OneDate(1, MONDAY, Change(hours=(time(9), time(12)))))
    office.settle()
    office.mailbox = mailbox
    office.tick(timedelta(hours=1))

    [body] = office.bodies
    assert "Monday, 14 January: 09:00–12:00" in body
    assert [m.state for m in office.rows(Kind.DUTY_CHANGED)].count(State.SENT) == 1


def test_a_reminder_never_comes_after_the_duty_began(office):
    mailbox, office.mailbox = office.mailbox, Down()
    office.clock.at = SUNDAY_EVENING
    office.tick(timedelta(0))
    office.mailbox = mailbox
    office.clock.at = datetime(2030, 1, 14, 7, 0, tzinfo=UTC)
    office.tick(timedelta(0))
    assert office.bodies == []
    assert [m.state for m in office.rows(Kind.DUTY_TOMORROW)] == [State.EXPIRED]


def test_whose_account_is_closed_is_told_nothing(office):
    mailbox, office.mailbox = office.mailbox, Down()
    office.cancel()
    office.settle()
    office.practice.lawyer.disabled_at = office.clock.at
    office.practice.make.save(office.practice.lawyer)
    office.mailbox = mailbox
    office.tick(timedelta(hours=1))
    assert office.bodies == []


class Down:
    """A mail server that is away."""

    letters = ()

    def deliver(self, letter):
        raise jobs.TemporaryFailure("away")
