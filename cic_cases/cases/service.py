"""What can be done with a case: open it, show its card, replace the card, agree on messages."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cic_cases.calendar import guard
from cic_cases.calendar.models import ResourceKind
from cic_cases.cases import matching, queries
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.events import ContactChanged
from cic_cases.cases.models import Card, Case, CaseCentre, Contact
from cic_cases.cases.queries import EMAIL, PHONE
from cic_cases.cases.rules import (
    Addresses,
    AddressMissing,
    CardReplaced,
    CaseAttributes,
    ContactFacts,
    ContactWish,
    calling_code,
)
from cic_cases.foundation.codes import WrongCode, clean, new_case_code, read_case_code
from cic_cases.foundation.events import emit
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.vault import seal


@dataclass(frozen=True)
class OpenedCase:
    """A new case and the code of its first card."""

    case: Case
    code: str


def open_case(
    session: Session, attributes: CaseAttributes, *, centre_id: int, at: datetime, by: Actor
) -> OpenedCase:
    """Begin a case for a person who has none, in the centre they came to."""
    case = Case(
        resource_id=guard.new_resource(session, ResourceKind.CASE),
        citizenship=attributes.citizenship,
        gender=attributes.gender,
        age_band=attributes.age_band,
        contact_language=attributes.contact_language,
        opened_at=at,
        opened_centre_id=centre_id,
    )
    session.add(case)
    session.flush()
    session.add(CaseCentre(case_id=case.id, centre_id=centre_id))
    code = _issue(session, case.id, at)
    audit.note(session, "case.registered", "case", case.id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
    return OpenedCase(case, code)


def open_by_code(session: Session, code: str, *, centre_id: int, at: datetime, by: Actor) -> Case:
    """The case whose whole code was shown in a centre, which serves it from now on.

    Raises `WrongCode` for a typing error and for a code nobody has, `CardReplaced` for an old card.
    """
    card = queries.card_of(session, read_case_code(code))
    if card is None:
        raise WrongCode()
    if card.revoked_at is not None:
        raise CardReplaced()
    return open_for_booking(session, card.case_id, centre_id=centre_id, at=at, by=by)


def open_for_booking(
    session: Session, case_id: int, *, centre_id: int, at: datetime, by: Actor
) -> Case:
    """The case of somebody who came with an appointment; the centre serves it from now on.

    The caller has found the appointment within the actor's scope.
    """
    serve(session, case_id, centre_id)
    session.flush()  # before that, PostgreSQL shows another region's case to nobody here
    case = session.get_one(Case, case_id)
    audit.note(session, "case.opened", "case", case.id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
    return case


def serve(session: Session, case_id: int, centre_id: int) -> None:
    """The centre serves the case from now on, if it did not already."""
    if session.get(CaseCentre, (case_id, centre_id)) is None:
        session.add(CaseCentre(case_id=case_id, centre_id=centre_id))


def hold(session: Session, case_id: int) -> None:
    """Let nobody else do the same to this case until the transaction ends."""
    session.execute(select(Case.id).where(Case.id == case_id).with_for_update())


def replace_card(
    session: Session,
    case_id: int,
    *,
    centre_id: int,
    at: datetime,
    by: Actor,
    replacing: str | None = None,
) -> str:
    """A new code for the case; every older one stops at once.

    With `replacing`, the code that was on the page, a second click raises `CardReplaced` instead
    of stopping the card that was printed a moment ago.
    """
    hold(session, case_id)
    if replacing is not None and clean(replacing) != queries.current_code(session, case_id):
        raise CardReplaced()
    live = update(Card).where(Card.case_id == case_id, Card.revoked_at.is_(None))
    session.execute(live.values(revoked_at=at))
    code = _issue(session, case_id, at)
    audit.note(session, "card.replaced", "case", case_id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
    return code


def suggested_by_phone(
    session: Session, number: str, *, centre_id: int, at: datetime, by: Actor
) -> list[Case]:
    """The cases whose contact has this number (E.164); that each was suggested is on record."""
    found = [session.get_one(Case, one) for one in matching.cases_with(session, number)]
    for case in found:
        audit.note(session, "case.suggested", "case", case.id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
    return found


def recover(session: Session, case_id: int, *, centre_id: int, at: datetime, by: Actor) -> str:
    """A person without a card was recognised by a member of staff: a new code, older ones stop."""
    case = open_for_booking(session, case_id, centre_id=centre_id, at=at, by=by)
    return replace_card(session, case.id, centre_id=centre_id, at=at, by=by)


def set_contact(
    session: Session, case_id: int, wish: ContactWish, *, centre_id: int, at: datetime, by: Actor
) -> ContactFacts:
    """Keep how the person wants to be told things; addresses are sealed before they are stored.

    Raises `PhoneInvalid`, `EmailInvalid`, or `AddressMissing` when messages have nowhere to go.
    """
    typed = wish.typed()
    hold(session, case_id)
    keep_phone, keep_email = wish.keeps(queries.contact_of(session, case_id))
    if wish.mode is not ContactMode.NONE and not (any(typed) or keep_phone or keep_email):
        raise AddressMissing()
    contact = session.scalar(select(Contact).where(Contact.case_id == case_id))
    if contact is None:
        contact = Contact(id=str(uuid.uuid4()), case_id=case_id)
        session.add(contact)
    _seal_into(contact, typed, keep_phone=keep_phone, keep_email=keep_email)
    contact.mode, contact.changed_at = wish.mode, at
    session.flush()
    if not keep_phone:
        matching.remember(session, contact.id, typed.phone)
    audit.note(session, "contact.changed", "case", case_id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
    emit(session, ContactChanged(case_id, at))
    return ContactFacts(
        contact.id,
        contact.mode,
        has_phone=contact.phone_sealed is not None,
        has_email=contact.email_sealed is not None,
    )


def _seal_into(contact: Contact, typed: Addresses, *, keep_phone: bool, keep_email: bool) -> None:
    def sealed(text: str | None, column: str) -> bytes | None:
        return seal(text, table="contact", row=contact.id, column=column) if text else None

    if not keep_phone:
        contact.phone_sealed = sealed(typed.phone, PHONE)
        contact.calling_code = calling_code(typed.phone) if typed.phone else None
    if not keep_email:
        contact.email_sealed = sealed(typed.email, EMAIL)


def _issue(session: Session, case_id: int, at: datetime) -> str:
    """A card with a code that no card ever had; the unique index has the last word."""
    code = new_case_code()
    while queries.card_of(session, code) is not None:
        code = new_case_code()
    session.add(Card(code=code, case_id=case_id, issued_at=at))
    session.flush()
    return code
