"""Questions about notes. They read rows; what is sealed stays sealed until somebody may read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from cic_cases.foundation.errors import NotFound
from cic_cases.notes import rules
from cic_cases.notes.models import Note, NoteDraft, NoteOpening, NoteVersion
from cic_cases.notes.rules import Owner
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.privacy.vault import open_sealed

TEXT = "text_sealed"


@dataclass(frozen=True, slots=True, repr=False)
class NoteText:
    """One version of a note, opened. Never shown in a representation."""

    note_id: int
    number: int
    text: str
    written_at: datetime
    author_id: int
    initials: str
    role: str
    kept_for: str
    booking_id: int | None
    centre_id: int

    def __repr__(self) -> str:
        return f"NoteText(note {self.note_id}, version {self.number})"


@dataclass(frozen=True, slots=True)
class Closed:
    """A colleague of the reader's profession whose notes about this person are not shown."""

    author_id: int
    initials: str
    waiting: bool


def _rows(*where: object) -> Select[Note, NoteVersion, str]:
    return (
        select(Note, NoteVersion, Staff.initials)
        .join(NoteVersion, NoteVersion.note_id == Note.id)
        .join(Staff, Staff.id == Note.author_id)
        .where(*where)  # type: ignore[arg-type]
    )


def latest(session: Session, case_id: int) -> list[Row[Note, NoteVersion, str]]:
    """Each note of a case with its newest version, newest first, all still sealed."""
    other = aliased(NoteVersion)
    newest = select(func.max(other.number)).where(other.note_id == Note.id).scalar_subquery()
    wanted = _rows(Note.case_id == case_id, NoteVersion.number == newest)
    return list(session.execute(wanted.order_by(NoteVersion.written_at.desc(), Note.id.desc())))


def versions(session: Session, case_id: int, note_id: int) -> list[Row[Note, NoteVersion, str]]:
    """Every version of one note of this case, newest first, all still sealed."""
    wanted = _rows(Note.id == note_id, Note.case_id == case_id)
    return list(session.execute(wanted.order_by(NoteVersion.number.desc())))


def owner(note: Note) -> Owner:
    """What decides who may read it."""
    return Owner(note.author_id, note.role, note.kept_for)


def opened(row: Row[Note, NoteVersion, str]) -> NoteText:
    """The text of a version that the reader may read. Raises `VaultError`."""
    note, version, initials = row
    text = open_sealed(version.text_sealed, table="note_version", row=version.key, column=TEXT)
    return NoteText(
        note_id=note.id,
        number=version.number,
        text=text,
        written_at=version.written_at,
        author_id=note.author_id,
        initials=initials,
        role=note.role.value,
        kept_for=note.kept_for.value,
        booking_id=note.booking_id,
        centre_id=note.centre_id,
    )


def own_note(session: Session, case_id: int, note_id: int, author_id: int) -> Note:
    """A note of this case by this author. Raises `NotFound`: another's is as if it were none."""
    found = session.scalar(
        select(Note).where(Note.id == note_id, Note.case_id == case_id, Note.author_id == author_id)
    )
    if found is None:
        raise NotFound()
    return found


def last_number(session: Session, note_id: int) -> int:
    """The number of a note's newest version."""
    wanted = select(func.max(NoteVersion.number)).where(NoteVersion.note_id == note_id)
    return session.scalar(wanted) or 0


def draft(session: Session, case_id: int, author_id: int, about: str) -> NoteDraft | None:
    """What this author has typed and not saved."""
    return session.scalar(
        select(NoteDraft).where(
            NoteDraft.author_id == author_id,
            NoteDraft.case_id == case_id,
            NoteDraft.about == about,
        )
    )


def draft_text(kept: NoteDraft) -> str:
    """What a draft says. Raises `VaultError`."""
    return open_sealed(kept.text_sealed, table="note_draft", row=kept.key, column=TEXT)


def standing_open(session: Session, case_id: int, reader_id: int, at: datetime) -> dict[int, int]:
    """author → the opening by which the reader may read that author's notes of this case now."""
    found = session.execute(
        select(NoteOpening.author_id, NoteOpening.id).where(
            NoteOpening.case_id == case_id,
            NoteOpening.asked_by == reader_id,
            NoteOpening.until > at,
        )
    )
    return {row.author_id: row.id for row in found}


def asked(session: Session, case_id: int, reader_id: int, at: datetime) -> set[int]:
    """The authors whose notes of this case the reader has asked for, and nobody has answered."""
    return set(
        session.scalars(
            select(NoteOpening.author_id).where(
                NoteOpening.case_id == case_id,
                NoteOpening.asked_by == reader_id,
                NoteOpening.decided_at.is_(None),
                NoteOpening.asked_at > at - rules.ASKED_FOR,
            )
        )
    )


def closed_to(
    rows: Iterable[Row[Note, NoteVersion, str]],
    reader: Actor,
    open_now: Iterable[int],
    asked_for: set[int],
) -> list[Closed]:
    """The colleagues of the reader's profession among the authors whom the reader does not read."""
    found = {
        note.author_id: Closed(note.author_id, initials, note.author_id in asked_for)
        for note, _version, initials in rows
        if not rules.may_read(owner(note), reader, open_now)
        and rules.same_profession(note.role, reader)
    }
    return list(found.values())


OpeningRow = Row[NoteOpening, str, str]


def _openings(*where: object) -> Select[NoteOpening, str, str]:
    author, asking = aliased(Staff), aliased(Staff)
    return (
        select(NoteOpening, author.initials, asking.initials)
        .join(author, author.id == NoteOpening.author_id)
        .join(asking, asking.id == NoteOpening.asked_by)
        .where(*where)  # type: ignore[arg-type]
        .order_by(NoteOpening.asked_at.desc())
    )


def to_decide(session: Session, scope: Scope, at: datetime) -> list[OpeningRow]:
    """The requests of the scope's centres that wait for a second person, the newest first."""
    return list(
        session.execute(
            _openings(
                NoteOpening.centre_id.in_(scope.centres),
                NoteOpening.decided_at.is_(None),
                NoteOpening.asked_at > at - rules.ASKED_FOR,
            )
        )
    )


def untold(session: Session, author_id: int) -> list[OpeningRow]:
    """The times somebody was let in to this author's notes, which the author has not seen yet."""
    return list(
        session.execute(
            _openings(
                NoteOpening.author_id == author_id,
                NoteOpening.seen_at.is_(None),
                NoteOpening.until.is_not(None),
            )
        )
    )


def opening(session: Session, opening_id: int, scope: Scope) -> NoteOpening:
    """A request in the scope: of its centres, or about one's own notes. Raises `NotFound`."""
    found = session.scalar(
        select(NoteOpening).where(
            NoteOpening.id == opening_id,
            NoteOpening.centre_id.in_(scope.centres) | (NoteOpening.author_id == scope.own),
        )
    )
    if found is None:
        raise NotFound()
    return found
