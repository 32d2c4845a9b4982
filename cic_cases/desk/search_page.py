"""Finding a time as a page: what was asked, kept in the address; no code ever is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from sqlalchemy.orm import Session

from cic_cases.bookings import held
from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import Slot, SlotKey, UnreadableSlot
from cic_cases.cases import queries as cases
from cic_cases.cases.queries import resource_of
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked, Service
from cic_cases.desk import open_case
from cic_cases.desk.finder import TIMES_OF_DAY, Asked, Found
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications import preview
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor, Scope


class NothingBooked(Refusal):
    """No service of the region is booked by time."""

    msgid = N_("No service here is booked by time. The region's settings decide which are.")


class ServiceEnded(Refusal):
    """The service of the appointment is not given any more, so no time can be found for it."""

    msgid = N_("This service is no longer offered: the appointment stays, but cannot be moved.")


@dataclass(frozen=True)
class SearchPage:
    """One search as the page asks it: for the case on the counter, or to move a booking."""

    asked: Asked
    services: tuple[Service, ...]
    every_centre: tuple[Centre, ...]
    case: open_case.OpenCase | None
    moving: Booking | None
    reach: Scope

    @classmethod
    def read(cls, database: Session, actor: Actor, *, moving: Booking | None) -> "SearchPage":
        """Read what is asked from the request; anything unknown falls back to a usable default.

        Raises `NothingBooked` or `ServiceEnded` when there is no service to look for.
        """
        here = current_centre(actor)
        offered = tuple(centres.services_of(database, here.region_id, HowBooked.SLOT))
        everywhere = tuple(centres.all_centres(database, region_id=here.region_id))
        case = open_case.read(database, actor)
        values = request.values
        service = _service(offered, values.get("service"), moving)
        asked = Asked(
            service=service,
            centres=_centres(everywhere, values.getlist("centre"), here),
            language=_language(values.get("language"), case, moving),
            interpreter=values.get("interpreter") == "y" or bool(moving and moving.interpreter),
            time_of_day=_time_of_day(values.get("time")),
            first_day=_date(values.get("from")),
            last_day=_date(values.get("to")),
            day=_date(values.get("day")) or _day_of(values.get("slot"), here),
            slot=values.get("slot"),
            person=_person(database, case, moving),
            moving=moving.id if moving else None,
            specialist_key=None if actor.scope("booking.change").centres else actor.key,
            specialist=_specialist(values.get("specialist")),
        )
        return cls(asked, offered, everywhere, case, moving, actor.scope("booking.change"))

    def asked_start(self, at: datetime) -> datetime:
        """When the slot that was asked for starts; now when it cannot be read."""
        try:
            return SlotKey.decode(self.asked.slot or "").starts_at
        except UnreadableSlot:
            return at

    def link(self, endpoint: str = "bookings.search", /, **changes: Any) -> str:
        """This search with some answers changed, as an address (it holds no code)."""
        asked = self.asked
        kept: dict[str, Any] = {
            "service": asked.service.key,
            "centre": [centre.slug for centre in asked.centres],
            "language": asked.language or "any",
            "interpreter": "y" if asked.interpreter else None,
            "time": asked.time_of_day,
            "from": asked.first_day and asked.first_day.isoformat(),
            "to": asked.last_day and asked.last_day.isoformat(),
            "day": asked.day and asked.day.isoformat(),
            "specialist": asked.specialist,
        }
        if self.moving and endpoint == "bookings.search":
            reference = show(self.moving.reference)
            return url_for("bookings.choose_move", reference=reference, **{**kept, **changes})
        return url_for(endpoint, **{**kept, **changes})

    def day_of(self, slot: Slot) -> date:
        """The local day of a slot."""
        return local_day(slot.time.start, zone(slot.timezone))

    def languages(self) -> tuple[str, ...]:
        """The languages a meeting can be asked in: those of our texts, and the person's own."""
        own = self.case.case.contact_language if self.case else None
        return PERSON_LOCALES if own is None or own in PERSON_LOCALES else (*PERSON_LOCALES, own)

    def strip(self, found: Found) -> list[dict[str, object]]:
        """The days as the strip draws them."""
        return [
            {
                "day": day.day,
                "free": day.free,
                "current": day.chosen,
                "url": self.link(day=day.day.isoformat(), slot=None),
            }
            for day in found.days
        ]

    def zone_of(self, slot: Slot) -> ZoneInfo:
        """The clock of the slot's centre."""
        return zone(slot.timezone)

    def zone_of_booking(self, booking: Booking) -> ZoneInfo:
        """The clock of the centre where the time is."""
        return zone(next(one.timezone for one in self.every_centre if one.id == booking.centre_id))

    def hidden(self, slot: Slot) -> list[tuple[str, str]]:
        """What the booking form carries, so that a refusal can show the same search again."""
        version = [("version", str(self.moving.version))] if self.moving else []
        return [("slot", slot.code), *self.kept(), *version]

    def kept(self) -> list[tuple[str, str]]:
        """This search as the hidden fields of a form."""
        pairs = [("service", self.asked.service.key)]
        pairs += [("centre", centre.slug) for centre in self.asked.centres]
        pairs.append(("language", self.asked.language or ""))
        pairs.append(("time", self.asked.time_of_day))
        if self.asked.first_day:
            pairs.append(("from", self.asked.first_day.isoformat()))
        if self.asked.last_day:
            pairs.append(("to", self.asked.last_day.isoformat()))
        if self.asked.specialist:
            pairs.append(("specialist", self.asked.specialist))
        if self.asked.interpreter:
            pairs.append(("interpreter", "y"))
        return pairs

    def context(self, database: Session, found: Found, at: datetime) -> dict[str, Any]:
        """Everything the template needs."""
        case_id = self.case_id
        return {
            "page": self,
            "at": at,
            "asked": self.asked,
            "found": found,
            "times_of_day": tuple(TIMES_OF_DAY),
            "zone": zone(self.asked.centres[0].timezone),
            "previews": self._previews(database, found, case_id, at),
            "companion": _companion(database, found.chosen),
            "held": self._held(database, at),
            "held_zone": self.zone_of_booking,
            "contact": cases.contact_of(database, case_id) if case_id else None,
        }

    def _held(self, database: Session, at: datetime) -> Sequence[Booking]:
        """What is held for the person on the counter; a move holds nothing."""
        if self.case is None or self.moving is not None:
            return ()
        return held.for_case(database, self.case.case.id, self.reach, at)

    @property
    def case_id(self) -> int | None:
        """Whose time is looked for; None while no card is open."""
        if self.moving is not None:
            return self.moving.case_id
        return self.case.case.id if self.case else None

    def _previews(
        self, database: Session, found: Found, case_id: int | None, at: datetime
    ) -> list[preview.Preview]:
        if found.chosen is None or case_id is None:
            return []
        return preview.of_slot(
            database,
            case_id=case_id,
            centre_id=found.chosen.centre_id,
            starts_at=found.chosen.time.start,
            language=self.asked.language,
            moved=self.moving is not None,
            at=at,
        )


