"""The call list: everybody with a phone whom no message reaches. It must reach zero.

`waiting_to_be_called` reads it, `note_call` writes how a call ended, `reveal` opens one number
for one call. Both look again under a lock: who comes second finds nobody to call any more.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.bookings import displaced
from cic_cases.bookings.disruptions import lock_centre
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar import appointments
from cic_cases.cases import queries as cases
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import lock_row
from cic_cases.notifications import call_list_queries as queries
from cic_cases.notifications import call_list_rules as rules
from cic_cases.notifications import queries as messages
from cic_cases.notifications import replies
from cic_cases.notifications.call_list_queries import Subject, Tries
from cic_cases.notifications.call_list_rules import Due, What, Why
from cic_cases.notifications.kinds import Means, Mode
from cic_cases.notifications.models import Call, CallOutcome
from cic_cases.notifications.occasions import Facts
from cic_cases.notifications.rules import Way
from cic_cases.notifications.writing import address, wording
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.privacy.vault import VaultError
from cic_cases.visits.models import ExternalAppointment

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToCall:
    """One person of the list. `code` is None where lists show none; no number is among it."""

    due: Due
    facts: Facts
    code: str | None
    tries: Tries

    @property
    def reference(self) -> str:
        """The reference of the appointment the call is about."""
        return self.facts.occasion.reference

    @property
    def mode(self) -> Mode:
        """How much may be said; on the list nobody wants nothing."""
        if self.facts.contact is None:
            raise LookupError("somebody without a contact is on the call list")
        return Mode(self.facts.contact.mode.value)

    @property
    def lost(self) -> bool:
        """Whether the person lost this time and has to decide about another."""
        return self.due.why in (Why.LOST, Why.UNANSWERED)


def waiting_to_be_called(session: Session, scope: Scope, at: datetime) -> list[ToCall]:
    """Everybody of the scope who has to be called at `at`, the most urgent first.

    Of the same urgency those come first whom nobody has tried yet. Five statements at most.
    """
    calls = _due(session, scope, at)
    if not calls:
        return []
    about, tries = queries.about(session, calls), queries.tries(session, calls)
    open_to_lists = {one.case_id for one in about.values() if not one.secret}
    codes = cases.current_codes(session, open_to_lists)
    found = [
        ToCall(
            due=one,
            facts=about[one.subject].facts,
            code=codes.get(about[one.subject].case_id),
            tries=tries.get(one.subject, Tries()),
        )
        for one in calls
    ]
    return sorted(found, key=_urgency)


def _urgency(one: ToCall) -> tuple[datetime, int, datetime, Subject]:
    return one.due.by, one.tries.number, one.tries.last_at or one.due.by, one.due.subject


def number_to_call(session: Session, scope: Scope, at: datetime) -> int:
    """How many people of the scope have to be called at `at`. One statement."""
    return len(_due(session, scope, at)) if scope.centres else 0


def _due(session: Session, scope: Scope, at: datetime, only: Subject | None = None) -> list[Due]:
    candidates = queries.found(session, scope, at, only)
    calls = (rules.due(one, at, zone(one.timezone)) for one in candidates)
    return rules.one_each(one for one in calls if one is not None)


def words(one: ToCall, at: datetime, language: str | None = None) -> str | None:
    """What is said at `at`, in `language` or else the person's: the words of the message."""
    centre, occasion = one.facts.centre, one.facts.occasion
    kind, mode = rules.spoken(one.due.kind, one.mode, occasion.starts_at, at, zone(centre.timezone))
    said = wording(
        kind,
        Way(Means.EMAIL, mode),  # with every letter of the language: nothing is folded
        language or one.facts.language,
        centre=centre,
        starts_at=occasion.starts_at,
        reference=occasion.reference,
        held=one.due.held,
    )
    return said.body if said else None


def note_call(
    session: Session,
    what: What,
    reference: str,
    outcome: CallOutcome,
    *,
    version: int | None,
    scope: Scope,
    at: datetime,
    by: Actor,
) -> Call:
    """Keep how a call ended; told, the person is off the list.

    Raises `NotFound`, `NobodyToCall` when somebody else told them or it is too late, and
    `VersionConflict` when the appointment has changed since it was shown.
    """
    subject = _still_to_call(session, what, reference, version, scope=scope, at=at)
    ours = isinstance(subject, Booking)
    call = Call(
        booking_id=subject.id if ours else None,
        external_id=None if ours else subject.id,
        version=subject.version,
        outcome=outcome,
        at=at,
        by_id=by.id,
    )
    session.add(call)
    lost = ours and subject.status is Status.NEEDS_REBOOKING
    if lost and outcome is CallOutcome.TOLD:
        displaced.told(session, subject.id, at=at, by=by.id)
    if ours and outcome is CallOutcome.TOLD:
        replies.settle(session, subject.id, at=at)
    about, centre_id = "booking" if ours else "external", subject.centre_id
    audit.note(
        session, f"call.{outcome.value}", about, subject.id, by=by.id, at=at, centre_id=centre_id
    )
    session.flush()
    return call


def reveal(
    session: Session, what: What, reference: str, *, scope: Scope, at: datetime, by: Actor
) -> str:
    """The number of somebody on the list, for one call; that it was seen is on record.

    Raises `NotFound`, `NobodyToCall`, and what `number_of` does.
    """
    subject = _still_to_call(session, what, reference, None, scope=scope, at=at)
    return number_of(session, subject.case_id, subject.centre_id, at=at, by=by)


def number_of(session: Session, case_id: int, centre_id: int, *, at: datetime, by: Actor) -> str:
    """A person's number, for one call; that it was seen is on record.

    Raises `NoNumber` when they have none, and `NumberLocked` when it cannot be decrypted.
    """
    contact, _language = messages.contact_at(session, case_id)
    if contact is None or contact.phone_sealed is None:
        raise rules.NoNumber()
    try:
        number = address(contact, Means.SMS)
    except VaultError:
        log.exception("the number of case %s cannot be opened", case_id)
        raise rules.NumberLocked() from None
    audit.note(session, "contact.revealed", "case", case_id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
    return number


def _still_to_call(
    session: Session,
    what: What,
    reference: str,
    version: int | None,
    *,
    scope: Scope,
    at: datetime,
) -> Booking | ExternalAppointment:
    """What the call is about, locked, if it is still needed."""
    subject = queries.by_reference(session, what, reference, scope)
    if isinstance(subject, Booking) and subject.status is Status.NEEDS_REBOOKING:
        lock_centre(session, subject.centre_id)  # where telling and answering meet, before all rows
    lock_row(session, subject)
    if not _due(session, scope, at, only=(what, subject.id)):
        raise rules.NobodyToCall()
    appointments.check_version(version, subject.version)
    return subject
