"""What can be done with notes: write, correct, read, keep a draft, let a colleague in.

Callers have found the case within the actor's scope. Reading is on record like writing: one line
of the audit trail for each note whose text was opened.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cic_cases.foundation.db import lock_row
from cic_cases.foundation.errors import NotFound
from cic_cases.notes import queries, rules
from cic_cases.notes.models import Note, NoteDraft, NoteOpening, NoteVersion
from cic_cases.notes.queries import TEXT, Closed, NoteText
from cic_cases.notes.rules import NoteWish
from cic_cases.notes.words import OpeningReason
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.privacy.vault import seal

NEW = "new"  # what a draft is about that is no correction


@dataclass(frozen=True, slots=True)
class Pages:
    """What one reader may read of a case's notes, newest first, and whose stay closed to them."""

    notes: tuple[NoteText, ...]
    closed: tuple[Closed, ...]


def write(session: Session, case_id: int, wish: NoteWish, *, at: datetime, by: Actor) -> Note:
    """Keep a new note; the draft of it goes. Raises `NoteEmpty`, `NoteTooLong`, `NotFound`."""
    text = rules.checked(wish.text)
    if wish.role not in rules.writes_as(by) or not rules.may_keep_for(wish.role, wish.kept_for):
        raise NotFound()
    note = Note(
        case_id=case_id,
        centre_id=wish.centre_id,
        booking_id=wish.booking_id,
        author_id=by.id,
        role=wish.role,
        kept_for=wish.kept_for,
        made_at=at,
    )
    session.add(note)
    session.flush()
    _add_version(session, note, 1, text, at)
    _discard(session, case_id, by.id, NEW)
    _on_record(session, "note.written", note, at, by)
    return note


def correct(
    session: Session, case_id: int, note_id: int, text: str, *, seen: int, at: datetime, by: Actor
) -> Note:
    """Another version of one's own note; earlier ones stay. `seen` is the newest that was shown.

    Raises `NotFound`, `NoteEmpty`, `NoteTooLong`, and `NoteChanged` when `seen` is not the newest.
    """
    kept = rules.checked(text)
    note = queries.own_note(session, case_id, note_id, by.id)
    lock_row(session, note)
    last = queries.last_number(session, note.id)
    if seen != last:
        raise rules.NoteChanged()
    _add_version(session, note, last + 1, kept, at)
    _discard(session, case_id, by.id, str(note.id))
    _on_record(session, "note.corrected", note, at, by)
    return note


def read(session: Session, case_id: int, *, at: datetime, by: Actor) -> Pages:
    """The newest version of each note this reader may read; that they were read is on record."""
    rows = queries.latest(session, case_id)
    open_now = queries.standing_open(session, case_id, by.id, at)
    mine = [row for row in rows if rules.may_read(queries.owner(row[0]), by, open_now)]
    for note, _version, _initials in mine:
        by_opening = note.author_id in open_now
        _on_record(session, "note.read_opened" if by_opening else "note.read", note, at, by)
    asked_for = queries.asked(session, case_id, by.id, at)
    return Pages(
        notes=tuple(queries.opened(row) for row in mine),
        closed=tuple(queries.closed_to(rows, by, open_now, asked_for)),
    )


def history(
    session: Session, case_id: int, note_id: int, *, at: datetime, by: Actor
) -> list[NoteText]:
    """Every version of one note, newest first; on record. Raises `NotFound`."""
    rows = queries.versions(session, case_id, note_id)
    open_now = queries.standing_open(session, case_id, by.id, at)
    if not rows or not rules.may_read(queries.owner(rows[0][0]), by, open_now):
        raise NotFound()
    _on_record(session, "note.history_read", rows[0][0], at, by)
    return [queries.opened(row) for row in rows]


