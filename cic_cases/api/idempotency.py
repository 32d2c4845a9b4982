"""The same POST sent twice acts once: its answer is kept with the act and given again.

The key's row is written before the act, in the same transaction, so a concurrent duplicate waits
for it, loses, and reads the winner's answer when `in_transaction` runs it again. A refusal rolls
the row back with everything else: only 2xx are kept.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cic_cases.api.answers import OneField
from cic_cases.api.auth import current_actor
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.people.models import IdempotentAnswer

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LONGEST_KEY = 255


class KeyReused(Refusal):
    """One key stands for one request; another body needs another key."""

    msgid = N_("This Idempotency-Key was already used for another request.")
    problem = "idempotency-key-reused"


def act(status: int, work: Callable[[Session], dict[str, Any]], at: datetime) -> Response:
    """Do `work` in a transaction and answer with what it returns; once per Idempotency-Key.

    `work` may run twice: it touches the database and nothing else.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return _answer(status, _text(in_transaction(work)))
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise OneField(HEADER)
    made = in_transaction(_once, status, work, key, at)
    return _answer(*made)


def _once(
    session: Session,
    status: int,
    work: Callable[[Session], dict[str, Any]],
    key: str,
    at: datetime,
) -> tuple[int, str]:
    owner, endpoint, body_hash = current_actor().id, str(request.endpoint), _fingerprint()
    known = session.scalar(
        select(IdempotentAnswer).where(
            IdempotentAnswer.staff_id == owner,
            IdempotentAnswer.endpoint == endpoint,
            IdempotentAnswer.key == key,
        )
    )
    if known is not None and known.created_at <= at - KEPT:
        session.delete(known)  # the sweep has not come by yet
        session.flush()
    elif known is not None:
        if known.body_hash != body_hash:
            raise KeyReused()
        return known.status, known.body
    kept = IdempotentAnswer(
        staff_id=owner,
        endpoint=endpoint,
        key=key,
        body_hash=body_hash,
        status=status,
        body="",
        created_at=at,
    )
    session.add(kept)
    session.flush()
    kept.body = _text(work(session))
    return status, kept.body


def forget_old(session: Session, at: datetime) -> int:
    """Delete the answers that need not be given again at `at`, of everybody; how many."""
    old = delete(IdempotentAnswer).where(IdempotentAnswer.created_at <= at - KEPT)
    return len(session.scalars(old.returning(IdempotentAnswer.id)).all())


def any_old(session: Session, at: datetime) -> bool:
    """Whether `forget_old` would delete anything: nobody waits for a turn to write for nothing."""
    old = select(IdempotentAnswer.id).where(IdempotentAnswer.created_at <= at - KEPT).limit(1)
    return session.scalar(old) is not None


def _fingerprint() -> str:
    """What was asked: the address and the body, byte by byte."""
    return hashlib.sha256(request.path.encode() + b"\n" + request.get_data()).hexdigest()


def _text(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _answer(status: int, text: str) -> Response:
    return Response(text, status=status, mimetype="application/json")
