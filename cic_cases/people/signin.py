"""The ways in: count the try, read, end that transaction, hash, then write.

Hashing takes tens of milliseconds, so no transaction is open while it happens; the write checks
again that the account is still as it was read.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from cic_cases.foundation.db import db, end_reading, in_transaction
from cic_cases.people import (
    devices,
    factors,
    password_rules,
    passwords,
    queries,
    rules,
    service,
    session_service,
    tries,
)
from cic_cases.people.models import Purpose
from cic_cases.people.queries import Credentials, OpenLink
from cic_cases.people.session_rules import WaitingFor
from cic_cases.people.sessions import actor_of
from cic_cases.privacy.actor import Actor


@dataclass(frozen=True)
class Entered:
    """Who proved a password, the token of their new session, and what it still waits for."""

    actor: Actor
    token: str
    waiting_for: WaitingFor | None


def by_password(email: str, password: str, *, at: datetime, device: str | None = None) -> Entered:
    """A session of whoever this is, which may wait for a second step.

    Raises `SlowDown`, `WrongPassword`, the same for every reason, or `Busy`.
    """
    actor = checked(email, password, at=at, device=device)
    return enter(actor, at=at)


def checked(email: str, password: str, *, at: datetime, device: str | None = None) -> Actor:
    """Whose password this is. Raises as `by_password`."""
    address, found, known = _asked(email, device, at)
    counted = tries.names(address, device if known else None, at)
    in_transaction(tries.take, counted, at=at)
    stored = found.password_hash if found else None
    right = passwords.matches(password, stored)
    if not (right and found and stored):
        in_transaction(service.sign_in_failed, found.staff_id if found else None, at=at)
        raise rules.WrongPassword
    renewed = passwords.hashed(password) if passwords.outdated(stored) else None
    try:
        in_transaction(_open, counted, found.staff_id, stored, renewed, at=at)
    except rules.AccountChanged:
        in_transaction(service.sign_in_failed, found.staff_id, at=at)
        raise rules.WrongPassword from None
    return _actor(found.staff_id)


def enter(actor: Actor, *, at: datetime, proven: bool = False) -> Entered:
    """A new session of somebody who proved a password or a link; `proven`: nothing more is asked.

    Who has a second step is asked for it; who needs one and has none sets it up first.
    """
    waiting = None if proven else _waiting(actor)
    token = in_transaction(session_service.begin, actor.id, at=at, waiting_for=waiting)
    return Entered(actor, token, waiting)


def by_link(token: str, *, at: datetime) -> Entered:
    """A session by a sign-in link, which is used up. Raises `WrongLink`."""
    work = service.accept_link
    actor = _actor(in_transaction(work, token, Purpose.SIGNIN, None, at=at))
    return enter(actor, at=at, proven=True)


def with_new_password(token: str, link: OpenLink, password: str, *, at: datetime) -> Entered:
    """Use up an invite or reset link to set a password.

    Raises `PasswordRefused`, `WrongLink` or `Busy`.
    """
    _check(password, link.email, least=least_by_link(link))
    password_hash = passwords.hashed(password)
    work = service.accept_link
    actor = _actor(in_transaction(work, token, link.purpose, password_hash, at=at))
    return enter(actor, at=at)


def change_password(actor: Actor, current: str, password: str, *, at: datetime) -> Entered:
    """Set another password; the session goes on under a new token, every other one ends.

    Raises `SlowDown`, `WrongCurrentPassword`, `PasswordRefused`, `AccountChanged` or `Busy`.
    """
    _check(password, actor.email, least=least_of(actor))
    counted = (tries.name_of(tries.LOCKED, f"password {actor.id}"),)
    in_transaction(tries.take, counted, at=at)
    _address, found, _known = _asked(actor.email, None, at)
    stored = found.password_hash if found else None
    if not passwords.matches(current, stored) or stored is None:
        raise rules.WrongCurrentPassword
    password_hash = passwords.hashed(password)
    in_transaction(service.change_password, actor.id, stored, password_hash, at=at)
    in_transaction(tries.opened, counted, at=at)
    return enter(actor, at=at, proven=True)


def least_of(actor: Actor) -> int:
    """How many characters a password of this person needs."""
    waived = current_app.config["CIC"].second_step_waived
    return password_rules.least(second_step=factors.needed(actor.roles) and not waived)


def least_by_link(link: OpenLink) -> int:
    """How many characters the password needs that this link sets."""
    actor = actor_of(db.session(), link.staff_id)
    return password_rules.least(second_step=False) if actor is None else least_of(actor)


def take_code(actor: Actor, code: str, *, at: datetime, device: str | None = None) -> None:
    """Use a code of the app, or a recovery code. Raises `SlowDown` or `WrongCode`."""
    known = devices.is_known(db.session(), actor.email, device, at)
    end_reading(db.session())
    counted = tries.second(actor.id, device if known else None)
    in_transaction(tries.take, counted, at=at)
    try:
        in_transaction(_take_code, counted, actor.id, code, at=at)
    except factors.WrongCode:
        in_transaction(service.second_step_failed, actor.id, at=at)
        raise


def _check(password: str, email: str, *, least: int) -> None:
    """Whether the password will do; ends the read transaction."""
    places = queries.places(db.session())
    end_reading(db.session())
    password_rules.check(password, email, least=least, places=places)


def _take_code(
    session: Session, counted: tuple[str, ...], staff_id: int, code: str, *, at: datetime
) -> None:
    factors.take_code(session, staff_id, code, at=at)
    tries.opened(session, counted, at=at)


def _open(
    session: Session,
    counted: tuple[str, ...],
    staff_id: int,
    stored: str,
    renewed: str | None,
    *,
    at: datetime,
) -> None:
    service.sign_in(session, staff_id, stored, renewed, at=at)
    tries.opened(session, counted, at=at)


def _waiting(actor: Actor) -> WaitingFor | None:
    has_one = bool(factors.of(db.session(), actor.id))
    end_reading(db.session())
    if has_one:
        return WaitingFor.SECOND_STEP
    waived = current_app.config["CIC"].second_step_waived
    return None if waived or not factors.needed(actor.roles) else WaitingFor.ENROLMENT


def _asked(email: str, device: str | None, at: datetime) -> tuple[str, Credentials | None, bool]:
    """The address as it is compared, its credentials, whether the browser is known for it.

    Ends the read transaction; what is no address belongs to nobody.
    """
    try:
        address = rules.normal_email(email)
    except rules.EmailInvalid:
        address = email.strip().casefold()
    found = queries.credentials(db.session(), address)
    known = devices.is_known(db.session(), address, device, at)
    end_reading(db.session())
    return address, found, known


def _actor(staff_id: int) -> Actor:
    actor = actor_of(db.session(), staff_id)
    if actor is None:
        raise rules.AccountChanged
    return actor
