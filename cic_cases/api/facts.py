"""What the JSON tells of bookings and slots: codes with hyphens, times in the centre's zone."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import Slot
from cic_cases.centres.models import Centre, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show


def local(moment: datetime, place: ZoneInfo) -> str:
    """ISO 8601 with the offset that the place has at that moment."""
    return moment.astimezone(place).isoformat()


def of_slot(slot: Slot) -> dict[str, Any]:
    """A free time as the contract has it."""
    place = zone(slot.timezone)
    return {
        "slot": slot.code,
        "centre": slot.key.centre_slug,
        "service": slot.key.service_key,
        "specialist": slot.key.specialist_key,
        "starts_at": local(slot.time.start, place),
        "ends_at": local(slot.time.end, place),
        "languages": list(slot.languages),
    }


def of_booking(session: Session, booking: Booking) -> dict[str, Any]:
    """A booking as the contract has it."""
    service = session.get_one(Service, booking.service_id)
    return {**without_service(session, booking), "service": service.key}


def of_taken(booking: Booking, slot: Slot) -> dict[str, Any]:
    """A booking that has just been given this slot; nothing is read."""
    place = zone(slot.timezone)
    return {
        "reference": show(booking.reference),
        "status": booking.status.value,
        "version": booking.version,
        "starts_at": local(booking.starts_at, place),
        "ends_at": local(booking.ends_at, place),
        "centre": slot.key.centre_slug,
        "service": slot.key.service_key,
    }


def of_held(booking: Booking, slot: Slot) -> dict[str, Any]:
    """A time that has just been held, and until when; nothing is read."""
    until = booking.expires_at
    shown = local(until, zone(slot.timezone)) if until is not None else None
    return {**of_taken(booking, slot), "expires_at": shown}


def without_service(session: Session, booking: Booking) -> dict[str, Any]:
    """A booking in a person's list, where nobody needs the kind of help."""
    centre = session.get_one(Centre, booking.centre_id)
    place = zone(centre.timezone)
    return {
        "reference": show(booking.reference),
        "status": booking.status.value,
        "version": booking.version,
        "starts_at": local(booking.starts_at, place),
        "ends_at": local(booking.ends_at, place),
        "centre": centre.slug,
    }
