"""What happens to the duties of one member of staff, and what their mails may say of it.

The rosters, the scheduler's look and the delivery are the real ones. What the person knows is kept
here in other words than the house's own: line by line, as they read it.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import delete, select

from cic_cases import scheduler
from cic_cases.bookings import roster_changes
from cic_cases.calendar.changes import OneDate
from cic_cases.calendar.rules import Change
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import jobs, staff_news
from cic_cases.notifications.channels import TAKEN, Receipt, TemporaryFailure, TextMessage
from cic_cases.notifications.kinds import OF_STAFF, Kind, State
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Attempt, Message, StaffNews
from tests.bookings.conftest import Practice
from tests.conftest import MONDAY
from tests.notifications.forbidden import said_in

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE, DAY, WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(days=7)
EVENING = time(16)
USUAL, NONE = "08:00–12:00", "no duty"
ROSTERS = {
    NONE: Change(cancelled=True),
    "10:00–12:00": Change(hours=(time(10), time(12))),
    "08:00–09:20": Change(hours=(time(8), time(9, 20))),
    USUAL: None,
}
LINE = re.compile(r"\w+, (\d+ \w+): (.+)")


class StaffLife:
    """A lawyer on duty on Mondays, their mailbox, and a server that is away now and then."""

    def __init__(self, practice: Practice, app: Flask) -> None:
        self.practice, self.app, self.clock = practice, app, practice.clock
        self.lawyer, self.centre = practice.lawyer, practice.centre.sms_name
        coordinator = practice.make.staff("coordinator", practice.centre)
        self.scope = practice.make.actor(coordinator).scope("roster.change")
        self.letters: list[Letter] = []

    def begins(self) -> None:
        """A life of its own: of the one before nothing is left."""
        for day in [*getattr(self, "actual", {})]:
            self.clock.at = MONDAY - DAY
            self._change(day, USUAL)
        session = self.practice.session
        for entity in (Attempt, Message, StaffNews):
            session.execute(delete(entity))
        session.commit()
        staff_news._seen.clear()
        self.clock.at, self.away = MONDAY + timedelta(hours=7), False
        self.actual: dict[date, str] = {}
        self.known: dict[date, str] = {}
        self.reminded: set[date] = set()
        self.wishes, self.always_told = (True, True), True
        self._tick(MINUTE)

    # what may happen

    def roster(self, how: tuple[int, str]) -> None:
        """Another duty on one of the next Mondays."""
        weeks, hours = how
        self._change(self._monday(weeks), hours)
        self._tick(MINUTE)

    def wobble(self, how: tuple[int, str]) -> None:
        """A change that is taken back after three minutes."""
        day = self._monday(how[0])
        before = self.actual.get(day, USUAL)
        for hours in (how[1], before):
            self._change(day, hours)
            self._tick(3 * MINUTE)

    def flicker(self, how: tuple[int, str]) -> None:
        """The server is away when a mail is written; a change comes and goes as it comes back."""
        day = self._monday(how[0])
        before, self.away = self.actual.get(day, USUAL), True
        self._tick(3 * MINUTE)
        self.away = False
        for hours in (how[1], before):
            self._change(day, hours)
            self._tick(2 * MINUTE)

    def wish(self, wishes: tuple[bool, bool]) -> None:
        by = self.practice.make.actor(self.lawyer)
        tomorrow, changes = self.wishes = wishes
        self.always_told &= changes
        wanted = {"tomorrow": tomorrow, "changes": changes}
        in_transaction(staff_news.wish, staff_news.Wishes(**wanted), at=self.clock.at, by=by)

    def outage(self, how_long: timedelta) -> None:
        self.away = True
        for _ in range(3):
            self._tick(how_long / 3)
        self.away = False
        self._tick(20 * MINUTE)

    def wait(self, how_long: timedelta) -> None:
        """The scheduler looks every few seconds; here when there may be something to see."""
        end = self.clock.at + how_long
        for after in (MINUTE, 6 * MINUTE):
            self._tick(after)
        day = self._local().date()
        while datetime.combine(day, EVENING, WARSAW) < end:
            for minutes in (-1, 1, 7):
                moment = datetime.combine(day, EVENING, WARSAW) + minutes * MINUTE
                if moment > self.clock.at:
                    self._tick(moment - self.clock.at)
            day += DAY
        for _ in range(2):
            self._tick(max(end - self.clock.at, 6 * MINUTE))
        self._knows_everything()

    # what must be so

    def is_sound(self) -> None:
        """Never two mails that wait and say the same, none about another's duty."""
        waiting = [m for m in self._rows() if m.state is State.PENDING]
        assert sum(m.kind is Kind.DUTY_CHANGED for m in waiting) <= 1
        eves = [m.about for m in waiting if m.kind is Kind.DUTY_TOMORROW]
        assert len(eves) == len(set(eves))
        assert {m.staff_id for m in self._rows()} <= {self.lawyer.id}

    def _knows_everything(self) -> None:
        """All has stood for a while: what they have read is what the roster says."""
        if not self.always_told:
            return
        for weeks in (1, 2, 3):
            day = self._monday(weeks)
            assert self.known.get(day, USUAL) == self.actual.get(day, USUAL), day

    # the post

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        assert isinstance(letter, Letter)
        if self.away:
            raise TemporaryFailure("away")
        self.letters.append(letter)
        self._is_true(letter)
        return TAKEN

    def _is_true(self, letter: Letter) -> None:
        assert letter.recipient == self.lawyer.email
        assert said_in(f"{letter.subject}\n{letter.body}") == set()
        assert letter.calendar is None
        first, *lines = letter.body.splitlines()
        if first.startswith("Tomorrow"):
            self._is_of_tomorrow(lines[0])
            return
        assert self.wishes[1]
        told = {self._day_of(found[1]): found[2] for one in lines if (found := LINE.match(one))}
        assert told
        for day, words in told.items():
            self.known[day] = words.removesuffix(f", {self.centre}")
            assert self.known[day] == self.actual.get(day, USUAL)

    def _is_of_tomorrow(self, line: str) -> None:
        day = self._local().date() + DAY
        hours, _, rest = line.partition(", ")
        assert self.wishes[0]
        assert self._local().time() >= EVENING
        assert rest == f"{self.centre}: 0 appointments"
        assert hours == self.actual.get(day, USUAL)
        assert day not in self.reminded
        self.reminded.add(day)
        self.known[day] = hours

    # hands

    def _tick(self, after: timedelta) -> None:
        self.clock.forward(after)
        self.practice.session.rollback()
        scheduler.tidy(self.app)
        jobs.send_due(self.clock.at, self)

    def _change(self, day: date, hours: str) -> None:
        if self.actual.get(day, USUAL) == hours:
            return
        change = OneDate(1, day, ROSTERS[hours])
        by = self.practice.receptionist.id
        in_transaction(roster_changes.apply, change, scope=self.scope, at=self.clock.at, by=by)
        self.actual[day] = hours

    def _rows(self) -> list[Message]:
        self.practice.session.rollback()
        of_staff = select(Message).where(Message.kind.in_(OF_STAFF))
        return list(self.practice.session.scalars(of_staff))

    def _local(self) -> datetime:
        return self.clock.at.astimezone(WARSAW)

    def _monday(self, weeks: int) -> date:
        """A Monday after today: the next one, or one of those after it."""
        today = self._local().date()
        return today + DAY * (7 - today.weekday()) + (weeks - 1) * WEEK

    def _day_of(self, words: str) -> date:
        today = self._local().date()
        days = [today + number * DAY for number in range(29)]
        return next(day for day in days if f"{day.day} {day:%B}" == words)
