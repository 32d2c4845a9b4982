"""The blind index: a keyed hash of each phone number, which only ever suggests a case.

Without CIC_MATCH_KEY nothing is kept and nothing suggested. A hash is HMAC-SHA-256 under the key
of an epoch; whoever has the database but not the key cannot try out numbers. It is kept apart from
the contact and goes with it. The same number may be a family's: a person always decides.
"""

import hmac
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cic_cases.cases import queries
from cic_cases.cases.models import Contact, ContactMatch
from cic_cases.privacy.keys import BATCH
from cic_cases.privacy.vault import Keyring, match_ring


def digest(key: bytes, number: str) -> str:
    """What is kept of a phone number (E.164) in one epoch."""
    return hmac.digest(key, f"v1|phone|{number}".encode(), "sha256").hex()


def remember(session: Session, contact_id: str, number: str | None) -> None:
    """Keep the hash of a contact's number, or none when there is none; earlier ones go."""
    session.execute(delete(ContactMatch).where(ContactMatch.contact_id == contact_id))
    held = match_ring()
    if number is None or held is None:
        return
    epoch, key = held.keys[0]
    session.add(ContactMatch(contact_id=contact_id, epoch=epoch, digest=digest(key, number)))
    session.flush()


def cases_with(session: Session, number: str) -> list[int]:
    """The cases whose contact has this number (E.164), in any epoch; none without an index."""
    held = match_ring()
    if held is None:
        return []
    sought = {digest(key, number) for _epoch, key in held.keys}
    return list(
        session.scalars(
            select(Contact.case_id)
            .join(ContactMatch, ContactMatch.contact_id == Contact.id)
            .where(ContactMatch.digest.in_(sought))
            .distinct()
            .order_by(Contact.case_id)
        )
    )


def sharing(session: Session, case_id: int) -> list[int]:
    """Other cases with the same number. One statement, and nothing is decrypted."""
    mine = (
        select(ContactMatch.digest)
        .join(Contact, Contact.id == ContactMatch.contact_id)
        .where(Contact.case_id == case_id)
    )
    return list(
        session.scalars(
            select(Contact.case_id)
            .join(ContactMatch, ContactMatch.contact_id == Contact.id)
            .where(ContactMatch.digest.in_(mine), Contact.case_id != case_id)
            .distinct()
            .order_by(Contact.case_id)
        )
    )


def epochs(session: Session) -> dict[str, int]:
    """epoch → how many numbers are indexed in it."""
    grouped = select(ContactMatch.epoch, func.count()).group_by(ContactMatch.epoch)
    return {row[0]: row[1] for row in session.execute(grouped)}


def renew_some(session: Session, after: str, *, ring: Keyring) -> Sequence[str]:
    """Index the next contacts in the newest epoch; the ids that were looked at, in order."""
    current, key = ring.keys[0]
    wanted = select(Contact).where(Contact.phone_sealed.is_not(None), Contact.id > after)
    found = session.scalars(wanted.order_by(Contact.id).limit(BATCH).with_for_update()).all()
    for contact in found:
        session.execute(delete(ContactMatch).where(ContactMatch.contact_id == contact.id))
        number = queries.addresses(contact).phone
        if number is not None:
            row = ContactMatch(contact_id=contact.id, epoch=current, digest=digest(key, number))
            session.add(row)
    session.flush()
    return [contact.id for contact in found]
