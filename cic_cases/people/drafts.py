"""What was typed when the screen was locked: sealed, for the same person, given back once.

The address of the form is sealed too, for it can name a case. Passwords and tokens are left out.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cic_cases.people.session_models import FormDraft
from cic_cases.people.session_rules import LONGEST
from cic_cases.privacy.vault import open_sealed, seal

MOST = 200_000  # characters
LEFT_OUT = frozenset({"csrf_token", "password", "current", "code"})


@dataclass(frozen=True)
class Draft:
    """A form: where it was sent, and what was in it, in order."""

    path: str
    fields: tuple[tuple[str, str], ...]


def sealed(draft: Draft) -> tuple[str, bytes] | None:
    """The row's name and the sealed form; None when there is nothing or too much to keep."""
    fields = [one for one in draft.fields if one[0] not in LEFT_OUT]
    text = json.dumps([draft.path, fields])
    if len(text) > MOST:
        return None
    key = str(uuid.uuid4())
    return key, seal(text, table="form_draft", row=key, column="sealed")


def keep(session: Session, staff_id: int, key: str, blob: bytes, *, at: datetime) -> None:
    """Keep one form of this person; an earlier one and those of another day go."""
    old = (FormDraft.staff_id == staff_id) | (FormDraft.saved_at < at - LONGEST)
    session.execute(delete(FormDraft).where(old))
    session.add(FormDraft(staff_id=staff_id, key=key, sealed=blob, saved_at=at))


def kept(session: Session, staff_id: int, at: datetime) -> Draft | None:
    """What this person had typed in the last hours; None when there is nothing."""
    row = session.scalar(
        select(FormDraft).where(FormDraft.staff_id == staff_id, FormDraft.saved_at >= at - LONGEST)
    )
    if row is None:
        return None
    path, fields = json.loads(
        open_sealed(row.sealed, table="form_draft", row=row.key, column="sealed")
    )
    return Draft(path, tuple((name, value) for name, value in fields))


def discard(session: Session, staff_id: int) -> None:
    """Nothing of it stays."""
    session.execute(delete(FormDraft).where(FormDraft.staff_id == staff_id))
