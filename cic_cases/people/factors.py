"""The second step of signing in: setting it up, taking a code once, recovering without a phone.

Every code is taken by one conditional change in the database, so of any number of parallel uses
exactly one succeeds.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cic_cases.foundation.codes import ALPHABET
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.people import totp
from cic_cases.people.factor_models import CodeApp, Passkey, RecoveryCode
from cic_cases.people.tokens import digest
from cic_cases.privacy import audit
from cic_cases.privacy.roles import Role
from cic_cases.privacy.vault import open_sealed, seal

RECOVERY_CODES = 10
WITHOUT = frozenset({Role.RECEPTION})
"""Roles that may do without; every other one has to have a second step."""


class WrongCode(Refusal):
    """The digits are wrong, too old, or were used already: nobody learns which."""

    msgid = N_("This code is not right. Wait for the next one in the app and type it.")
    field = "code"


@dataclass(frozen=True)
class Factors:
    """What somebody has set up."""

    app_since: datetime | None
    recovery_left: int
    passkeys: int = 0

    def __bool__(self) -> bool:
        return self.app_since is not None or self.passkeys > 0


def needed(roles: frozenset[Role]) -> bool:
    """Whether somebody with these roles must have a second step."""
    return bool(roles - WITHOUT)


def of(session: Session, staff_id: int) -> Factors:
    """What this person has set up. One statement."""
    left = select(func.count()).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    )
    since = select(CodeApp.confirmed_at).where(CodeApp.staff_id == staff_id)
    keys = select(func.count()).where(Passkey.staff_id == staff_id)
    parts = [part.scalar_subquery() for part in (since, left, keys)]
    row = session.execute(select(*parts)).one()
    return Factors(*row)


def propose(session: Session, staff_id: int, *, at: datetime) -> str:
    """The secret that is being set up: the one shown before, else a new one."""
    row = session.get(CodeApp, staff_id)
    if row is not None and row.confirmed_at is None:
        return _secret(row)
    secret = totp.new_secret()
    if row is None:
        key = str(uuid.uuid4())
        blob = seal(secret, table="code_app", row=key, column="secret_sealed")
        row = CodeApp(staff_id=staff_id, key=key, secret_sealed=blob, last_counter=0, made_at=at)
        session.add(row)
        return secret
    raise AppInUse


class AppInUse(Refusal):
    """An app is set up already: it is taken away first."""

    msgid = N_("An app is set up already. Remove it first.")
    status = 409


def confirm(session: Session, staff_id: int, code: str, *, at: datetime) -> list[str]:
    """The app shows the right code, so it is in use; returns the recovery codes, shown once.

    Raises `WrongCode`.
    """
    row = session.get(CodeApp, staff_id, populate_existing=True)
    if row is None or row.confirmed_at is not None:
        raise WrongCode
    _take_counter(session, row, code, at, confirmed=False)
    session.execute(update(CodeApp).where(CodeApp.staff_id == staff_id).values(confirmed_at=at))
    audit.note(session, "staff.second_step_set", "staff", staff_id, by=staff_id, at=at)
    return new_recovery_codes(session, staff_id)


def take_code(session: Session, staff_id: int, code: str, *, at: datetime) -> None:
    """A code of the app or a recovery code, each works once. Raises `WrongCode`."""
    if totp.is_recovery(code):
        _take_recovery(session, staff_id, code, at)
        return
    row = session.get(CodeApp, staff_id, populate_existing=True)
    if row is None or row.confirmed_at is None:
        raise WrongCode
    _take_counter(session, row, code, at, confirmed=True)


def new_recovery_codes(session: Session, staff_id: int) -> list[str]:
    """Ten fresh codes for paper; those before stop working."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(totp.RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.add_all(RecoveryCode(staff_id=staff_id, code_hash=digest(one)) for one in codes)
    return [totp.grouped(one) for one in codes]


def remove_app(session: Session, staff_id: int, *, at: datetime) -> None:
    """Take one's own app away; where no passkey is left, the next sign-in may ask to set one up."""
    session.execute(delete(CodeApp).where(CodeApp.staff_id == staff_id))
    tidy(session, staff_id)
    audit.note(session, "staff.second_step_removed", "staff", staff_id, by=staff_id, at=at)


def remove_all(session: Session, staff_id: int, *, at: datetime, by: int | None) -> None:
    """Take everything away from whoever lost it; where one is needed, the next sign-in asks."""
    for table in (RecoveryCode, CodeApp, Passkey):
        session.execute(delete(table).where(table.staff_id == staff_id))
    audit.note(session, "staff.second_step_removed", "staff", staff_id, by=by, at=at)


def tidy(session: Session, staff_id: int) -> None:
    """Recovery codes stand for a second step: without one they open nothing and go."""
    if not of(session, staff_id):
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))


def _take_counter(
    session: Session, row: CodeApp, code: str, at: datetime, *, confirmed: bool
) -> None:
    """The step of this code, if it lies after the last one: compared and set in one statement."""
    counter = totp.counter_of(_secret(row), code, at)
    unchanged = (
        CodeApp.staff_id == row.staff_id,
        CodeApp.key == row.key,
        CodeApp.confirmed_at.is_not(None) if confirmed else CodeApp.confirmed_at.is_(None),
        CodeApp.last_counter < (counter or 0),
    )
    taken = update(CodeApp).where(*unchanged).values(last_counter=counter)
    found = session.scalar(taken.returning(CodeApp.staff_id)) if counter else None
    if found is None:
        raise WrongCode


def _take_recovery(session: Session, staff_id: int, code: str, at: datetime) -> None:
    unused = (
        RecoveryCode.staff_id == staff_id,
        RecoveryCode.code_hash == digest(totp.recovery_normal(code)),
        RecoveryCode.used_at.is_(None),
    )
    used = update(RecoveryCode).where(*unused).values(used_at=at).returning(RecoveryCode.id)
    if session.scalar(used) is None:
        raise WrongCode
    audit.note(session, "staff.recovery_used", "staff", staff_id, by=staff_id, at=at)


def _secret(row: CodeApp) -> str:
    return open_sealed(row.secret_sealed, table="code_app", row=row.key, column="secret_sealed")
