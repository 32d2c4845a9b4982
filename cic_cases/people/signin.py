"""The ways in: read, end that transaction, hash, then write.

Hashing takes tens of milliseconds, so no transaction is open while it happens; the write checks
again that the account is still as it was read.
"""

from datetime import datetime

from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import passwords, queries, rules, service
from cic_cases.people.models import Purpose
from cic_cases.people.queries import Credentials, OpenLink
from cic_cases.people.sessions import actor_of
from cic_cases.privacy.actor import Actor


def by_password(email: str, password: str, *, at: datetime) -> Actor:
    """Who this is. Raises `WrongPassword`, the same for every reason, or `Busy`."""
    found = _credentials(email)
    stored = found.password_hash if found else None
    right = passwords.matches(password, stored)
    if not (right and found and stored):
        raise rules.WrongPassword
    renewed = passwords.hashed(password) if passwords.outdated(stored) else None
    try:
        in_transaction(service.sign_in, found.staff_id, stored, renewed, at=at)
    except rules.AccountChanged:
        raise rules.WrongPassword from None
    return _actor(found.staff_id)


def by_link(token: str, *, at: datetime) -> Actor:
    """Who a sign-in link is for; it is used up. Raises `WrongLink`."""
    return _actor(in_transaction(service.accept_link, token, Purpose.SIGNIN, None, at=at))


def with_new_password(token: str, link: OpenLink, password: str, *, at: datetime) -> Actor:
    """Use up an invite or reset link to set a password.

    Raises `PasswordRefused`, `WrongLink` or `Busy`.
    """
    passwords.check(password, link.email)
    db.session.rollback()
    password_hash = passwords.hashed(password)
    work = service.accept_link
    return _actor(in_transaction(work, token, link.purpose, password_hash, at=at))


def change_password(actor: Actor, current: str, password: str, *, at: datetime) -> Actor:
    """Set another password; returns the actor whose session goes on, every other one ends.

    Raises `WrongCurrentPassword`, `PasswordRefused`, `AccountChanged` or `Busy`.
    """
    passwords.check(password, actor.email)
    found = _credentials(actor.email)
    stored = found.password_hash if found else None
    if not passwords.matches(current, stored) or stored is None:
        raise rules.WrongCurrentPassword
    password_hash = passwords.hashed(password)
    in_transaction(service.change_password, actor.id, stored, password_hash, at=at)
    return _actor(actor.id)


def _credentials(email: str) -> Credentials | None:
    """Read them and end the read transaction; what is no address belongs to nobody."""
    try:
        return queries.credentials(db.session(), rules.normal_email(email))
    except rules.EmailInvalid:
        return None
    finally:
        db.session.rollback()


def _actor(staff_id: int) -> Actor:
    actor = actor_of(db.session(), staff_id)
    if actor is None:
        raise rules.AccountChanged
    return actor
