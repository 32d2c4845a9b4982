"""Fills a `Roster`: rows of a constant number of statements become values."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from cic_cases.bookings import rotas, statements
from cic_cases.bookings import taken as taken_time
from cic_cases.bookings.offers import Given, InterpreterDuty, Member, Offer, Place, Search
from cic_cases.bookings.roster import Roster
from cic_cases.bookings.rota import Rota
from cic_cases.bookings.slots import SlotKey
from cic_cases.calendar import duties
from cic_cases.calendar.models import ExceptionKind
from cic_cases.calendar.rules import Change, ClosedDays, DutyRule, substituted
from cic_cases.centres import queries as centres
from cic_cases.foundation.clock import zone

Values = Mapping[str, Any]
Held = tuple[DutyRule, Member, tuple[str, ...]]


def of_search(session: Session, search: Search, at: datetime, *, taken: bool) -> Roster:
    """The roster of a search; with `taken`, without what occupies specialists, rooms, the person.

    `taken` rosters know what occupies interpreters and second specialists: those are chosen free.
    """
    rota = rotas.of(session, search, _rota)
    busy = (taken_time.of_company if taken else taken_time.of_all)(session, search, rota, at)
    return Roster(search, rota, busy)


def _rota(session: Session, search: Search) -> Rota:
    values: dict[str, Any] = {"services": list(search.service_ids)}
    if search.specialist_key is not None:
        values["member"] = search.specialist_key
    return _read(session, statements.offers("member" in values), values, search)


def of_slot(
    session: Session, key: SlotKey, own_centres: frozenset[int], search: Search, at: datetime
) -> Roster:
    """The roster that decides about one slot, of the regions of these centres, as it is now.

    `search` says the days around it, the language, and whether an interpreter is needed.
    """
    values = {
        "service": key.service_key,
        "centre": key.centre_slug,
        "member": key.specialist_key,
        "own_centres": list(own_centres),
    }
    rota = _read(session, statements.offers_of_slot(), values, search)
    return Roster(search, rota, taken_time.of_company(session, search, rota, at))


def _read(session: Session, wanted: Any, values: Values, search: Search) -> Rota:
    where: dict[str, Any] = {
        "first_day": search.first_day,
        "last_day": search.last_day,
        "weekdays": _weekdays(search.first_day, search.last_day),
        "centres": list(search.centre_ids),
    }
    rows = session.execute(wanted, {**where, **values}).all()
    offers = tuple(
        Offer(rule, member, _place(row), _given(row), languages)
        for row, (rule, member, languages) in _held(session, rows)
    )
    of_slot = not search.centre_ids  # a slot's key names its centre
    if of_slot:
        where["centres"] = list({offer.place.id for offer in offers})
    interpreters = _interpreters(session, offers, where, search)
    if of_slot and not interpreters:
        days: Iterable[Any] = dict.fromkeys(tuple(row[-statements.DAY_COLUMNS :]) for row in rows)
    else:
        where["centres"] = list({*where["centres"], *(d.place.id for d in interpreters)})
        days = session.execute(statements.days_and_rooms(), where).all()
    return Rota(offers, interpreters, *_days_and_rooms(days))


def _weekdays(first_day: date, last_day: date) -> list[int]:
    if (last_day - first_day).days >= 6:
        return list(range(7))
    return [(first_day.weekday() + n) % 7 for n in range((last_day - first_day).days + 1)]


def _held(session: Session, rows: Iterable[Row[Any]]) -> list[tuple[Row[Any], Held]]:
    """Every duty once per service, its exceptions gathered, and once more for each substitute."""
    first: dict[tuple[int, int], Row[Any]] = {}
    changes: dict[int, dict[date, Change]] = {}
    for row in rows:
        first.setdefault((row.id, getattr(row, "service_id", 0)), row)
        if row.on is not None:
            changes.setdefault(row.id, {})[row.on] = _change(row)
    substitutes = _substitutes(session, changes.values())
    held = []
    for row in first.values():
        own, rule = _languages(row.in_duty), rule_of(row, changes.get(row.id, {}))
        if row.gone is None:
            member = _member(row)
            held.append((row, (rule, member, own or member.languages)))
        for on, change in rule.changes.items():
            other = substitutes.get(change.staff_id or 0)
            derived = other and substituted(rule, on, other.institution_id)
            if other and derived:
                held.append((row, (derived, other, own or other.languages)))
    return held


def _substitutes(session: Session, changes: Iterable[Mapping[date, Change]]) -> dict[int, Member]:
    wanted = {c.staff_id for each in changes for c in each.values() if c.staff_id is not None}
    if not wanted:
        return {}
    rows = session.execute(statements.members(), {"members": list(wanted)})
    return {row.member_id: _member(row) for row in rows if row.gone is None}


def rule_of(row: Any, changes: Mapping[date, Change]) -> DutyRule:
    """The rule of a row of `statements`, with its dated changes."""
    return duties.rule_of(row, row.institution_id, zone(row.timezone), changes)


def _change(row: Row[Any]) -> Change:
    cancelled = row.kind is ExceptionKind.CANCELLED
    hours = None if row.from_time is None else (row.from_time, row.until_time)
    return Change(cancelled, hours, row.other_room, row.substitute_id)


def _member(row: Row[Any]) -> Member:
    return _one_member(
        row.member_id,
        row.member_key,
        row.initials,
        row.resource_id,
        row.institution_id,
        _languages(row.speaks),
        row.version,
    )


# Whoever and wherever many duties name is made once; the same words always make the same value.
_one_member = lru_cache(maxsize=1024)(Member)
_one_place = lru_cache(maxsize=256)(Place)


@lru_cache(maxsize=512)
def _languages(words: str | None) -> tuple[str, ...]:
    return tuple(sorted((words or "").split()))


def _place(row: Row[Any]) -> Place:
    return _one_place(row.centre_id, row.slug, row.city, row.timezone, row.region_id, row.country)


def _given(row: Row[Any]) -> Given:
    return _one_given(
        row.service_id,
        row.service_key,
        row.own_minutes or row.minutes,
        row.before_minutes,
        row.after_minutes,
        row.per_person,
        row.notice_minutes,
        row.horizon_days,
        row.specialists,
    )


@lru_cache(maxsize=1024)
def _one_given(
    number: int,
    key: str,
    minutes: int | None,
    before: int,
    after: int,
    per_person: int | None,
    notice: int,
    horizon_days: int,
    specialists: int,
) -> Given:
    length = timedelta(minutes=minutes) if minutes else None
    around = (timedelta(minutes=before), timedelta(minutes=after))
    ahead = timedelta(minutes=notice)
    return Given(number, key, length, *around, per_person, ahead, horizon_days, specialists)


def _interpreters(
    session: Session, offers: tuple[Offer, ...], where: Values, search: Search
) -> tuple[InterpreterDuty, ...]:
    """Those who speak the language, when somebody who could receive the person does not."""
    language = search.language
    if not search.interpreter or language is None:
        return ()
    if all(language in offer.languages for offer in offers):
        return ()
    rows = session.execute(statements.interpreting(), where).all()
    return tuple(
        InterpreterDuty(rule, member, _place(row), languages, row.remote)
        for row, (rule, member, languages) in _held(session, rows)
        if language in languages
    )


def _days_and_rooms(
    rows: Iterable[Any],
) -> tuple[dict[int, tuple[str, int]], centres.Hours, tuple[ClosedDays, ...]]:
    rooms: dict[int, tuple[str, int]] = {}
    week: dict[tuple[int, int], tuple[time, time]] = {}
    dates: dict[tuple[int, date], tuple[time, time]] = {}
    closures = []
    for what, centre, number, room, first, last, opens, closes, label, resource in rows:
        if what == statements.ROOM:
            rooms[room] = label, resource
        elif what == statements.OPEN:
            week[centre, number] = opens, closes
        elif what == statements.OPEN_ON:
            dates[centre, first] = opens, closes
        elif what == statements.CLOSED:
            closures.append(ClosedDays(centre, number, first, last, room))
    return rooms, centres.Hours(week=week, dates=dates), tuple(closures)
