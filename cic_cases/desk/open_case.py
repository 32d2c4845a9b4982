"""The case on the counter: the desk keeps it open between pages, out of every address."""

from dataclasses import dataclass

from flask import session
from sqlalchemy.orm import Session

from cic_cases.cases import queries as cases
from cic_cases.cases.models import Case
from cic_cases.privacy.actor import Actor

KEY = "open_case"


@dataclass(frozen=True)
class OpenCase:
    """The case whose card was shown last, with the code by which the reader may call it."""

    case: Case
    code: str


def remember(case_id: int) -> None:
    """Put this case on the counter."""
    session[KEY] = case_id


def forget() -> None:
    """Clear the counter."""
    session.pop(KEY, None)


def case_id() -> int | None:
    """The id of the case on the counter, not looked up: it may be out of reach by now."""
    return session.get(KEY)


def read(
    database: Session, reader: Actor, action: str | None = None, *, told: bool = False
) -> OpenCase | None:
    """The case on the counter, if it is still within the reader's centres. One statement.

    The centres are those in which they may do `action`; None: all. With `told` its contact is read
    along, for somebody who will be told something.
    """
    wanted = case_id()
    if wanted is None:
        return None
    centre_ids = reader.scope(action).centres if action else reader.centre_ids
    found = cases.with_code(database, wanted, centre_ids, reader, told=told)
    return OpenCase(*found) if found else None
