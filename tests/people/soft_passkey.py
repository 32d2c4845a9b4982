"""A passkey in Python: what a browser and its device answer, as far as WebAuthn says."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field, replace
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40
ES256 = ec.ECDSA(hashes.SHA256())


@dataclass
class SoftPasskey:
    """One key for `domain`, asked by pages of `origin`; `counts`: whether uses are counted."""

    domain: str = "localhost"
    origin: str = "http://localhost"
    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    def copy(self) -> Self:
        """What a thief of the device's memory has."""
        return replace(self)

    def make(self, told: dict[str, Any], *, verified: bool = True) -> str:
        """The answer to `navigator.credentials.create`."""
        point = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        named = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cose
        data = self._data(WITH_KEY | (VERIFIED if verified else 0)) + named
        attested = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", told)
        return self._answer(clientDataJSON=client, attestationObject=attested)

    def prove(self, told: dict[str, Any], *, verified: bool = True) -> str:
        """The answer to `navigator.credentials.get`."""
        self.count += 1 if self.counts else 0
        data = self._data(VERIFIED if verified else 0)
        client = self._client("webauthn.get", told)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ES256)
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        hashed = hashlib.sha256(self.domain.encode()).digest()
        return hashed + struct.pack(">BI", flags | PRESENT, self.count)

    def _client(self, kind: str, told: dict[str, Any]) -> bytes:
        signed = {"type": kind, "challenge": told["challenge"], "origin": self.origin}
        return json.dumps({**signed, "crossOrigin": False}).encode()

    def _answer(self, **parts: bytes) -> str:
        name = bytes_to_base64url(self.id)
        response = {part: bytes_to_base64url(value) for part, value in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
