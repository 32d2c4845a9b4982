"""A word that exists nowhere else in each confidential place, and where each was seen.

Sealed columns are known by the table of `retention/data.toml`; a new one without a way to plant a
word stops the test. Secrets of which only a hash is kept are looked for as well.
"""

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from cic_cases.foundation.db import Base
from cic_cases.privacy.keys import SealedColumn, sealed_columns
from cic_cases.privacy.vault import open_sealed, seal
from cic_cases.retention.classification import Kind, tables

WORD, PHONE = "kanarek", "69013"
SEEN = re.compile(rf"{WORD}\d{{4}}|{PHONE}\d{{4}}")
BETWEEN_DIGITS = re.compile(r"(?<=\d)(?:[\s\u00a0\u202f-]|%20|&nbsp;)(?=\d)")
SPACES = re.compile(r"\s+")
OWN_KEYS = ("audit_key", "pseudonym_key")  # drawn by the application; read instead of planted


def _word(number: int) -> str:
    return f"{WORD}{number:04d}"


def _draft(number: int) -> str:
    return json.dumps(["/visits", [["remarks", _word(number)]]])


TEXTS: dict[str, Callable[[int], str]] = {
    "contact.phone_sealed": lambda n: f"+48{PHONE}{n:04d}",
    "contact.email_sealed": lambda n: f"{_word(n)}@example.org",
    "note_draft.text_sealed": _word,
    "note_version.text_sealed": _word,
    "code_app.secret_sealed": lambda n: base64.b32encode(f"{_word(n)}.........".encode()).decode(),
    "form_draft.sealed": _draft,
}
"""What is sealed in each column: something its readers accept, with the word in it."""

DRAWN = {
    "api_token.token_hash",
    "browser_session.token_hash",
    "calendar_feed.key_hash",
    "display.key_hash",
    "known_device.token_hash",
    "one_time_link.token_hash",
    "ticket.key_hash",
}
"""Hashes of secrets that are drawn; `Drawn` has every one of them."""
MADE = {"manage_link.token_hash", "recovery_code.code_hash", "staff.password_hash"}
"""Hashes of secrets that are made otherwise; the crawl knows them one by one."""
NO_SECRET = {
    "audit_anchor.hash",
    "audit_anchor.key_id",
    "audit_anchor.proof",
    "audit_entry.key_id",
    "audit_entry.nonce",
    "audit_entry.proof",
    "audit_seal.hash",
    "audit_seal.key_id",
    "key_canary.proof",
    "idempotent_answer.body_hash",
    "passkey.credential_id",
    "passkey.public_key",
    "passkey_challenge.digest",
    "slowed.name",
}
"""Proofs of lines, public halves, and keyed hashes of what is no secret."""


@dataclass(frozen=True)
class Canary:
    """One word: its column, the row it is in, and what a form of it in a page looks like."""

    seen_as: str
    column: str
    row: dict[str, Any] = field(hash=False, compare=False, default_factory=dict)


def of_kind(kind: Kind) -> set[str]:
    """`table.column` of every column of this kind."""
    return {f"{table.name}.{column}" for table in tables().values() for column in table.of(kind)}


class Drawn(list[str]):
    """Every secret that is drawn from now on, as it is drawn."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        draw = secrets.token_urlsafe
        patch.setattr(secrets, "token_urlsafe", lambda size=None: self._kept(draw(size)))

    def _kept(self, token: str) -> str:
        self.append(token)
        return token


def plant(session: Session) -> dict[str, Canary]:
    """Seal another word in every sealed value there is; by what it is seen as."""
    planted: dict[str, Canary] = {}
    for where in sealed_columns():
        if where.table.name in OWN_KEYS:
            continue
        for row in list(session.execute(select(where.table)).mappings()):
            if row[where.column.name] is not None or where.column.nullable:
                canary = _plant(session, where, dict(row), len(planted) + 1)
                planted[canary.seen_as] = canary
    session.commit()
    return planted


def _plant(session: Session, where: SealedColumn, row: dict[str, Any], number: int) -> Canary:
    key, column, table = row[where.row.name], where.column.name, where.table
    text = TEXTS[where.name](number)
    blob = seal(text, table=table.name, row=str(key), column=column)
    session.execute(update(table).where(where.row == key).values({column: blob}))
    found = SEEN.search(text)
    return Canary(found[0] if found else text, where.name, row)


def own_keys(session: Session) -> list[str]:
    """What the application proves and calls people by: as good as canaries, nobody ever sees it."""
    found = []
    for name in OWN_KEYS:
        table: Table = Base.metadata.tables[name]
        where = {"table": name, "column": "key_sealed"}
        kept = session.execute(select(table.c.name, table.c.key_sealed)).all()
        found += [open_sealed(sealed, row=row, **where) for row, sealed in kept]
    return found


def told(text: str, others: Iterable[str] = ()) -> set[str]:
    """The canaries, and which of these `others`, that can be read in a text."""
    together = BETWEEN_DIGITS.sub("", text)
    unspaced = SPACES.sub("", text)
    found = {one for one in others if one in unspaced or one in text}
    return {*SEEN.findall(together), *found}


def spellings(word: str) -> Iterator[bytes]:
    """How a word may lie in a file: as it is, in base64 at each offset, in hexadecimal, UTF-16."""
    plain = word.encode()
    yield plain
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield word.encode("utf-16-le")
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + plain)
        yield coded[4 if offset else 0 : -4 if (len(plain) + offset) % 3 else None]