def _service(offered: tuple[Service, ...], key: str | None, moving: Booking | None) -> Service:
    if moving is not None:
        found = next((s for s in offered if s.id == moving.service_id), None)
        if found is None:
            raise ServiceEnded()
        return found
    if not offered:
        raise NothingBooked()
    return next((s for s in offered if s.key == key), offered[0])


def _centres(every: tuple[Centre, ...], slugs: list[str], here: Centre) -> tuple[Centre, ...]:
    """The chosen centres, one's own first; one's own when none was chosen."""
    chosen = [centre for centre in every if centre.slug in slugs]
    return tuple(sorted(chosen, key=lambda c: c.id != here.id)) or (here,)


def _language(
    asked: str | None, case: open_case.OpenCase | None, moving: Booking | None
) -> str | None:
    if asked in ("any", ""):
        return None
    if asked in PERSON_LOCALES:
        return asked
    if moving is not None:
        return moving.language
    return case.case.contact_language if case else None


def _specialist(asked: str | None) -> str | None:
    """Who is chosen; somebody unknown has no free time."""
    return asked if asked and asked != "any" and asked.isalnum() else None


def _companion(database: Session, slot: Slot | None) -> str | None:
    """The initials of the interpreter who comes along."""
    if slot is None or slot.interpreter_id is None:
        return None
    return database.get_one(Staff, slot.interpreter_id).initials


def _time_of_day(asked: str | None) -> str:
    return asked if asked in TIMES_OF_DAY else "any"


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None  # a day that is no day is no wish: the strip starts today


def _day_of(slot: str | None, here: Centre) -> date | None:
    """The day of the chosen time: a refused booking shows the same day again."""
    try:
        starts_at = SlotKey.decode(slot or "").starts_at
    except UnreadableSlot:
        return None
    return local_day(starts_at, zone(here.timezone))


def _person(
    database: Session, case: open_case.OpenCase | None, moving: Booking | None
) -> int | None:
    if moving is not None:
        return resource_of(database, moving.case_id)
    return case.case.resource_id if case else None
