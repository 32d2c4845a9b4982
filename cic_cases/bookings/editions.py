"""What free time rests on is kept by each process until somebody changes a roster.

Whoever writes to one of the tables it rests on (`RESTS_ON`) leaves a row with a random number in
`roster_change`, in the same transaction. How many rows there are and what they add up to is the
edition; what is kept was read in one edition, and is read anew in another. So a search asks one
small question where it asked several large ones, in any number of processes.

What a transaction writes itself must be seen by it at once and may be rolled back: nothing is kept
while writing. Rows changed past the application (`psql`) are seen after `LONGEST`. Nobody is booked
by what is a moment old: a booking reads the roster of its slot itself, and again when it claims.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import ORMExecuteState, Session

from cic_cases.bookings import tables
from cic_cases.bookings.models import RosterChange
from cic_cases.foundation.db import is_writing

T = TypeVar("T")
RESTS_ON = frozenset(
    {
        tables.centre,
        tables.region,
        tables.room,
        tables.service,
        tables.opening_date,
        tables.opening_hours,
        tables.closure,
        tables.duty,
        tables.duty_service,
        tables.duty_language,
        tables.exception,
        tables.resource,
        tables.staff,
        tables.staff_language,
    }
)
LONGEST = 60.0  # seconds
MOST = 256  # things kept for each database
MANY = 1000  # rows; then one takes the place of all
RANDOM = 1 << 48  # so that no two editions are alike, whatever was rolled back
EDITION = select(func.count(), func.sum(RosterChange.id))
_EDITION, _CHANGED = "edition", "roster changed"  # in a session's info
NOTHING = (None, None)

Edition = tuple[int, Any]
_kept: WeakKeyDictionary[Any, OrderedDict[Hashable, tuple[Edition, float, Any]]]
_kept = WeakKeyDictionary()
_turn = Lock()


def kept(session: Session, key: Hashable, read: Callable[[], T]) -> T:
    """What `read` answers, or answered before in this edition; `key` says all that it depends on.

    It is shared by all threads of the process and must not be changed.
    """
    if not keeps(session):
        return read()
    edition, began = current(session), monotonic()
    with _turn:
        shelf = _kept.setdefault(session.get_bind(), OrderedDict())
        known = shelf.get(key)
        if known is not None and known[0] == edition and began < known[1]:
            shelf.move_to_end(key)
            found: T = known[2]
            return found
    found = read()
    with _turn:
        shelf[key] = edition, began + LONGEST, found
        while len(shelf) > MOST:
            shelf.popitem(last=False)
    return found


def keeps(session: Session) -> bool:
    """Whether what is read now may be kept: not what this transaction may have written itself."""
    if is_writing(session) or session.new or session.dirty or session.deleted:
        return False
    transaction = session.get_transaction()
    return transaction is None or session.info.get(_CHANGED, NOTHING)[0] is not transaction


def too_many(session: Session, _at: datetime) -> bool:
    """Whether there are more rows than anybody should add up."""
    return current(session)[0] > MANY


def forget_old(session: Session) -> None:
    """One row takes the place of all that nobody has to look at any more."""
    session.execute(delete(RosterChange).where(RosterChange.looked_over))
    session.add(RosterChange(id=secrets.randbelow(RANDOM), looked_over=True))


def current(session: Session) -> Edition:
    """The edition of this moment, asked once in a transaction."""
    transaction = session.get_transaction()
    if transaction is not None and session.info.get(_EDITION, NOTHING)[0] is transaction:
        known: Edition = session.info[_EDITION][1]
        return known
    count, total = session.execute(EDITION).one()
    session.info[_EDITION] = session.get_transaction(), (count, total)
    return count, total


@event.listens_for(Session, "before_flush")
def _rows_change(session: Session, *_more: object) -> None:
    rows = (*session.new, *session.dirty, *session.deleted)
    if any(_table(row) in RESTS_ON and _matters(session, row) for row in rows):
        _new_edition(session)


@event.listens_for(Session, "do_orm_execute")
def _statement_changes(state: ORMExecuteState) -> None:
    if not state.is_select and getattr(state.statement, "table", None) in RESTS_ON:
        _new_edition(state.session)


def _table(row: object) -> object:
    return getattr(row, "__table__", None)


def _matters(session: Session, row: object) -> bool:
    """A new resource is nobody's yet; of those read, only what was changed counts."""
    if row in session.new:
        return _table(row) is not tables.resource
    return row in session.deleted or session.is_modified(row)


def _new_edition(session: Session) -> None:
    """Leave a row, once in a transaction; once more in a savepoint, which may be rolled back."""
    transaction = session.get_transaction()
    changed, inside = session.info.get(_CHANGED, NOTHING)
    here = session.get_nested_transaction() or transaction
    if transaction is None or changed is not transaction or inside is not here:
        session.info[_CHANGED] = transaction, here
        session.add(RosterChange(id=secrets.randbelow(RANDOM)))
