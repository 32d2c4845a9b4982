"""What the start page reads: every active centre and its hours, in four statements."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Closure
from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.centres.models import Centre, OpeningDate, OpeningHours, Region
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import local_day
from cic_cases.portal.hours import DAYS_SHOWN, Hours, OpeningRules, coming_days

Row = TypeVar("Row", OpeningHours, OpeningDate, Closure)


@dataclass(frozen=True, slots=True)
class OpenCentre:
    """A centre as a visitor needs it; `days` begins with today."""

    slug: str
    city: str
    address: str
    phone: str
    days: list[tuple[date, Hours | None]]
    assumed: bool


def operators(session: Session) -> list[str]:
    """Who runs the centres."""
    return list(session.scalars(select(Region.operator).order_by(Region.id)))


def open_centres(session: Session, at: datetime) -> list[OpenCentre]:
    """Every active centre in the order of its region file, with the hours of seven days."""
    found = session.execute(
        select(Centre, Region.country)
        .join(Region, Region.id == Centre.region_id)
        .where(Centre.active)
        .order_by(Centre.id)
    ).all()
    rules = _opening_rules(session, {centre.id for centre, _ in found}, at)
    return [_open_centre(centre, country, rules[centre.id], at) for centre, country in found]


def _open_centre(centre: Centre, country: str, rules: OpeningRules, at: datetime) -> OpenCentre:
    today = local_day(at, zone(centre.timezone))
    days = coming_days(rules, today, partial(is_public_holiday, country))
    return OpenCentre(centre.slug, centre.city, centre.address, centre.phone, days, rules.assumed)


def _opening_rules(session: Session, ids: set[int], at: datetime) -> dict[int, OpeningRules]:
    # no zone is more than a day away from UTC
    first, last = at.date() - timedelta(days=1), at.date() + timedelta(days=DAYS_SHOWN + 1)
    of_week = select(OpeningHours).where(OpeningHours.centre_id.in_(ids))
    of_date = select(OpeningDate).where(
        OpeningDate.centre_id.in_(ids), OpeningDate.on.between(first, last)
    )
    closed = select(Closure).where(
        Closure.centre_id.in_(ids), Closure.first_day <= last, Closure.last_day >= first
    )
    weekly = _by_centre(session.scalars(of_week))
    dated = _by_centre(session.scalars(of_date))
    closures = _by_centre(session.scalars(closed))
    return {
        centre: OpeningRules(
            weekly={row.weekday: (row.opens, row.closes) for row in weekly[centre]},
            dated={row.on: (row.opens, row.closes) for row in dated[centre]},
            closed=tuple((row.first_day, row.last_day) for row in closures[centre]),
            assumed=any(row.assumed for row in weekly[centre])
            or any(row.assumed for row in dated[centre]),
        )
        for centre in ids
    }


def _by_centre(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.centre_id or 0].append(row)
    return groups
