"""Opening accounts, letting people in, and closing accounts again.

`by` is who acts; None is the system itself (a command typed at a terminal), which may do anything.
Passwords arrive here as hashes: hashing takes time and happens outside any transaction.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from cic_cases.calendar.guard import new_resource
from cic_cases.calendar.models import ResourceKind
from cic_cases.foundation.codes import ALPHABET
from cic_cases.foundation.i18n import PERSON_LOCALES, STAFF_LOCALES
from cic_cases.people import devices, factors, grants, queries, rules, session_service
from cic_cases.people.models import (
    ApiToken,
    OneTimeLink,
    Purpose,
    Staff,
    StaffLanguage,
)
from cic_cases.people.queries import NoSuchAccount
from cic_cases.people.rules import Invitation
from cic_cases.people.tokens import digest, new_token
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor

KEY_LENGTH = 8
LASTS = {
    Purpose.INVITE: timedelta(days=7),
    Purpose.RESET: timedelta(hours=24),
    Purpose.SIGNIN: timedelta(minutes=15),
}
SETS_PASSWORD = (Purpose.INVITE, Purpose.RESET)

NOBODY = 0  # the number of no account


def invite(
    session: Session, invitation: Invitation, *, at: datetime, by: Actor | None
) -> tuple[Staff, str]:
    """Open an account that has no password yet; returns it and the token of its invite link.

    Raises `EmailInvalid`, `EmailTaken`, `InitialsInvalid`, `LanguageInvalid`, `NoRole`,
    `NotGrantable`, `NoSuchInstitution`.
    """
    email = rules.normal_email(invitation.email)
    if session.scalar(select(Staff.id).where(Staff.email == email)):
        raise rules.EmailTaken
    if invitation.language not in STAFF_LOCALES:
        raise rules.LanguageInvalid
    region_ids = grants.checked_regions(session, invitation.grants, by)
    person = Staff(
        key="".join(secrets.choice(ALPHABET) for _ in range(KEY_LENGTH)),
        email=email,
        initials=rules.normal_initials(invitation.initials),
        language=invitation.language,
        institution_id=grants.institution_id(session, invitation.institution_key, region_ids),
        resource_id=new_resource(session, ResourceKind.SPECIALIST),
        created_at=at,
    )
    session.add(person)
    session.flush()
    for wish in dict.fromkeys(invitation.grants):
        session.add(grants.grant(person.id, wish))
    for language in dict.fromkeys(invitation.languages):
        if language not in PERSON_LOCALES:
            raise rules.LanguageInvalid
        session.add(StaffLanguage(staff_id=person.id, language=language))
    _note(session, "staff.invited", person.id, by, at)
    return person, _new_link(session, person.id, Purpose.INVITE, at)


def reset_link(
    session: Session, staff_id: int, *, at: datetime, by: Actor | None, phone_lost: bool = False
) -> str:
    """A token with which this person sets a new password; earlier ones stop working.

    Who has lost the phone and the recovery codes too is signed out everywhere at once, and sets
    up another second step.
    Raises `NoSuchAccount` when the account is disabled or not below the actor's own.
    """
    grants.manageable(session, staff_id, by)
    if queries.is_disabled(session, staff_id):
        raise NoSuchAccount
    _note(session, "staff.reset_link", staff_id, by, at)
    if phone_lost:
        factors.remove_all(session, staff_id, at=at, by=by.id if by else None)
        session_service.end_all(session, staff_id)
    return _new_link(session, staff_id, Purpose.RESET, at)


def signin_link(session: Session, staff_id: int, *, at: datetime, by: Actor | None) -> str:
    """A token that signs this person in once, for checks; the caller refuses it in production.

    Raises `NoSuchAccount` when the account is disabled or not below the actor's own.
    """
    grants.manageable(session, staff_id, by)
    if queries.is_disabled(session, staff_id):
        raise NoSuchAccount
    _note(session, "staff.signin_link", staff_id, by, at)
    return _new_link(session, staff_id, Purpose.SIGNIN, at)


def accept_link(
    session: Session, token: str, purpose: Purpose, password_hash: str | None, *, at: datetime
) -> int:
    """Use a one-time link: exactly one of any number of parallel uses succeeds.

    An invite or a reset sets the password, ends every session and every other such link; a
    sign-in link takes no password. Returns the id of the staff member. Raises `WrongLink`.
    """
    if (password_hash is not None) is not (purpose in SETS_PASSWORD):
        raise ValueError(f"a link for {purpose} and a password do not fit")
    used = (
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == digest(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > at,
        )
        .values(used_at=at)
        .returning(OneTimeLink.staff_id)
    )
    staff_id = session.scalar(used)
    if staff_id is None:
        raise rules.WrongLink
    if password_hash is None:
        open_account = not queries.is_disabled(session, staff_id)
    else:
        open_account = _change(session, _new_password(password_hash), Staff.id == staff_id)
        _spend_links(session, staff_id, at)
        devices.forget(session, staff_id)
    if not open_account:
        raise rules.WrongLink
    audit.note(session, f"staff.{purpose}_accepted", "staff", staff_id, by=staff_id, at=at)
    return staff_id


def sign_in(
    session: Session, staff_id: int, checked: str, renewed: str | None = None, *, at: datetime
) -> None:
    """Note that a password was right; keep `renewed` instead of the outdated hash `checked`.

    Raises `AccountChanged` when meanwhile the account was disabled or its password changed.
    """
    changes = {"password_hash": renewed or checked}
    if not _change(session, changes, Staff.id == staff_id, Staff.password_hash == checked):
        raise rules.AccountChanged
    audit.note(session, "staff.signed_in", "staff", staff_id, by=staff_id, at=at)


def change_password(
    session: Session, staff_id: int, checked: str, password_hash: str, *, at: datetime
) -> None:
    """Replace the hash `checked`, against which the old password was right; ends every session.

    Raises `AccountChanged` when meanwhile the account was disabled or its password changed.
    """
    changes = _new_password(password_hash)
    if not _change(session, changes, Staff.id == staff_id, Staff.password_hash == checked):
        raise rules.AccountChanged
    _spend_links(session, staff_id, at)
    devices.forget(session, staff_id)
    audit.note(session, "staff.password_changed", "staff", staff_id, by=staff_id, at=at)


def set_language(session: Session, staff_id: int, language: str, *, at: datetime) -> None:
    """Choose the language of one's own pages. Raises `LanguageInvalid`."""
    if language not in STAFF_LOCALES:
        raise rules.LanguageInvalid
    _change(session, {"language": language}, Staff.id == staff_id)
    audit.note(session, "staff.language", "staff", staff_id, by=staff_id, at=at)


