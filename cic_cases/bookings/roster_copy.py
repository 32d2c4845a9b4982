"""Copy a week: what was held in it becomes single duties of another week, where it can."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.bookings import roster_checks as checks
from cic_cases.bookings.tries import tried
from cic_cases.calendar import service
from cic_cases.calendar.duties import AlreadyOver, DutyWish, ServiceIn
from cic_cases.calendar.rules import Change, DutyRule, Stretch
from cic_cases.foundation.errors import N_, Refusal

WEEK = timedelta(days=7)


class AlreadyThere(Refusal):
    """The same specialist holds a duty at these hours on that day already."""

    msgid = N_("already in that week")


class SameWeek(Refusal):
    """A week is copied into another one."""

    msgid = N_("Choose another week to copy into.")
    field = "into"


@dataclass(frozen=True, slots=True)
class Copied:
    """One duty of the week that is copied: as what, or why not."""

    wish: DutyWish
    refusal: Refusal | None


def copy(
    session: Session, centre_id: int, week: date, into: date, *, at: datetime, by: int
) -> list[Copied]:
    """Make the duties held in the week of `week` single duties of the week of `into`.

    Those that cannot be there come back with the reason. Raises `SameWeek`, `AlreadyOver`.
    """
    source, target = monday(week), monday(into)
    if source == target:
        raise SameWeek()
    if target + WEEK <= checks.today_in(session, centre_id, at):
        raise AlreadyOver()
    plan = duty_plan.read(session, [centre_id], min(source, target), max(source, target) + WEEK)
    there = {
        (rule.staff_id, day, _hours(rule, day))
        for day in _days(target)
        for _, rule, held in plan.held(day)
        if isinstance(held, Stretch)
    }
    copied = []
    for day in _days(source):
        for entry, rule, held in plan.held(day):
            if isinstance(held, Stretch):
                wish = _wish(entry, rule, held, day, day + (target - source))
                known = (wish.staff_id, wish.valid_from, wish.hours) in there
                copied.append(_copied(session, wish, known, at, by))
    return copied


def preview(
    session: Session, centre_id: int, week: date, into: date, *, at: datetime, by: int
) -> list[Copied]:
    """What `copy` would do; nothing is changed."""
    with tried(session):
        return copy(session, centre_id, week, into, at=at, by=by)


def monday(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())


def _days(first: date) -> list[date]:
    return [first + timedelta(days=n) for n in range(7)]


def _copied(session: Session, wish: DutyWish, known: bool, at: datetime, by: int) -> Copied:
    if known:
        return Copied(wish, AlreadyThere())
    if wish.valid_from < checks.today_in(session, wish.centre_id, at):
        return Copied(wish, AlreadyOver())
    try:
        checks.check_wish(session, wish, at)
    except Refusal as refusal:
        return Copied(wish, refusal)
    service.add_duty(session, wish, at=at, by=by)
    return Copied(wish, None)


def _hours(rule: DutyRule, day: date) -> tuple[object, object]:
    return rule.changes.get(day, Change()).hours or rule.hours


def _wish(entry: duty_plan.Entry, rule: DutyRule, held: Stretch, day: date, onto: date) -> DutyWish:
    """The duty as it was held on `day`, wished for the date `onto`."""
    wish = DutyWish(
        staff_id=rule.staff_id,
        centre_id=rule.centre_id,
        room_id=held.room_id,
        weekday=onto.weekday(),
        hours=rule.changes.get(day, Change()).hours or rule.hours,
        valid_from=onto,
        valid_until=onto,
        grid_minutes=rule.grid_minutes,
        services=tuple(
            ServiceIn(service_id, *given) for service_id, given in sorted(entry.services.items())
        ),
        languages=frozenset(entry.languages),
        kind=entry.kind,
        remote=entry.remote,
    )
    return replace(wish, room_id=None) if entry.remote else wish
