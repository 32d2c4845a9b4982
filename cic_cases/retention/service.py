"""What has to go, goes: by period, or because a person asks. Each act is one small transaction.

An address is wiped in its row, so that messages that name the row stay explainable; with it go the
hash of the number, the links in mails, the gateways' own numbers of messages, and whatever waits to
be sent. To forget a person takes away every code that leads to them as well: what is left are
visits of nobody, which the fund's numbers need (GDPR art. 17(3)(b), (d)). Notes go by the rules of
the profession; without a card nobody comes to them.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cic_cases.cases import links, matching
from cic_cases.cases import service as cases
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.events import ContactChanged
from cic_cases.cases.models import Card, Case, CaseCentre, Contact
from cic_cases.foundation.events import emit
from cic_cases.notes.models import Note, NoteDraft, NoteOpening, NoteVersion
from cic_cases.notifications.models import Attempt, Message
from cic_cases.people.models import IdempotentAnswer
from cic_cases.privacy import audit
from cic_cases.referrals import service as referrals
from cic_cases.retention import queries, rules
from cic_cases.retention.models import Erased, Erasure


@dataclass(frozen=True, slots=True)
class Entry:
    """One erasure as it is kept outside the database: numbers and moments, nothing else."""

    key: str
    what: Erased
    case_id: int
    opened_at: datetime
    at: datetime


def erase(session: Session, case_id: int, what: Erased, *, at: datetime, by: int | None) -> Erasure:
    """Forget a person's addresses, or the person, because they ask. Raises `HasAppointments`."""
    case = session.get_one(Case, case_id)
    if what is Erased.PERSON and queries.expected(session, case_id, at):
        raise rules.HasAppointments()
    row = Erasure(
        key=str(uuid.uuid4()),
        what=what,
        case_id=case.id,
        opened_at=case.opened_at,
        at=at,
        by_id=by,
    )
    session.add(row)
    _forget(session, case, what, at)
    action = f"{what.value}.erased"
    audit.note(session, action, "case", case.id, by=by, at=at, centre_id=case.opened_centre_id)
    session.flush()
    return row


def again(session: Session, entry: Entry, *, at: datetime) -> bool:
    """Erase again what an older backup has brought back; False when nothing has to be done."""
    known = session.scalar(select(Erasure.id).where(Erasure.key == entry.key))
    case = session.get(Case, entry.case_id)
    if known is not None or case is None or case.opened_at != entry.opened_at:
        return False
    session.add(
        Erasure(
            key=entry.key,
            what=entry.what,
            case_id=case.id,
            opened_at=case.opened_at,
            at=entry.at,
            by_id=None,
        )
    )
    _forget(session, case, entry.what, at)
    action = f"{entry.what.value}.erased_again"
    audit.note(session, action, "case", case.id, by=None, at=at)
    session.flush()
    return True


def purge_contact(session: Session, case_id: int, *, at: datetime) -> None:
    """The period of an address is over."""
    _forget(session, session.get_one(Case, case_id), Erased.CONTACT, at)
    audit.note(session, "contact.purged", "case", case_id, by=None, at=at)


def purge_person(session: Session, case_id: int, *, at: datetime) -> None:
    """The period of the records is over: the codes go, the numbers stay."""
    _forget(session, session.get_one(Case, case_id), Erased.PERSON, at)
    audit.note(session, "person.purged", "case", case_id, by=None, at=at)


def purge_note(session: Session, note_id: int, *, at: datetime) -> None:
    """The period of a note is over: every version goes."""
    session.execute(delete(NoteVersion).where(NoteVersion.note_id == note_id))
    session.execute(delete(Note).where(Note.id == note_id))
    audit.note(session, "note.purged", "note", note_id, by=None, at=at)


def purge_draft(session: Session, draft_id: int, *, at: datetime) -> None:
    """A draft nobody went on with."""
    session.execute(delete(NoteDraft).where(NoteDraft.id == draft_id))
    audit.note(session, "draft.purged", "draft", draft_id, by=None, at=at)


def _forget(session: Session, case: Case, what: Erased, at: datetime) -> None:
    cases.hold(session, case.id)
    _forget_contact(session, case.id, at)
    if what is Erased.PERSON:
        _forget_person(session, case.id)
    session.flush()


def _forget_contact(session: Session, case_id: int, at: datetime) -> None:
    contact = session.scalar(select(Contact).where(Contact.case_id == case_id))
    if contact is None:
        return
    contact.phone_sealed = contact.email_sealed = contact.calling_code = None
    contact.mode, contact.changed_at = ContactMode.NONE, at
    session.flush()
    matching.remember(session, contact.id, None)
    sent = select(Message.id).where(Message.contact_id == contact.id)
    session.execute(
        update(Attempt)
        .where(Attempt.message_id.in_(sent))
        .values(provider_ref=None)
        .execution_options(synchronize_session=False)
    )
    emit(session, ContactChanged(case_id, at))


def _forget_person(session: Session, case_id: int) -> None:
    for code in session.scalars(select(Card.code).where(Card.case_id == case_id)).all():
        quoted = IdempotentAnswer.body.contains(code)
        session.execute(delete(IdempotentAnswer).where(quoted))
    for table in (Card, CaseCentre, NoteDraft, NoteOpening):
        session.execute(delete(table).where(table.case_id == case_id))
    links.forget(session, case_id)
    referrals.forget(session, case_id)
