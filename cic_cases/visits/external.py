"""Appointments in other institutions' own systems: noted, so that nothing collides with them.

They occupy the person, and whoever goes along, for the appointment and the way there and back;
the same guard as for bookings decides. The caller commits.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.calendar import appointments, guard
from cic_cases.cases.queries import resource_of
from cic_cases.centres.queries import zone_of
from cic_cases.foundation.codes import new_reference
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.events import emit
from cic_cases.people.models import Staff
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.visits import external_queries as queries
from cic_cases.visits import external_rules as rules
from cic_cases.visits.events import (
    ExternalCancelled,
    ExternalChanged,
    ExternalMoved,
    ExternalNoted,
)
from cic_cases.visits.external_rules import Details, ExternalWish
from cic_cases.visits.models import ExternalAppointment, ExternalFormerAssistant
from cic_cases.visits.statuses import ExternalStatus


def note(session: Session, wish: ExternalWish, *, at: datetime, by: Actor) -> ExternalAppointment:
    """Note an appointment elsewhere and take the time for it.

    Raises `InThePast`, `TooFarAhead`, `WrongLength`, `WrongWay`, `UnknownPlace`, `NoAssistant`,
    `UnknownLanguage`, `PersonBusy` or `AssistantBusy`.
    """
    assistant = _checked(session, wish.details, wish.centre_id, at)
    person = resource_of(session, wish.case_id)
    guard.lock(session, [person, *_resources(assistant)])
    external = ExternalAppointment(
        reference=new_reference(),
        case_id=wish.case_id,
        centre_id=wish.centre_id,
        status=ExternalStatus.NOTED,
        version=1,
        calendar_uid=str(uuid.uuid4()),
        made_at=at,
        made_by=by.id,
    )
    _put(external, wish.details)
    session.add(external)
    session.flush()
    _claim(session, external, person, assistant, at)
    _remember(session, "external.noted", external, at=at, by=by)
    emit(session, ExternalNoted(external.id, at))
    return external


def move(
    session: Session,
    reference: str,
    details: Details,
    *,
    scope: Scope,
    version: int | None,
    at: datetime,
    by: Actor,
) -> ExternalAppointment:
    """Give it another time, place, way or company: the old time is free when the new is taken.

    Raises what `note` does, `NotFound`, `VersionConflict`, and `WrongStatus` unless it is noted.
    """
    external = queries.by_reference(session, reference, scope)
    assistant = _checked(session, details, external.centre_id, at)
    person = resource_of(session, external.case_id)
    held = guard.held_by_external(session, external.id)
    guard.lock(session, [person, *_resources(assistant), *held])
    lock_row(session, external)
    appointments.check_version(version, external.version)
    if external.status is not ExternalStatus.NOTED:
        raise appointments.WrongStatus()
    moved = (external.starts_at, external.ends_at) != (details.starts_at, details.ends_at)
    guard.release_external(session, external.id)
    if external.assistant_id not in (None, details.assistant_id):
        session.merge(_former_assistant(external, at))
    _put(external, details)
    external.version += 1
    session.flush()
    _claim(session, external, person, assistant, at)
    _remember(session, "external.moved" if moved else "external.changed", external, at=at, by=by)
    emit(session, ExternalMoved(external.id, at) if moved else ExternalChanged(external.id, at))
    return external


def cancel(
    session: Session, reference: str, *, scope: Scope, version: int | None, at: datetime, by: Actor
) -> ExternalAppointment:
    """It will not be: everybody's time is free again. Raises `VersionConflict`, `WrongStatus`."""
    external = _locked(session, reference, scope)
    appointments.check_version(version, external.version)
    if external.status is not ExternalStatus.NOTED:
        raise appointments.WrongStatus()
    guard.release_external(session, external.id)
    external.status = ExternalStatus.CANCELLED
    external.version += 1
    _remember(session, "external.cancelled", external, at=at, by=by)
    emit(session, ExternalCancelled(external.id, at))
    return external


def set_outcome(
    session: Session, reference: str, to: ExternalStatus, *, scope: Scope, at: datetime, by: Actor
) -> ExternalAppointment:
    """The person was there, or was not. Raises `WrongStatus`, and `NotYet` before its day."""
    external = _locked(session, reference, scope)
    rules.check_step(external.status, to)
    appointments.check_day(external.starts_at, at, zone_of(session, external.centre_id))
    external.status = to
    _remember(session, f"external.{to.value}", external, at=at, by=by)
    return external


def undo(
    session: Session, reference: str, *, scope: Scope, at: datetime, by: Actor
) -> ExternalAppointment:
    """Take the outcome back. Raises `WrongStatus` when there is none."""
    external = _locked(session, reference, scope)
    if external.status not in rules.OUTCOMES:
        raise appointments.WrongStatus()
    external.status = ExternalStatus.NOTED
    _remember(session, "external.undone", external, at=at, by=by)
    return external


def _checked(session: Session, details: Details, centre_id: int, at: datetime) -> Staff | None:
    """Whoever goes along, once everything about the wish is right."""
    details.check(at)
    if queries.place_in(session, details.place_id, centre_id) is None:
        raise rules.UnknownPlace()
    if details.assistant_id is None:
        return None
    for person in queries.assistants(session, centre_id):
        if person.id == details.assistant_id:
            return person
    raise rules.NoAssistant()


def _put(external: ExternalAppointment, details: Details) -> None:
    external.place_id = details.place_id
    external.starts_at, external.ends_at = details.starts_at, details.ends_at
    external.travel_minutes = details.travel_minutes
    external.company = details.needs_company
    external.assistant_id = details.assistant_id
    external.language = details.language


def _former_assistant(external: ExternalAppointment, at: datetime) -> ExternalFormerAssistant:
    """Whoever goes along no more, with the time that stands in their calendar."""
    return ExternalFormerAssistant(
        external_id=external.id,
        staff_id=external.assistant_id,
        starts_at=external.starts_at,
        ends_at=external.ends_at,
        travel_minutes=external.travel_minutes,
        version=external.version + 1,
        at=at,
    )


def _resources(assistant: Staff | None) -> list[int]:
    return [assistant.resource_id] if assistant else []


def _claim(
    session: Session,
    external: ExternalAppointment,
    person: int,
    assistant: Staff | None,
    at: datetime,
) -> None:
    """Take everybody's time, the way included; the database says whose is not free."""
    time = rules.with_the_way(external.starts_at, external.ends_at, external.travel_minutes)
    claims = [guard.Claim(resource, time) for resource in (person, *_resources(assistant))]
    lost = guard.claim(session, guard.Holder(external_id=external.id), claims, at=at)
    if person in lost:
        raise rules.PersonBusy()
    if lost:
        raise rules.AssistantBusy()


def _locked(session: Session, reference: str, scope: Scope) -> ExternalAppointment:
    external = queries.by_reference(session, reference, scope)
    guard.lock(session, guard.held_by_external(session, external.id))
    lock_row(session, external)
    return external


def _remember(
    session: Session, action: str, external: ExternalAppointment, *, at: datetime, by: Actor
) -> None:
    place = external.centre_id
    audit.note(session, action, "external", external.id, by=by.id, at=at, centre_id=place)
    session.flush()