def disable(session: Session, staff_id: int, *, at: datetime, by: Actor | None) -> None:
    """Close an account: sessions, links and API tokens end; what it did stays.

    Twice is as good as once. Bookings ahead stay too: whoever calls this lists them.
    Raises `NoSuchAccount` when the account is not below the actor's own.
    """
    grants.manageable(session, staff_id, by)
    changes = {"disabled_at": at, "session_version": Staff.session_version + 1}
    if not _change(session, changes, Staff.id == staff_id):
        return
    _spend_links(session, staff_id, at, *Purpose)
    _revoke(session, staff_id, at)
    _note(session, "staff.disabled", staff_id, by, at)


def issue_token(
    session: Session, staff_id: int, *, lasts: timedelta, at: datetime, by: Actor | None
) -> str:
    """A token for the JSON with this person's rights. Raises `NoSuchAccount` when disabled."""
    grants.manageable(session, staff_id, by)
    if queries.is_disabled(session, staff_id):
        raise NoSuchAccount
    token, token_hash = new_token()
    session.add(
        ApiToken(staff_id=staff_id, token_hash=token_hash, created_at=at, expires_at=at + lasts)
    )
    _note(session, "staff.token_issued", staff_id, by, at)
    return token


def revoke_token(session: Session, staff_id: int, *, at: datetime, by: Actor | None) -> int:
    """End every API token of this person; returns how many there were."""
    grants.manageable(session, staff_id, by)
    _note(session, "staff.token_revoked", staff_id, by, at)
    return _revoke(session, staff_id, at)


def _new_password(password_hash: str) -> Mapping[str, object]:
    return {"password_hash": password_hash, "session_version": Staff.session_version + 1}


def _change(session: Session, changes: Mapping[str, object], *where: ColumnElement[bool]) -> bool:
    """Change an account that is not disabled, and say whether it was there."""
    changed = update(Staff).where(*where, Staff.disabled_at.is_(None)).values(dict(changes))
    return session.scalar(changed.returning(Staff.id)) is not None


def _new_link(session: Session, staff_id: int, purpose: Purpose, at: datetime) -> str:
    if purpose in SETS_PASSWORD:
        _spend_links(session, staff_id, at)
    token, token_hash = new_token()
    expires_at = at + LASTS[purpose]
    link = OneTimeLink(
        staff_id=staff_id, purpose=purpose, token_hash=token_hash, expires_at=expires_at
    )
    session.add(link)
    return token


def _spend_links(session: Session, staff_id: int, at: datetime, *purposes: Purpose) -> None:
    """End the open links of these purposes, by default those that would set a password."""
    chosen = purposes or SETS_PASSWORD
    session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.staff_id == staff_id,
            OneTimeLink.purpose.in_(chosen),
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=at)
    )


def _revoke(session: Session, staff_id: int, at: datetime) -> int:
    valid = (ApiToken.staff_id == staff_id, ApiToken.revoked_at.is_(None))
    revoked = update(ApiToken).where(*valid).values(revoked_at=at).returning(ApiToken.id)
    return len(session.scalars(revoked).all())


def sign_in_failed(session: Session, staff_id: int | None, *, at: datetime) -> None:
    """A wrong password for this account, or an address that nobody has (None): the same work.

    Nothing of what was typed is kept. A try that had to wait was not looked at and has no line.
    """
    audit.note(session, "staff.sign_in_failed", "staff", staff_id or NOBODY, by=None, at=at)


def second_step_failed(session: Session, staff_id: int, *, at: datetime) -> None:
    """The password was right, the code was not."""
    audit.note(session, "staff.second_step_failed", "staff", staff_id, by=None, at=at)


def _note(session: Session, action: str, staff_id: int, by: Actor | None, at: datetime) -> None:
    audit.note(session, action, "staff", staff_id, by=by.id if by else None, at=at)
