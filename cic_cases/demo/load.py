"""Synthetic staff, duties, people and bookings in every centre: seeded, relative to today.

Nothing here is a fact about anybody. Every page of a demonstration says so; in production the
command refuses. The same services make these rows as make real ones.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.calendar import service as calendar
from cic_cases.calendar.duties import DutyWish, ServiceIn
from cic_cases.calendar.models import DutyKind
from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.calendar.rules import ClosedDays
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, OpeningDate
from cic_cases.demo import cast, history
from cic_cases.demo.cast import Hours, Part
from cic_cases.people import service as people
from cic_cases.people.models import Staff
from cic_cases.people.rules import GrantWish, Invitation
from cic_cases.people.sessions import actor_of
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role

DOMAIN = "example.org"
FIRST_DAY_BACK = timedelta(days=180)
SATURDAY = 5
CLOSED_AFTER_DAYS = 10


class NoCentres(Exception):
    """There is no centre yet: load a region file first."""


@dataclass
class Team:
    """The staff of one centre by account name."""

    centre: Centre
    members: dict[str, Actor] = field(default_factory=dict)


def address(account: str, centre: str) -> str:
    """The e-mail address of an invented account."""
    return f"{account}.{centre}@{DOMAIN}"


def is_loaded(session: Session) -> bool:
    """Whether the demonstration's people are here already."""
    wanted = select(Staff.id).where(Staff.email.like(f"reception.%@{DOMAIN}")).limit(1)
    return session.scalar(wanted) is not None


def load(
    session: Session, *, seed: int, today: date, at: datetime, password_hash: str
) -> list[str]:
    """Fill every centre; returns the addresses of the accounts. Raises `NoCentres`."""
    chance = random.Random(seed)  # noqa: S311 - a demonstration must come out alike each time
    places = centres.all_centres(session)
    if not places:
        raise NoCentres()
    accounts = [
        _region_account(session, part, places, at, password_hash) for part in cast.REGION_PARTS
    ]
    teams = [
        _staff(session, centre, number, at, password_hash) for number, centre in enumerate(places)
    ]
    for team in teams:
        _rosters(session, team, today, at)
    accounts += _interpreters(session, teams, today, at, password_hash)
    for team in teams:
        history.fill(session, team.centre, team.members, chance, today=today, at=at)
        accounts += [actor.email for actor in team.members.values()]
    return accounts


def _region_account(
    session: Session, part: Part, places: Sequence[Centre], at: datetime, password_hash: str
) -> str:
    grant = GrantWish(part.role, region_id=places[0].region_id)
    slug = centres.region_of(session, places[0].id).slug
    return _account(session, part, 0, slug, grant, at, password_hash).email


def _account(
    session: Session,
    part: Part,
    number: int,
    slug: str,
    grant: GrantWish,
    at: datetime,
    password_hash: str,
) -> Actor:
    invitation = Invitation(
        email=address(part.account, slug),
        initials=part.initials[number % len(part.initials)],
        language=part.language,
        grants=(grant,),
        languages=part.languages,
        institution_key=part.institution,
    )
    staff, _token = people.invite(session, invitation, at=at, by=None)
    staff.password_hash = password_hash
    session.flush()
    actor = actor_of(session, staff.id)
    if actor is None:
        raise LookupError(f"{invitation.email} was invited but cannot act")
    return actor


def _staff(session: Session, centre: Centre, number: int, at: datetime, password_hash: str) -> Team:
    team = Team(centre)
    for part in cast.PARTS:
        grant = GrantWish(part.role, centre_id=centre.id)
        team.members[part.account] = _account(
            session, part, number, centre.slug, grant, at, password_hash
        )
    return team


def _interpreters(
    session: Session, teams: Sequence[Team], today: date, at: datetime, password_hash: str
) -> list[str]:
    """Interpreters by telephone for the whole region, and one who is in a centre."""
    team = next((one for one in teams if one.centre.slug == cast.ON_SITE), teams[0])
    slug = centres.region_of(session, team.centre.id).slug
    grant = GrantWish(Role.INTERPRETER, region_id=team.centre.region_id)
    remote = Team(team.centre, {"coordinator": team.members["coordinator"]})
    for part in cast.INTERPRETERS:
        remote.members[part.account] = _account(session, part, 0, slug, grant, at, password_hash)
    for members, all_hours in ((remote, cast.REMOTE_DUTIES), (team, cast.ON_SITE_DUTIES)):
        for hours in all_hours:
            for weekday in hours.days:
                _duty(session, members, hours, weekday, today - FIRST_DAY_BACK, None, at)
    return [remote.members[part.account].email for part in cast.INTERPRETERS]


def _rosters(session: Session, team: Team, today: date, at: datetime) -> None:
    """Weekly duties, a working Saturday, one closed day ahead."""
    for hours in cast.DUTIES:
        for weekday in hours.days:
            _duty(session, team, hours, weekday, today - FIRST_DAY_BACK, None, at)
    saturday = _next_saturday(session, team.centre, today)
    for hours in cast.SATURDAY_DUTIES:
        _duty(session, team, hours, SATURDAY, saturday, saturday, at)
    closed = _next_workday(today + timedelta(days=CLOSED_AFTER_DAYS), "PL")
    coordinator = team.members["coordinator"]
    days = ClosedDays(team.centre.id, None, closed, closed)
    calendar.add_closure(session, days, "szkolenie zespołu", at=at, by=coordinator.id)


def _duty(
    session: Session,
    team: Team,
    hours: Hours,
    weekday: int,
    valid_from: date,
    valid_until: date | None,
    at: datetime,
) -> None:
    rooms = centres.rooms_of(session, team.centre.id)
    known = {s.key: s.id for s in centres.services_of(session, team.centre.region_id)}
    wish = DutyWish(
        staff_id=team.members[hours.account].id,
        centre_id=team.centre.id,
        room_id=rooms[(hours.room - 1) % len(rooms)].id if hours.room else None,
        weekday=weekday,
        hours=(hours.starts, hours.ends),
        valid_from=valid_from,
        valid_until=valid_until,
        grid_minutes=hours.grid,
        services=tuple(
            ServiceIn(known[key], hours.minutes, hours.before, hours.after)
            for key in hours.services
        ),
        every_weeks=hours.every_weeks,
        kind=DutyKind.RECEIVES if hours.services else DutyKind.INTERPRETS,
        remote=hours.remote,
        languages=frozenset(hours.languages),
    )
    calendar.add_duty(session, wish, at=at, by=team.members["coordinator"].id)


def _next_saturday(session: Session, centre: Centre, today: date) -> date:
    """The next Saturday that is no holiday; opened for the demonstration if it is not yet."""
    day = today + timedelta(days=(SATURDAY - today.weekday()) % 7 or 7)
    while is_public_holiday("PL", day):
        day += timedelta(days=7)
    if session.get(OpeningDate, (centre.id, day)) is None:
        opened = OpeningDate(
            centre_id=centre.id, on=day, opens=time(9), closes=time(13), assumed=True
        )
        session.add(opened)
        session.flush()
    return day


def _next_workday(day: date, country: str) -> date:
    while day.weekday() > cast.WORKDAYS[-1] or is_public_holiday(country, day):
        day += timedelta(days=1)
    return day