def keep_draft(
    session: Session, case_id: int, about: str, text: str, *, at: datetime, by: Actor
) -> None:
    """Keep what was typed so far, sealed, for its writer only; nothing typed keeps nothing.

    `about` is `NEW` or the number of one's own note. Raises `NoteTooLong`, `NotFound`.
    """
    if len(text) > rules.LONGEST:
        raise rules.NoteTooLong()
    if about != NEW:
        queries.own_note(session, case_id, _number(about), by.id)
    if not text.strip():
        _discard(session, case_id, by.id, about)
        return
    kept = queries.draft(session, case_id, by.id, about)
    if kept is None:
        kept = NoteDraft(key=str(uuid.uuid4()), author_id=by.id, case_id=case_id, about=about)
        session.add(kept)
    kept.text_sealed = seal(text, table="note_draft", row=kept.key, column=TEXT)
    kept.saved_at = at
    session.flush()


def ask_opening(
    session: Session,
    case_id: int,
    author_id: int,
    reason: OpeningReason,
    *,
    centre_id: int,
    at: datetime,
    by: Actor,
) -> NoteOpening:
    """Ask to read a colleague's notes of this case; a second person decides.

    Raises `NothingToOpen` when that colleague has none that are closed to the one who asks.
    """
    rows = queries.latest(session, case_id)
    open_now = queries.standing_open(session, case_id, by.id, at)
    asked_for = queries.asked(session, case_id, by.id, at)
    closed = queries.closed_to(rows, by, open_now, asked_for)
    if not any(one.author_id == author_id and not one.waiting for one in closed):
        raise rules.NothingToOpen()
    request = NoteOpening(
        case_id=case_id,
        centre_id=centre_id,
        author_id=author_id,
        asked_by=by.id,
        asked_at=at,
        reason=reason,
    )
    session.add(request)
    session.flush()
    _opening_on_record(session, "note.opening_asked", request, at, by)
    return request


def decide(
    session: Session, opening_id: int, grant: bool, *, scope: Scope, at: datetime, by: Actor
) -> NoteOpening:
    """Say yes or no to a request; yes opens the notes for an hour, and the author is told.

    Raises `NotFound`, `NeedsAnother` for one's own request, `OpeningSettled`.
    """
    request = queries.opening(session, opening_id, scope)
    lock_row(session, request)
    if request.asked_by == by.id:
        raise rules.NeedsAnother()
    if request.decided_at is not None or rules.lapsed(request.asked_at, at):
        raise rules.OpeningSettled()
    request.decided_by, request.decided_at = by.id, at
    request.until = at + rules.READABLE_FOR if grant else None
    action = "note.opening_granted" if grant else "note.opening_refused"
    _opening_on_record(session, action, request, at, by)
    return request


def acknowledge(
    session: Session, opening_id: int, *, scope: Scope, at: datetime, by: Actor
) -> None:
    """The author has seen who was let in. Raises `NotFound`."""
    request = queries.opening(session, opening_id, Scope(own=scope.own))
    request.seen_at = request.seen_at or at
    _opening_on_record(session, "note.opening_seen", request, at, by)


def _add_version(session: Session, note: Note, number: int, text: str, at: datetime) -> None:
    key = str(uuid.uuid4())
    sealed = seal(text, table="note_version", row=key, column=TEXT)
    session.add(
        NoteVersion(key=key, note_id=note.id, number=number, text_sealed=sealed, written_at=at)
    )


def _discard(session: Session, case_id: int, author_id: int, about: str) -> None:
    session.execute(
        delete(NoteDraft).where(
            NoteDraft.author_id == author_id,
            NoteDraft.case_id == case_id,
            NoteDraft.about == about,
        )
    )


def _number(about: str) -> int:
    if not about.isdecimal():
        raise NotFound()
    return int(about)


def _on_record(session: Session, action: str, note: Note, at: datetime, by: Actor) -> None:
    audit.note(session, action, "note", note.id, by=by.id, at=at, centre_id=note.centre_id)
    session.flush()


def _opening_on_record(
    session: Session, action: str, request: NoteOpening, at: datetime, by: Actor
) -> None:
    centre_id = request.centre_id
    audit.note(session, action, "opening", request.id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
