"""The audit trail is a chain: a line taken out, put in, changed or exchanged shows at its place.

Each line has its proof from the transaction of the act. A sealer, one at a time, chains the lines
that were committed: a seal is a keyed hash of the seal before it and of the line's number and
proof. A head of the chain inside every transaction would make all writers wait for each other; so
lines are chained in the order in which the sealer finds them, a few seconds later. Whoever cuts the
end off is found by the heads that are kept outside the database (`audit_heads`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, Select, exists, func, insert, select
from sqlalchemy.orm import Session

from cic_cases.privacy import audit_proof
from cic_cases.privacy.audit_proof import END, LINK, TrailKey
from cic_cases.privacy.models import AuditAnchor, AuditEntry, AuditSeal

BATCH = 500  # lines sealed in one transaction
BACK = 10_000  # numbers before the newest sealed line among which late commits are looked for
NOTHING = b"\0" * 32
SEALED_WITHIN = timedelta(minutes=1)  # five seconds are usual
KEPT_AT_LEAST = timedelta(days=730)  # the database itself lets nothing younger go


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain on some day (UTC)."""

    day: date
    seq: int
    hash: bytes

    def __str__(self) -> str:
        """One line of the file of heads."""
        return f"{self.day.isoformat()} {self.seq} {self.hash.hex()}"

    @classmethod
    def read(cls, line: str) -> "Head":
        """A line of that file; raises ValueError."""
        day, seq, words = line.split()
        return cls(date.fromisoformat(day), int(seq), bytes.fromhex(words))


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends: its last number and hash."""

    seq: int = 0
    hash: bytes = NOTHING


def link(key: TrailKey, before: bytes, seq: int, entry_id: int, proof: bytes) -> bytes:
    """The hash of the `seq`-th seal, which is of this line."""
    return key.prove(LINK, key.name, before, seq, entry_id, proof)


def waiting(session: Session, *, everywhere: bool = False) -> bool:
    """Whether a line is not sealed yet, among the newest or `everywhere`."""
    return session.scalar(_unsealed(session, everywhere).limit(1)) is not None


def seal(session: Session, *, at: datetime, everywhere: bool = False) -> Head | None:
    """Chain the next lines that were committed; the new head, None when nothing waited."""
    rows = session.execute(_unsealed(session, everywhere).limit(BATCH)).all()
    if not rows:
        return None
    key, last, seals = audit_proof.current(session), end(session), []
    for entry_id, proof in rows:
        last = End(last.seq + 1, link(key, last.hash, last.seq + 1, entry_id, proof))
        row = {"seq": last.seq, "entry_id": entry_id, "hash": last.hash}
        seals.append({**row, "key_id": key.name, "sealed_at": at})
    session.execute(insert(AuditSeal), seals)
    return Head(at.date(), last.seq, last.hash)


def head(session: Session, at: datetime) -> Head | None:
    """The end of the chain now; None before anything was sealed."""
    last = end(session)
    return Head(at.date(), last.seq, last.hash) if last.seq else None


def end(session: Session) -> End:
    """Where the chain ends: at its last seal, or at the anchor if all before it went."""
    return _last(session, AuditSeal) or beginning(session)


def beginning(session: Session) -> End:
    """Where what is kept begins: after the last lines that were let go."""
    return _last(session, AuditAnchor) or End()


def over(session: Session, before: datetime, at: datetime) -> range:
    """The seals of the oldest lines, all from before `before`, that may be let go at `at`.

    A line that is younger keeps all that were sealed after it.
    """
    start = beginning(session).seq + 1
    young = (
        select(func.min(AuditSeal.seq))
        .join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditEntry.at >= last_moment(before, at))
    )
    first_young = session.scalar(young)
    return range(start, end(session).seq + 1 if first_young is None else first_young)


def last_moment(before: datetime, at: datetime) -> datetime:
    """Before when lines may go at `at`: nothing younger than `KEPT_AT_LEAST`, whatever is asked."""
    return min(before, at - KEPT_AT_LEAST)


def cut(session: Session, upto: int, *, before: datetime, at: datetime) -> None:
    """Let go all lines up to this seal, of those that are `over`; the chain goes on from there."""
    before = last_moment(before, at)
    hash_there, key = session.get_one(AuditSeal, upto).hash, audit_proof.current(session)
    proof = anchor_proof(key, upto, hash_there, before, at)
    row = AuditAnchor(seq=upto, hash=hash_there, before=before, at=at, key_id=key.name, proof=proof)
    session.add(row)
    session.flush()


def anchor_proof(key: TrailKey, seq: int, its_hash: bytes, before: datetime, at: datetime) -> bytes:
    """What shows that we let the lines up to `seq` go."""
    return key.prove(END, key.name, seq, its_hash, before, at)


def late(session: Session, at: datetime) -> int:
    """How many of the newest lines wait longer than they may at `at`."""
    old = _unsealed(session, everywhere=False).where(AuditEntry.at < at - SEALED_WITHIN)
    return session.scalar(select(func.count()).select_from(old.subquery())) or 0


def unsealed(session: Session) -> Sequence[AuditEntry]:
    """Every line that nobody has sealed yet."""
    alone = ~exists().where(AuditSeal.entry_id == AuditEntry.id)
    return session.scalars(select(AuditEntry).where(alone).order_by(AuditEntry.id)).all()


def _unsealed(session: Session, everywhere: bool) -> Select[int, bytes]:
    alone = ~exists().where(AuditSeal.entry_id == AuditEntry.id)
    wanted = select(AuditEntry.id, AuditEntry.proof).where(alone).order_by(AuditEntry.id)
    if everywhere:
        return wanted
    newest = session.scalar(select(func.max(AuditSeal.entry_id))) or 0
    return wanted.where(AuditEntry.id > newest - BACK)


def _last(session: Session, table: type[AuditSeal] | type[AuditAnchor]) -> End | None:
    wanted = select(table.seq, table.hash).order_by(table.seq.desc()).limit(1)
    row: Row[int, bytes] | None = session.execute(wanted).first()
    return End(*row) if row else None
