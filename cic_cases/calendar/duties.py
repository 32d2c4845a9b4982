"""What somebody wants a duty to be, and why it cannot be so. Pure: no session, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cic_cases.calendar.models import DutyKind
from cic_cases.calendar.rules import Change, DutyRule, Hours, dates_of
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.localtime import SkippedHour

HORIZON = timedelta(weeks=57)  # two rules, every 7 and every 8 weeks, have met by then


class DoubleDuty(Refusal):
    """Nobody receives people twice at the same time."""

    msgid = N_("%(who)s already has a duty at that time on %(day)s. Choose other hours.")
    field = "starts"


class RoomTaken(Refusal):
    """A room is for one duty at a time."""

    msgid = N_("In this room there is another duty at that time on %(day)s. Choose another room.")
    field = "room"


class RoomClosed(Refusal):
    """A room that is closed on the date of a duty."""

    msgid = N_("This room is closed on %(day)s. Choose another room.")
    field = "room"


class OfficeClosed(Refusal):
    """The institution sends nobody on the date of a duty."""

    msgid = N_("The institution is closed on %(day)s. Choose another day.")
    field = "valid_from"


class NotHeldThatDay(Refusal):
    """One date can only be changed of a duty that is held on it."""

    msgid = N_("This duty is not held on that day. Choose one of its dates.")
    field = "on"


class WouldExtend(Refusal):
    """Ending a duty never makes it longer."""

    msgid = N_("The duty ends on %(day)s already. Choose an earlier day.")
    field = "on"


class SkippedStart(SkippedHour):
    """A duty would begin or end at a time that does not exist on one of its dates."""

    field = "starts"


class NeverHeld(Refusal):
    """No date of the rule lies between its first and its last day."""

    msgid = N_("There is no such weekday between the first and the last day.")
    field = "weekday"


class AlreadyOver(Refusal):
    """What lies in the past stays as it was."""

    msgid = N_("This date has passed. Choose a later one.")
    field = "on"


class SameSpecialist(Refusal):
    """A substitute is somebody else."""

    msgid = N_("Choose another specialist as the substitute.")
    field = "substitute"


class Unchanged(Refusal):
    """Neither hours nor room nor specialist would be other."""

    msgid = N_("Enter other hours, another room or a substitute.")
    field = "starts"


@dataclass(frozen=True, slots=True)
class ServiceIn:
    """A service given in a duty; `minutes` None is the service's own length."""

    service_id: int
    minutes: int | None = None
    before_minutes: int = 0
    after_minutes: int = 0


@dataclass(frozen=True, slots=True)
class DutyWish:
    """A duty that somebody wants to enter; hours are local to the centre.

    `languages` empty are the specialist's own. An interpreter's duty has no services, and no room
    when it is `remote`.
    """

    staff_id: int
    centre_id: int
    room_id: int | None
    weekday: int
    hours: Hours
    valid_from: date
    valid_until: date | None
    grid_minutes: int
    services: tuple[ServiceIn, ...] = ()
    languages: frozenset[str] = frozenset()
    every_weeks: int = 1
    kind: DutyKind = DutyKind.RECEIVES
    remote: bool = False

    @property
    def single(self) -> bool:
        """Whether it is one date and no rule."""
        return self.valid_from == self.valid_until


@dataclass(frozen=True, slots=True)
class Held:
    """One date of a duty, as it is held: when (local), where, by whom."""

    duty_id: int
    day: date
    hours: Hours
    room_id: int | None
    staff_id: int

    def meets(self, other: "Held") -> bool:
        """Whether the two share a moment."""
        return (
            self.day == other.day
            and self.hours[0] < other.hours[1]
            and other.hours[0] < self.hours[1]
        )


def held(rule: DutyRule, first_day: date, last_day: date) -> Iterable[Held]:
    """Each date of `rule` in these days as it is held; cancelled dates are left out.

    Holidays and closures are not known here: a rule that meets another only then still meets it.
    """
    for day in dates_of(rule, first_day, last_day):
        change = rule.changes.get(day, Change())
        if not change.cancelled:
            hours = change.hours or rule.hours
            room_id = change.room_id or rule.room_id
            yield Held(rule.id, day, hours, room_id, change.staff_id or rule.staff_id)


def check_apart(wanted: DutyRule, others: Iterable[DutyRule], initials: str, first: date) -> None:
    """Refuse a rule that meets another of its specialist or its room: `DoubleDuty`, `RoomTaken`.

    Looked at from `first` on, as long as it takes rules of every so many weeks to meet.
    """
    begin = max(first, wanted.valid_from)
    last = min(wanted.valid_until or date.max, begin + HORIZON)
    if last < begin:
        return
    mine = {one.day: one for one in held(wanted, begin, last)}
    for rule in others:
        for other in held(rule, begin, last):
            one = mine.get(other.day)
            if one is None or not one.meets(other):
                continue
            if other.staff_id == one.staff_id:
                raise DoubleDuty(who=initials, day=f"{one.day:%d.%m.%Y}")
            if other.room_id is not None and other.room_id == one.room_id:
                raise RoomTaken(day=f"{one.day:%d.%m.%Y}")


def first_date(rule: DutyRule, first_day: date) -> date | None:
    """The first date on which the rule is held from `first_day` on; None when there is none."""
    begin = max(first_day, rule.valid_from)
    last = min(rule.valid_until or date.max, begin + timedelta(weeks=rule.every_weeks, days=7))
    dates = dates_of(rule, begin, last) if begin <= last else []
    return dates[0] if dates else None


def clock(hours: Hours) -> str:
    """Hours as people read them: «09:00–12:00»."""
    starts: time = hours[0]
    return f"{starts:%H:%M}–{hours[1]:%H:%M}"


def rule_of(
    duty: Any, institution_id: int | None, local: ZoneInfo, changes: Mapping[date, Change]
) -> DutyRule:
    """A duty (its row, or one of a query with the same names) as a value for the rules."""
    return DutyRule(
        id=duty.id,
        staff_id=duty.staff_id,
        centre_id=duty.centre_id,
        room_id=duty.room_id,
        institution_id=institution_id,
        weekday=duty.weekday,
        hours=(duty.starts, duty.ends),
        valid_from=duty.valid_from,
        valid_until=duty.valid_until,
        grid_minutes=duty.grid_minutes,
        zone=local,
        changes=changes,
        every_weeks=duty.every_weeks,
    )
