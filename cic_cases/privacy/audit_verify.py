"""A look through the whole audit trail: what is wrong with it, and at which line.

Reads page by page, so a trail of any length can be looked through while everybody works.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.privacy import audit_chain, audit_proof
from cic_cases.privacy.audit_chain import End, Head
from cic_cases.privacy.audit_proof import TrailKey
from cic_cases.privacy.models import AuditAnchor, AuditEntry, AuditSeal

PAGE = 1000

Found = Iterator[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look through the whole trail found; `problem` is the first thing that is wrong."""

    lines: int
    sealed: int
    problem: str | None


def verify(session: Session, heads: Iterable[Head], *, at: datetime) -> Verdict:
    """Look through every line, the chain, and the heads kept outside the database."""
    keys = audit_proof.known(session)
    found = chain(
        _anchors(session, keys),
        _in_chain(session, keys),
        _twice(session),
        _in_heads(session, heads),
        _not_in_chain(session, keys, at),
    )
    lines = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    sealed = session.scalar(select(func.count()).select_from(AuditSeal)) or 0
    return Verdict(lines, sealed, next(found, None))


def _anchors(session: Session, keys: Mapping[str, TrailKey]) -> Found:
    for row in session.scalars(select(AuditAnchor).order_by(AuditAnchor.seq)):
        key = keys.get(row.key_id)
        told = (row.seq, row.hash, row.before, row.at)
        if key is None or not _same(audit_chain.anchor_proof(key, *told), row.proof):
            yield f"the anchor at seal {row.seq} was not written by the application"


def _in_chain(session: Session, keys: Mapping[str, TrailKey]) -> Found:
    last = audit_chain.beginning(session)
    while rows := _page(session, last.seq):
        for seal, entry in rows:
            if seal.seq != last.seq + 1:
                yield f"seal {last.seq + 1} is missing"
            elif entry is None:
                yield f"line {seal.entry_id} was taken out (seal {seal.seq})"
            else:
                yield from _line(entry, keys)
                yield from _seal(last, seal, entry, keys)
            last = End(seal.seq, seal.hash)


def _line(entry: AuditEntry, keys: Mapping[str, TrailKey]) -> Found:
    key = keys.get(entry.key_id)
    if key is None or not _same(audit_proof.of(entry).proof(key, entry.nonce), entry.proof):
        yield f"line {entry.id} is not as the application wrote it"


def _seal(last: End, seal: AuditSeal, entry: AuditEntry, keys: Mapping[str, TrailKey]) -> Found:
    key = keys.get(seal.key_id)
    told = (last.hash, seal.seq, entry.id, entry.proof)
    if key is None or not _same(audit_chain.link(key, *told), seal.hash):
        yield f"line {entry.id} is not the one that was sealed (seal {seal.seq})"


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


def _page(session: Session, after: int) -> list[tuple[AuditSeal, AuditEntry | None]]:
    session.expunge_all()
    wanted = (
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditSeal.seq > after)
        .order_by(AuditSeal.seq)
        .limit(PAGE)
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


def _twice(session: Session) -> Found:
    """The database allows each nonce once; whoever took that away may have repeated a line."""
    again = select(func.max(AuditEntry.id)).group_by(AuditEntry.nonce).having(func.count() > 1)
    for entry_id in session.scalars(again.limit(1)):
        yield f"line {entry_id} repeats an older one"


def _in_heads(session: Session, heads: Iterable[Head]) -> Found:
    begins, ends = audit_chain.beginning(session), audit_chain.end(session)
    for one in heads:
        if one.seq > ends.seq:
            yield f"the trail was cut: on {one.day} there were {one.seq} seals, now {ends.seq}"
        elif one.seq >= begins.seq:
            kept = session.get(AuditSeal, one.seq) or begins
            if not _same(kept.hash, one.hash):
                yield f"seal {one.seq} is not the one that was kept on {one.day}"


def _not_in_chain(session: Session, keys: Mapping[str, TrailKey], at: datetime) -> Found:
    """Lines that nobody has sealed yet must be ours, and new."""
    for entry in audit_chain.unsealed(session):
        yield from _line(entry, keys)
        if entry.at < at - audit_chain.SEALED_WITHIN:
            yield f"line {entry.id} has not been sealed: is the worker running?"
