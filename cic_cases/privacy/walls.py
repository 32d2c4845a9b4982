"""Nobody reads about people unless it is known who asks: a query that nobody asks for raises.

The first wall are the scopes that queries carry; this one stops what forgets them altogether, in
tests and in production. On PostgreSQL the policies of the tables are a second one, for statements
that pass by the ORM too (`migrations/walled.py`); both rest on `foundation.scope`.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import cast

from sqlalchemy import ClauseElement, Table, event
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql import visitors

from cic_cases.foundation import scope

PEOPLE = frozenset(
    [
        "attempt",
        "booking",
        "booking_trace",
        "call",
        "card",
        "case_centre",
        "case_file",
        "case_link",
        "contact",
        "contact_match",
        "displaced",
        "erasure",
        "external_appointment",
        "external_former_assistant",
        "manage_link",
        "message",
        "note",
        "note_draft",
        "note_opening",
        "note_version",
        "occupancy",
        "referral",
        "reply",
        "resending",
        "ticket",
        "visit",
        "visit_service",
        "waiting",
        "waiting_centre",
        "waiting_offer",
    ]
)
"""Every table with rows about people, as `retention/data.toml` has it."""

THEIR_OWN = frozenset({"idempotent_answer"})
"""What may quote a person's code and is for the program that asked, and for no other."""

NAMED: Mapping[str, str] = {
    "worker": "messages leave, holds end and lines are looked over for everybody",
    "start": "before anybody is served it is tried whether the keys open what is sealed",
    "command": "an administrator at a terminal of the server; what changes is audited there",
    "link": "a person acts on one appointment of theirs; the token is the proof",
    "gateway": "delivery reports name an attempt; a key is the proof",
    "feed": "a calendar reads its owner's appointments; the key of the feed is the proof",
    "screen": "numbers of the waiting room, without a person; a secret address is the proof",
    "health": "how long messages have waited, without reading them",
    "accounts": "whoever closes an account sees when its appointments are, and no case",
    "card": "a whole code was handed over: it opens the case at any centre",
}
"""The named ways around, and why each is there."""


class Unscoped(RuntimeError):
    """A query about people that nobody asks for: a mistake of the program."""


def named(name: str) -> AbstractContextManager[None]:
    """Inside, work is done under one of the names above."""
    return scope.called(_known(name))


def enter(name: str) -> None:
    """The rest of this request is done under one of the names above."""
    scope.call(_known(name))


def _known(name: str) -> str:
    if name not in NAMED:
        raise LookupError(f"{name} is not among the named ways around the walls")
    return name


def _stop_unscoped(state: ORMExecuteState) -> None:
    if scope.current():
        return
    parts = visitors.iterate(cast(ClauseElement, state.statement))
    asked = {part.name for part in parts if isinstance(part, Table)}
    if about := sorted(asked & (PEOPLE | THEIR_OWN)):
        raise Unscoped(f"nobody asks for {', '.join(about)}")


def stand() -> None:
    """From now on a query about people that nobody asks for raises `Unscoped`."""
    if not event.contains(Session, "do_orm_execute", _stop_unscoped):
        event.listen(Session, "do_orm_execute", _stop_unscoped)
