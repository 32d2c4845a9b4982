"""One run of the periods: every step says what it takes away and why, and then does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.privacy import audit_chain, audit_verify
from cic_cases.retention import queries, service

Purge = Callable[..., None]
LINES_AT_ONCE = 5_000  # of the audit trail, in one transaction


@dataclass(frozen=True)
class Step:
    """What goes, and why: each of `rows` is given to `purge`, in a transaction of its own.

    One call may take away many: then `together` tells how many go in all.
    """

    what: str
    why: str
    rows: Sequence[int]
    purge: Purge
    together: int | None = None

    @property
    def number(self) -> int:
        """How many go in all."""
        return len(self.rows) if self.together is None else self.together


@dataclass(frozen=True)
class Plan:
    """All that goes now, and what is kept although it is old."""

    steps: tuple[Step, ...]
    kept: tuple[str, ...]


def plan(session: Session, at: datetime) -> Plan:
    """What the periods of every region mean at `at`. Reads only."""
    steps: list[Step] = []
    kept: list[str] = []
    for region in queries.regions(session):
        limits = queries.limits_of(region, at)
        contacts = queries.idle_contacts(session, region.id, limits.contact)
        notes = queries.old_notes(session, region.id, limits.notes)
        people = queries.people_over(session, region.id, limits, at)
        steps += [
            Step(
                f"{region.slug}: contacts",
                f"no visit or appointment since {limits.contact:%Y-%m-%d}"
                f" ({region.contact_months} months)",
                contacts,
                service.purge_contact,
            ),
            Step(
                f"{region.slug}: notes",
                f"not written since {limits.notes:%Y-%m-%d} ({region.note_months} months)",
                notes,
                service.purge_note,
            ),
        ]
        if limits.records_over(at):
            why = f"the project's records were kept until {limits.records_until:%Y-%m-%d}"
            steps.append(Step(f"{region.slug}: people", why, people, service.purge_person))
        else:
            until = limits.records_until
            end = f"until {until:%Y-%m-%d}" if until else "until the last payment is known"
            kept.append(f"{region.slug}: visits and appointments are kept {end}")
    why = "no longer written on for a week"
    steps.append(Step("drafts", why, queries.old_drafts(session, at), service.purge_draft))
    steps.append(_trail(session, at))
    return Plan(tuple(steps), tuple(kept))


def run(step: Step, at: datetime) -> int:
    """Do one step; returns how many rows went."""
    for row in step.rows:
        in_transaction(step.purge, row, at=at)
    return step.number


def _trail(session: Session, at: datetime) -> Step:
    """The oldest lines of the audit trail, of all regions; what is left can still be proven.

    Of a trail that somebody has touched nothing goes: it would be hidden.
    """
    before = audit_chain.last_moment(queries.trail_before(session, at), at)
    purge, over = partial(audit_chain.cut, before=before), audit_chain.over(session, before, at)
    problem = audit_verify.verify(session, (), at=at).problem if over else None
    if problem:
        return Step("audit trail", f"none may go before it is known why {problem}", (), purge)
    upto = sorted({*over[LINES_AT_ONCE - 1 :: LINES_AT_ONCE], *over[-1:]})
    return Step("audit trail", f"written before {before:%Y-%m-%d}", upto, purge, len(over))
