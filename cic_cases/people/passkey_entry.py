"""The ways in by passkey: alone, where the device verified its person, or after the password.

What the device signed is checked outside any transaction: the challenge is used up before, the
counter is compared and set after.
"""

from datetime import datetime

from flask import current_app, request
from sqlalchemy.orm import Session

from cic_cases.foundation.db import db, end_reading, in_transaction
from cic_cases.people import passkey_rules, passkeys, session_service, tries
from cic_cases.people.passkey_rules import Known, Party, WrongPasskey
from cic_cases.people.passkeys import Purpose
from cic_cases.people.sessions import actor_of
from cic_cases.people.signin import Entered
from cic_cases.privacy import audit, slowdown
from cic_cases.privacy.actor import Actor

ALONE = (Purpose.SIGN_IN, Purpose.PROVE)
"""Where the passkey stands for the password too, the device verifies its person."""
MAKES = (Purpose.ENROL, Purpose.ADD)


def party() -> Party | None:
    """Who asks at the configured address; None where browsers know no passkeys."""
    return passkey_rules.party(current_app.config["CIC"].base_url)


def options(purpose: Purpose, actor: Actor | None, *, at: datetime) -> str | None:
    """What the browser is told, as JSON; None where passkeys are not possible.

    Raises `SlowDown` when a stranger asks too often.
    """
    asking = party()
    if asking is None:
        return None
    if actor is None:
        in_transaction(tries.take, _network(at), at=at)
        challenge = in_transaction(passkeys.challenge, purpose, None, at=at)
        return passkey_rules.to_prove(asking, challenge, (), alone=True)
    known = passkeys.ids_of(db.session(), actor.id)
    challenge = in_transaction(passkeys.challenge, purpose, actor.id, at=at)
    if purpose in MAKES:
        return passkey_rules.to_make(asking, actor.key, actor.email, challenge, known)
    return passkey_rules.to_prove(asking, challenge, known, alone=purpose in ALONE)


def enter(answer: str, *, at: datetime) -> Entered:
    """A session by a passkey alone. Raises `WrongPasskey`."""
    known, staff_id, sign_count = _proved(answer, Purpose.SIGN_IN, None, at)
    token = in_transaction(_enter, known, staff_id, sign_count, _network(at), at=at)
    actor = actor_of(db.session(), staff_id)
    if actor is None:
        raise WrongPasskey
    return Entered(actor, token, None)


def confirm(actor: Actor, answer: str, purpose: Purpose, *, at: datetime) -> None:
    """The second step, or who it is once more. Raises `WrongPasskey`."""
    known, _staff_id, sign_count = _proved(answer, purpose, actor.id, at)
    in_transaction(passkeys.note_use, known, sign_count, at=at)


def add(
    actor: Actor, answer: str, name: str, purpose: Purpose, *, at: datetime
) -> list[str] | None:
    """Keep the passkey that the browser made; recovery codes when it is the first second step.

    Raises `WrongPasskey`, `NameInvalid`, `TooManyPasskeys`, `PasskeyInUse`.
    """
    asking = party()
    if asking is None:
        raise WrongPasskey
    challenge = in_transaction(passkeys.take_challenge, answer, purpose, actor.id, at=at)
    known = passkey_rules.made(asking, answer, challenge)
    return in_transaction(passkeys.add, actor.id, known, name, at=at)


def _proved(
    answer: str, purpose: Purpose, staff_id: int | None, at: datetime
) -> tuple[Known, int, int]:
    """The passkey, whose it is, and its counter after it signed. Raises `WrongPasskey`."""
    asking = party()
    if asking is None:
        raise WrongPasskey
    challenge = in_transaction(passkeys.take_challenge, answer, purpose, staff_id, at=at)
    known, owner = passkeys.find(db.session(), answer, staff_id)
    end_reading(db.session())
    alone = purpose in ALONE
    return known, owner, passkey_rules.proved(asking, answer, challenge, known, alone=alone)


def _enter(
    session: Session,
    known: Known,
    staff_id: int,
    sign_count: int,
    counted: tuple[str, ...],
    *,
    at: datetime,
) -> str:
    passkeys.note_use(session, known, sign_count, at=at)
    tries.opened(session, counted, at=at)
    audit.note(session, "staff.signed_in", "staff", staff_id, by=staff_id, at=at)
    return session_service.begin(session, staff_id, at=at)


def _network(at: datetime) -> tuple[str, ...]:
    secret = current_app.config["SECRET_KEY"]
    return (slowdown.network_of(tries.NETWORK, request.remote_addr, secret, at),)
