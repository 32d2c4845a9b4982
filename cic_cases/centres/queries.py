"""Reading where help is given, when, and which kinds of it; each question is one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.centres.models import (
    Centre,
    HowBooked,
    Institution,
    OpeningDate,
    OpeningHours,
    Place,
    Region,
    Room,
    Service,
)
from cic_cases.foundation.clock import zone
from cic_cases.foundation.errors import NotFound


@dataclass(frozen=True)
class Hours:
    """When centres are open, in each centre's own local time."""

    week: Mapping[tuple[int, int], tuple[time, time]]  # by centre and weekday, 0 is Monday
    dates: Mapping[tuple[int, date], tuple[time, time]]  # by centre and date, before the week's

    def on(self, centre_id: int, day: date) -> tuple[time, time] | None:
        """Opening and closing time of the centre on `day`, None when it is closed.

        Public holidays and closures are the calendar's matter, not known here.
        """
        return self.dates.get((centre_id, day)) or self.week.get((centre_id, day.weekday()))


def regions(session: Session) -> Sequence[Region]:
    """Every region, by slug."""
    return session.scalars(select(Region).order_by(Region.slug)).all()


def region_of(session: Session, centre_id: int) -> Region:
    """The region a centre belongs to. Raises `NotFound`."""
    region = session.scalar(
        select(Region).join(Centre, Centre.region_id == Region.id).where(Centre.id == centre_id)
    )
    if region is None:
        raise NotFound
    return region


def zone_of(session: Session, centre_id: int) -> ZoneInfo:
    """The time zone a centre lives in; raises NoResultFound."""
    timezone = select(Centre.timezone).where(Centre.id == centre_id)
    return zone(session.execute(timezone).scalar_one())


def all_centres(session: Session, *, region_id: int | None = None) -> Sequence[Centre]:
    """The centres that work, of all regions or of one, by slug."""
    query = select(Centre).where(Centre.active)
    if region_id is not None:
        query = query.where(Centre.region_id == region_id)
    return session.scalars(query.order_by(Centre.slug)).all()


def centres_in(session: Session, centre_ids: Iterable[int]) -> Sequence[Centre]:
    """The centres of a scope, by slug; those that no longer work too, for their history."""
    chosen = select(Centre).where(Centre.id.in_(list(centre_ids)))
    return session.scalars(chosen.order_by(Centre.slug)).all()


def centre_by_slug(session: Session, slug: str) -> Centre:
    """The working centre called `slug`. Raises `NotFound`."""
    centre = session.scalar(select(Centre).where(Centre.slug == slug, Centre.active))
    if centre is None:
        raise NotFound
    return centre


def services_of(
    session: Session,
    region_id: int | None = None,
    booking: HowBooked | None = None,
    desk: bool | None = None,
) -> Sequence[Service]:
    """The kinds of help given now, in the file's order.

    Of one region, booked in one way, or only those that are tiles of the desk (`desk`).
    """
    query = select(Service).where(Service.active)
    if region_id is not None:
        query = query.where(Service.region_id == region_id)
    if booking is not None:
        query = query.where(Service.booking == booking)
    if desk is not None:
        query = query.where(Service.desk == desk)
    return session.scalars(query.order_by(Service.region_id, Service.position)).all()


def service_by_key(session: Session, key: str, *, region_id: int | None = None) -> Service:
    """The service called `key` that is given now. Raises `NotFound`.

    Two regions may use one key: name the region wherever more than one is loaded.
    """
    query = select(Service).where(Service.key == key, Service.active)
    if region_id is not None:
        query = query.where(Service.region_id == region_id)
    service = session.scalars(query.order_by(Service.region_id).limit(1)).first()
    if service is None:
        raise NotFound
    return service


def services_in(session: Session, service_ids: Iterable[int]) -> dict[int, Service]:
    """Services by id, for lists of what was; those no longer given too."""
    chosen = select(Service).where(Service.id.in_(list(service_ids)))
    return {service.id: service for service in session.scalars(chosen)}


def rooms_of(session: Session, centre_id: int) -> Sequence[Room]:
    """The rooms of a centre in use, «2» before «10»."""
    used = select(Room).where(Room.centre_id == centre_id, Room.active)
    return session.scalars(used.order_by(func.length(Room.label), Room.label)).all()


def institutions(session: Session, *, region_id: int | None = None) -> Sequence[Institution]:
    """The offices whose officers hold duties, by key."""
    query = select(Institution).where(Institution.active)
    if region_id is not None:
        query = query.where(Institution.region_id == region_id)
    return session.scalars(query.order_by(Institution.key)).all()


def places_of(session: Session, region_id: int) -> Sequence[Place]:
    """Where people of a region are accompanied to, in the file's order."""
    used = select(Place).where(Place.region_id == region_id, Place.active)
    return session.scalars(used.order_by(Place.position, Place.id)).all()


def opening(session: Session, centre_ids: Iterable[int], first_day: date, last_day: date) -> Hours:
    """When the centres are open from `first_day` to `last_day`, both included: two statements."""
    chosen = list(centre_ids)
    week = session.execute(
        select(
            OpeningHours.centre_id, OpeningHours.weekday, OpeningHours.opens, OpeningHours.closes
        ).where(OpeningHours.centre_id.in_(chosen))
    )
    dates = session.execute(
        select(OpeningDate.centre_id, OpeningDate.on, OpeningDate.opens, OpeningDate.closes).where(
            OpeningDate.centre_id.in_(chosen), OpeningDate.on.between(first_day, last_day)
        )
    )
    return Hours(
        week={(centre, weekday): (opens, closes) for centre, weekday, opens, closes in week},
        dates={(centre, on): (opens, closes) for centre, on, opens, closes in dates},
    )
