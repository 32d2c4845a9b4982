"""Passkeys of the staff: challenges that work once, adding, using, naming, removing.

A challenge is used up before its answer is looked at, in a transaction of its own: of any number
of parallel uses one is judged, and a wrong answer cannot be tried again.
"""

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, NotFound, Refusal
from cic_cases.people import factors, passkey_rules
from cic_cases.people.factor_models import Passkey, PasskeyChallenge
from cic_cases.people.models import Staff
from cic_cases.people.passkey_rules import Known, WrongPasskey
from cic_cases.people.tokens import digest
from cic_cases.privacy import audit

CHALLENGE_BYTES, CHALLENGE_LASTS = 32, timedelta(minutes=5)
LONGEST_NAME, MOST = 40, 10


class Purpose(StrEnum):
    """What a challenge is for; one of one purpose opens nothing else."""

    SIGN_IN = "sign-in"
    SECOND_STEP = "second-step"
    PROVE = "prove"
    ENROL = "enrol"
    ADD = "add"


class NameInvalid(Refusal):
    """A name is one line of a list."""

    msgid = N_("Give the passkey a name of at most %(most)s characters.")
    field = "name"


class TooManyPasskeys(Refusal):
    """So many nobody needs."""

    msgid = N_("You have %(most)s passkeys. Remove one that you no longer use.")
    field = "name"


class PasskeyInUse(Refusal):
    """The same device was added before."""

    msgid = N_("This passkey is in use already.")
    field = "credential"


class NoSuchPasskey(NotFound):
    """Removed already, or somebody else's: nobody learns which."""


def of(session: Session, staff_id: int) -> Sequence[Passkey]:
    """The passkeys of this person, the oldest first."""
    own = select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.id)
    return session.scalars(own).all()


def one_of(session: Session, number: int, *, by: int) -> Passkey:
    """One's own passkey. Raises `NoSuchPasskey`."""
    own = select(Passkey).where(Passkey.id == number, Passkey.staff_id == by)
    row = session.scalar(own)
    if row is None:
        raise NoSuchPasskey
    return row


def ids_of(session: Session, staff_id: int) -> list[bytes]:
    """What browsers call the passkeys of this person."""
    return [one.credential_id for one in of(session, staff_id)]


def challenge(session: Session, purpose: Purpose, staff_id: int | None, *, at: datetime) -> bytes:
    """Something random to sign, within five minutes; only its hash is kept. Old ones go."""
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= at))
    random = secrets.token_bytes(CHALLENGE_BYTES)
    row = PasskeyChallenge(
        digest=_digest(random),
        purpose=purpose,
        staff_id=staff_id,
        expires_at=at + CHALLENGE_LASTS,
    )
    session.add(row)
    return random


def take_challenge(
    session: Session, answer: str, purpose: Purpose, staff_id: int | None, *, at: datetime
) -> bytes:
    """Use up the challenge that was signed. Raises `WrongPasskey` when it is not ours to take."""
    signed = passkey_rules.challenge_in(answer)
    ours = (
        PasskeyChallenge.digest == _digest(signed),
        PasskeyChallenge.purpose == purpose,
        PasskeyChallenge.staff_id.is_(None)
        if staff_id is None
        else PasskeyChallenge.staff_id == staff_id,
        PasskeyChallenge.expires_at > at,
    )
    taken = delete(PasskeyChallenge).where(*ours).returning(PasskeyChallenge.id)
    if session.scalar(taken) is None:
        raise WrongPasskey
    return signed


def find(session: Session, answer: str, staff_id: int | None) -> tuple[Known, int]:
    """The passkey of this answer, and whose it is: of an account in use, of this person if named.

    Raises `WrongPasskey`.
    """
    credential_id = passkey_rules.credential_in(answer)
    wanted = (
        select(Passkey)
        .join(Staff, Staff.id == Passkey.staff_id)
        .where(Passkey.credential_id == credential_id, Staff.disabled_at.is_(None))
    )
    row = session.scalar(wanted)
    if row is None or staff_id not in (None, row.staff_id):
        raise WrongPasskey
    return Known(row.credential_id, row.public_key, row.sign_count), row.staff_id


def note_use(session: Session, known: Known, sign_count: int, *, at: datetime) -> None:
    """It signed: its counter rises, where it counts at all, compared and set in one statement.

    Raises `WrongPasskey` when it was removed meanwhile, or a copy was faster.
    """
    rises = Passkey.sign_count < sign_count
    counts = rises if sign_count else Passkey.sign_count == 0
    used = update(Passkey).where(Passkey.credential_id == known.credential_id, counts)
    found = session.scalar(used.values(sign_count=sign_count, used_at=at).returning(Passkey.id))
    if found is None:
        raise WrongPasskey


def add(
    session: Session, staff_id: int, known: Known, name: str, *, at: datetime
) -> list[str] | None:
    """Keep a new passkey. Returns recovery codes when it is the first second step, else None.

    Raises `NameInvalid`, `TooManyPasskeys`, `PasskeyInUse`.
    """
    name = normal_name(name)
    if len(of(session, staff_id)) >= MOST:
        raise TooManyPasskeys(most=MOST)
    taken = select(Passkey.id).where(Passkey.credential_id == known.credential_id)
    if session.scalar(taken) is not None:
        raise PasskeyInUse
    first = not factors.of(session, staff_id)
    row = Passkey(
        staff_id=staff_id,
        name=name,
        credential_id=known.credential_id,
        public_key=known.public_key,
        sign_count=known.sign_count,
        made_at=at,
    )
    session.add(row)
    audit.note(session, "staff.passkey_added", "staff", staff_id, by=staff_id, at=at)
    return factors.new_recovery_codes(session, staff_id) if first else None


def rename(session: Session, number: int, name: str, *, by: int) -> None:
    """Call one's own passkey something else. Raises `NameInvalid`, `NoSuchPasskey`."""
    own = (Passkey.id == number, Passkey.staff_id == by)
    renamed = update(Passkey).where(*own).values(name=normal_name(name))
    if session.scalar(renamed.returning(Passkey.id)) is None:
        raise NoSuchPasskey


def remove(session: Session, number: int, *, at: datetime, by: int) -> None:
    """One's own passkey opens nothing any more. Raises `NoSuchPasskey`."""
    own = (Passkey.id == number, Passkey.staff_id == by)
    removed = delete(Passkey).where(*own).returning(Passkey.id)
    if session.scalar(removed) is None:
        raise NoSuchPasskey
    factors.tidy(session, by)
    audit.note(session, "staff.passkey_removed", "staff", by, by=by, at=at)


def normal_name(text: str) -> str:
    """A name without spaces around it. Raises `NameInvalid`."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise NameInvalid(most=LONGEST_NAME)
    return name


def _digest(challenge: bytes) -> str:
    return digest(challenge.hex())
