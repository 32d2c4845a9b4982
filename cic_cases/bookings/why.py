"""«Why is this time not free?», answered by the arithmetic that finds free time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import reading
from cic_cases.bookings.offers import Offer, Search, Sitting
from cic_cases.bookings.reasons import NEAREST, Reason, Why
from cic_cases.bookings.roster import Roster
from cic_cases.calendar.public_holidays import holiday_name
from cic_cases.centres.models import Centre, Region
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import local_day

OF_THE_DAY = {Why.OTHER_DAY, Why.SUBSTITUTED}  # told only when nothing else is


@dataclass(frozen=True, slots=True)
class Question:
    """A start (UTC, any minute) of a service in a centre; the rest as in a `Search`."""

    service_id: int
    centre_id: int
    starts_at: datetime
    specialist_key: str | None = None
    language: str | None = None
    interpreter: bool = False
    person: int | None = None
    moving: int | None = None
    public: bool = False


def why(session: Session, question: Question, at: datetime) -> tuple[Reason, ...]:
    """What stands against this time at `at`, the nearest reason first; none when it is free.

    With several specialists every distinct reason is told once. Reasons say that something is
    taken, never by whom.
    """
    timezone, country = _where(session, question.centre_id)
    day = local_day(question.starts_at, zone(timezone))
    known = reading.of_search(session, _search(question, day), at, taken=False)
    found: dict[Why, Reason] = {}
    for offer in known.candidates():
        stands = known.refuses(offer, day, question.starts_at, at)
        if stands is None:
            return ()
        found.setdefault(stands, _told(known, offer, day, stands, question.starts_at, at))
    if not found.keys() - OF_THE_DAY and (closed := _closed(known, question, country, day)):
        return (closed,)
    if len(found) > 1:
        found = {one: reason for one, reason in found.items() if one is not Why.OTHER_DAY}
    nearest_first = sorted(found.values(), key=lambda reason: NEAREST[reason.why])
    return tuple(nearest_first) or (Reason(Why.OTHER_DAY),)


def _where(session: Session, centre_id: int) -> tuple[str, str]:
    place = (
        select(Centre.timezone, Region.country)
        .join(Region, Region.id == Centre.region_id)
        .where(Centre.id == centre_id)
    )
    timezone, country = session.execute(place).one()
    return timezone, country


def _search(question: Question, day: date) -> Search:
    return Search(
        service_ids=frozenset({question.service_id}),
        centre_ids=frozenset({question.centre_id}),
        first_day=day,
        last_day=day,
        language=question.language,
        interpreter=question.interpreter,
        specialist_key=question.specialist_key,
        person=question.person,
        moving=question.moving,
        public=question.public,
    )


def _closed(known: Roster, question: Question, country: str, day: date) -> Reason | None:
    """Why nobody can have a duty here that day, whatever the rules name."""
    if name := holiday_name(country, day):
        return Reason(Why.HOLIDAY, {"name": name})
    of_centre = (c for c in known.rota.closures if c.centre_id == question.centre_id)
    if any(c.closes_centre and c.first_day <= day <= c.last_day for c in of_centre):
        return Reason(Why.CENTRE_CLOSED)
    if known.rota.hours.on(question.centre_id, day) is None:
        return Reason(Why.NOT_OPEN)
    return None


def _told(
    known: Roster, offer: Offer, day: date, stands: Why, start: datetime, at: datetime
) -> Reason:
    """The reason with what its sentence names."""
    sitting = known.sitting(offer, day, at)
    if isinstance(sitting, Sitting):
        values = dict(_of_sitting(sitting, start))
        nearest = stands is not Why.GRID or values["times"]
        return Reason(stands if nearest else Why.TOO_SHORT, values)
    if stands is Why.HOLIDAY:
        return Reason(stands, {"name": holiday_name(offer.place.country, day) or ""})
    if stands is Why.HORIZON:
        last = local_day(at, offer.rule.zone) + timedelta(days=offer.given.horizon_days)
        return Reason(stands, {"day": last.isoformat()})
    return Reason(stands)


def _of_sitting(sitting: Sitting, start: datetime) -> Iterator[tuple[str, str]]:
    """The hours of the duty, its starts around `start`, and the notice, all in local time."""
    held, given, step = sitting.stretch, sitting.offer.given, sitting.step
    yield "starts", _wall(sitting, held.time.start)
    yield "ends", _wall(sitting, held.time.end)
    yield "minutes", str(given.notice // timedelta(minutes=1))
    before = held.grid_from + (start - held.grid_from) // step * step
    fitting = (
        moment
        for moment in (before, before + step)
        if held.time.start <= moment - given.before
        and moment + sitting.length + given.after <= held.time.end
    )
    yield "times", ", ".join(_wall(sitting, moment) for moment in fitting)


def _wall(sitting: Sitting, moment: datetime) -> str:
    return f"{moment.astimezone(sitting.offer.rule.zone):%H:%M}"
