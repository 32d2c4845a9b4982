"""Who reads which note, and how long a door opened for a colleague stays open. Pure.

A note is its author's. It may be kept for the profession: psychologists, or lawyers and
intercultural advisers, who work with the same person; an officer of a partner keeps theirs alone.
Nobody else reads it, whatever their role. A colleague of the profession may ask to read an
author's notes for a stated reason; a second person grants it for an hour, and the author is told.
The secret binds by law: psychologists (act of 8 June 2001, art. 14), advocates (Prawo o
adwokaturze, art. 6), legal counsels (act on radcowie prawni, art. 3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.notes.words import KeptFor
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role

LONGEST = 20_000  # characters, about eight pages
READABLE_FOR = timedelta(hours=1)
ASKED_FOR = timedelta(hours=24)
DRAFT_KEPT = timedelta(days=7)
_LEGAL = frozenset({Role.LAWYER, Role.ADVISER})
PROFESSIONS: dict[Role, frozenset[Role]] = {
    Role.PSYCHOLOGIST: frozenset({Role.PSYCHOLOGIST}),
    Role.LAWYER: _LEGAL,
    Role.ADVISER: _LEGAL,
}
"""Role → the roles that belong to one profession; a partner has none to share with."""
WRITERS = (*PROFESSIONS, Role.PARTNER)


class NoteEmpty(Refusal):
    """Nothing was written."""

    msgid = N_("Write the note first.")
    field = "text"


class NoteTooLong(Refusal):
    """More than eight pages in one note."""

    msgid = N_("The note is too long. Divide it into two.")
    field = "text"


class NoteChanged(Refusal):
    """Another version was saved meanwhile, perhaps in another window."""

    msgid = N_(
        "This note was corrected meanwhile. Your text is kept below: compare it with the "
        "newest version before you save."
    )
    field = "text"
    problem = "version-conflict"
    status = 409


class NothingToOpen(Refusal):
    """The author has no notes that a colleague of this profession could ask for."""

    msgid = N_("There is nothing to ask for.")
    status = 409


class OpeningSettled(Refusal):
    """Somebody decided already, or the request has lapsed."""

    msgid = N_("This request is closed. A new one can be made.")
    problem = "wrong-status"
    status = 409


class NeedsAnother(Refusal):
    """Whoever asks never grants."""

    msgid = N_("You asked for this yourself. Another person has to decide.")
    status = 409


@dataclass(frozen=True, slots=True)
class NoteWish:
    """A note as its author wants it; `booking_id` is the appointment it is about, if any."""

    text: str
    role: Role
    kept_for: KeptFor
    centre_id: int
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """All that decides who may read a note."""

    author_id: int
    role: Role
    kept_for: KeptFor


def may_read(note: Owner, reader: Actor, opened: Iterable[int] = ()) -> bool:
    """Whether `reader`, who works with the person, may read the note.

    `opened` are the authors whose notes of this case stand open to the reader now.
    """
    if note.author_id == reader.id:
        return True
    if not same_profession(note.role, reader):
        return False
    return note.kept_for is KeptFor.PROFESSION or note.author_id in set(opened)


def same_profession(role: Role, reader: Actor) -> bool:
    """Whether the reader has the profession in which the note was written."""
    return bool(PROFESSIONS.get(role, frozenset()) & reader.roles)


def writes_as(actor: Actor) -> tuple[Role, ...]:
    """The roles in which this member of staff can write, the most confidential first."""
    return tuple(role for role in WRITERS if role in actor.roles)


def may_keep_for(role: Role, kept_for: KeptFor) -> bool:
    """Whether a note written in this role can be kept so: a partner's is always its author's."""
    return kept_for is KeptFor.AUTHOR or role in PROFESSIONS


def checked(text: str) -> str:
    """The text as it is kept; raises `NoteEmpty` or `NoteTooLong`."""
    kept = text.replace("\r\n", "\n").strip()
    if not kept:
        raise NoteEmpty()
    if len(kept) > LONGEST:
        raise NoteTooLong()
    return kept


def lapsed(asked_at: datetime, at: datetime) -> bool:
    """Whether nobody may grant a request of `asked_at` any more."""
    return at - asked_at >= ASKED_FOR
