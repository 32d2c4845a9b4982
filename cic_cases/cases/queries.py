"""Questions about cases. They only read; whoever may not see a case does not find it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from cic_cases.cases.models import Card, Case, CaseCentre, Contact
from cic_cases.cases.rules import Addresses, ContactFacts
from cic_cases.foundation.codes import WrongCode, read_case_code
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy import pseudonyms, reads, walls
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.privacy.vault import open_sealed

PHONE, EMAIL = "phone_sealed", "email_sealed"


def _of_centres(centre_ids: Iterable[int]) -> Select[int]:
    """The ids of the cases that these centres serve."""
    return select(CaseCentre.case_id).where(CaseCentre.centre_id.in_(list(centre_ids)))


def resource_of(session: Session, case_id: int) -> int:
    """The resource that stands for a person's own time; raises NoResultFound."""
    return session.execute(select(Case.resource_id).where(Case.id == case_id)).scalar_one()


def card_of(session: Session, code: str) -> Card | None:
    """The card with this canonical code, live or revoked, whoever asks."""
    with walls.named("card"):
        return session.scalar(select(Card).where(Card.code == code))


def case_of_code(session: Session, code: str) -> Case:
    """The case that a live card opens, whoever asks. Raises `WrongCode`."""
    wanted = (
        select(Case)
        .join(Card, Card.case_id == Case.id)
        .where(Card.code == read_case_code(code), Card.revoked_at.is_(None))
    )
    with walls.named("card"):
        found = session.scalar(wanted)
    if found is None:
        raise WrongCode()
    return found


def visible_case(
    session: Session, code: str, scope: Scope, *served: Select[Any], told: bool = False
) -> Case:
    """The case of a live card within `scope`: of its centres, or among the ids `served` selects.

    For an officer the code is their office's pseudonym, not a card's. With `told` its contact is
    read along, for somebody who will be told something. Raises `NotFound`: foreign, missing,
    revoked and mistyped are the same.
    """
    try:
        canonical = read_case_code(code)
    except WrongCode:
        raise NotFound() from None
    within = (_of_centres(scope.centres), *served)
    called = Card.code == canonical
    if scope.office is not None:
        called = Case.id == _meant(session, canonical, scope.office, within)
    wanted = (
        select(Case)
        .join(Card, Card.case_id == Case.id)
        .where(called, Card.revoked_at.is_(None), or_(*(Case.id.in_(ids) for ids in within)))
    )
    found = session.scalar(wanted.options(joinedload(Case.contact)) if told else wanted)
    if found is None:
        raise NotFound()
    reads.saw(session, found.id)
    return found


def _meant(
    session: Session, pseudonym: str, office: str, within: Iterable[Select[Any]]
) -> int | None:
    """Which of the cases within reach the office calls so; a pseudonym cannot be turned back."""
    first, *others = within
    return pseudonyms.meant(session, office, pseudonym, session.scalars(first.union(*others)))


def case_in(session: Session, case_id: int, centre_ids: frozenset[int]) -> Case | None:
    """The case, if one of these centres serves it."""
    wanted = select(Case).where(Case.id == case_id, Case.id.in_(_of_centres(centre_ids)))
    return session.scalar(wanted)


def with_code(
    session: Session,
    case_id: int,
    centre_ids: frozenset[int],
    reader: Actor,
    *,
    told: bool = False,
) -> tuple[Case, str] | None:
    """The case, if one of these centres serves it, and the code by which `reader` may call it.

    None without a live card. With `told` its contact is read along.
    """
    wanted = (
        select(Case, Card.code)
        .join(Card, Card.case_id == Case.id)
        .where(Case.id == case_id, Case.id.in_(_of_centres(centre_ids)), Card.revoked_at.is_(None))
        .order_by(Card.code.desc())
        .limit(1)
    )
    row = session.execute(wanted.options(joinedload(Case.contact)) if told else wanted).first()
    if row is None:
        return None
    office = reader.office
    return row[0], row[1] if office is None else pseudonyms.of(session, office, case_id)


def current_codes(session: Session, case_ids: Iterable[int]) -> dict[int, str]:
    """The code of the live card of each case, without hyphens; a case without one is missing."""
    live = (
        select(Card.case_id, func.max(Card.code).label("code"))
        .where(Card.case_id.in_(list(case_ids)), Card.revoked_at.is_(None))
        .group_by(Card.case_id)
    )
    return {row.case_id: row.code for row in session.execute(live)}


def current_code(session: Session, case_id: int) -> str | None:
    """The code of the case's live card, without hyphens."""
    return current_codes(session, [case_id]).get(case_id)


def shown_codes(session: Session, case_ids: Iterable[int], reader: Actor) -> dict[int, str]:
    """The code by which `reader` may call each case; a case without a live card is missing."""
    codes = current_codes(session, case_ids)
    if reader.office is None:
        return codes
    return {one: pseudonyms.of(session, reader.office, one) for one in codes}


def shown_code(session: Session, case_id: int, reader: Actor) -> str | None:
    """The code by which `reader` may call the case, without hyphens."""
    return shown_codes(session, [case_id], reader).get(case_id)


def contact_of(session: Session, case_id: int) -> ContactFacts | None:
    """How a person may be told things; nothing is decrypted. None: never asked."""
    row = session.execute(
        select(
            Contact.id,
            Contact.mode,
            Contact.phone_sealed.is_not(None),
            Contact.email_sealed.is_not(None),
        ).where(Contact.case_id == case_id)
    ).one_or_none()
    return ContactFacts(row[0], row[1], bool(row[2]), bool(row[3])) if row else None


def sealed_contact(session: Session, contact_id: str) -> Contact | None:
    """The contact a message is to go to, still sealed; None when it was erased."""
    return session.get(Contact, contact_id)


def addresses(contact: Contact) -> Addresses:
    """The addresses themselves, decrypted: for the delivery of a message and nothing else.

    Raises `VaultError` when the key is missing or the row was tampered with.
    """
    return Addresses(
        _opened(contact, PHONE, contact.phone_sealed),
        _opened(contact, EMAIL, contact.email_sealed),
    )


def _opened(contact: Contact, column: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    return open_sealed(sealed, table="contact", row=contact.id, column=column)
