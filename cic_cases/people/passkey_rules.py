"""What a passkey is asked and what it answers (WebAuthn), without the database.

A passkey signs a random challenge together with the address that the browser is really at, so a
copied page gets nothing. The address is the configured one, never what a request says.
"""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cic_cases.foundation.errors import N_, Refusal

NAME = "CIC"
LONGEST_ANSWER = 16_384  # characters; attestations that we do not ask for are what is long
LONGEST_ID = 1_023  # bytes, by the standard
MILLISECONDS = 60_000
BROKEN = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)


class WrongPasskey(Refusal):
    """Unknown, foreign, copied, too late, or used before: nobody learns which."""

    msgid = N_("This passkey did not open the account. Try again, or sign in another way.")
    field = "credential"


@dataclass(frozen=True)
class Party:
    """Who asks: the domain to which passkeys belong, and the address pages come from."""

    domain: str
    origin: str


@dataclass(frozen=True)
class Known:
    """What is kept of a passkey."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def party(base_url: str) -> Party | None:
    """Who asks at this address; None where browsers know no passkeys: by number, or in the clear.

    Only `localhost` may do without TLS.
    """
    url = urlsplit(base_url)
    domain = (url.hostname or "").lower()
    try:
        ipaddress.ip_address(domain)
        return None
    except ValueError:
        if not domain or (url.scheme != "https" and domain != "localhost"):
            return None
    return Party(domain, f"{url.scheme}://{url.netloc.lower()}")


def to_make(
    party: Party, person_key: str, email: str, challenge: bytes, known: Iterable[bytes]
) -> str:
    """What the browser is told to make a new passkey, as JSON.

    It proves its person (finger, face, PIN) so that it can later stand for the password as well.
    """
    options = webauthn.generate_registration_options(
        rp_id=party.domain,
        rp_name=NAME,
        user_id=person_key.encode(),
        user_name=email,
        user_display_name=email,
        challenge=challenge,
        timeout=MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return webauthn.options_to_json(options)


def to_prove(party: Party, challenge: bytes, known: Iterable[bytes], *, alone: bool) -> str:
    """What the browser is told to use a passkey, as JSON; `alone`: the person is verified too."""
    verification = UserVerificationRequirement
    options = webauthn.generate_authentication_options(
        rp_id=party.domain,
        challenge=challenge,
        timeout=MILLISECONDS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=verification.REQUIRED if alone else verification.PREFERRED,
    )
    return webauthn.options_to_json(options)


def challenge_in(answer: str) -> bytes:
    """The challenge that this answer says it signed. Raises `WrongPasskey`."""
    try:
        client_data = base64url_to_bytes(_read(answer)["response"]["clientDataJSON"])
        return parse_client_data_json(client_data).challenge
    except BROKEN:
        raise WrongPasskey from None


def credential_in(answer: str) -> bytes:
    """The id of the passkey that this answer is of. Raises `WrongPasskey`."""
    try:
        return base64url_to_bytes(_read(answer)["rawId"])
    except BROKEN:
        raise WrongPasskey from None


def made(party: Party, answer: str, challenge: bytes) -> Known:
    """The new passkey of this answer. Raises `WrongPasskey`."""
    try:
        found = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except BROKEN:
        raise WrongPasskey from None
    if len(found.credential_id) > LONGEST_ID:
        raise WrongPasskey
    return Known(found.credential_id, found.credential_public_key, found.sign_count)


def proved(party: Party, answer: str, challenge: bytes, known: Known, *, alone: bool) -> int:
    """The counter of the passkey after it signed, which rises if it counts at all.

    Raises `WrongPasskey`, also when it does not rise: then a copy of it was used before.
    """
    try:
        found = webauthn.verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=party.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=alone,
        )
    except BROKEN:
        raise WrongPasskey from None
    return found.new_sign_count


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found
