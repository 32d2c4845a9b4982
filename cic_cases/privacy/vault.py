"""Sealing what could name a person: AES-256-GCM, bound to the very place it is stored in.

A sealed value is `key id` NUL `nonce` `ciphertext`; table, row and column are authenticated with
it, so a value copied to another row does not open. The first key seals, every key opens.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

NONCE_BYTES = 12
KEY_BYTES = 32


class VaultError(Exception):
    """A sealed value cannot be opened: the key is missing or the value was moved or changed."""


@dataclass(frozen=True)
class Keyring:
    """Data keys by id; the first seals."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `id:base64,id:base64`; raises ValueError with the reason for a bad key."""
        keys = []
        for entry in filter(None, (part.strip() for part in text.split(","))):
            key_id, _, encoded = entry.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                raise ValueError(f"data key {key_id!r} is not base64") from error
            if len(key) != KEY_BYTES:
                raise ValueError(f"data key {key_id!r} has {len(key)} bytes, not {KEY_BYTES}")
            keys.append((key_id, key))
        if not keys:
            raise ValueError("no data key: give at least one as id:base64")
        if len({key_id for key_id, _ in keys}) != len(keys):
            raise ValueError("two data keys have the same id")
        return cls(tuple(keys))

    def seal(self, text: str, bound_to: bytes) -> bytes:
        """`text`, encrypted for the place it is `bound_to` only."""
        key_id, key = self.keys[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        return key_id.encode() + b"\0" + nonce + AESGCM(key).encrypt(nonce, text.encode(), bound_to)

    def open(self, blob: bytes, bound_to: bytes) -> str:
        """The text that was sealed for that place; raises `VaultError`."""
        key_id, _, rest = blob.partition(b"\0")
        key = dict(self.keys).get(key_id.decode(errors="replace"))
        if key is None:
            raise VaultError("the key of this value is not among CIC_DATA_KEYS")
        try:
            return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], bound_to).decode()
        except (InvalidTag, ValueError) as error:
            raise VaultError("this value was moved or changed") from error


def place(table: str, row: str, column: str) -> bytes:
    """What a value is bound to: its table, row and column."""
    return "‖".join((table, row, column)).encode()


def _keyring() -> Keyring:
    ring: Keyring = current_app.extensions["keyring"]
    return ring


def match_ring() -> Keyring | None:
    """The keys of the blind index, the newest epoch first; None when there is no index."""
    ring: Keyring | None = current_app.extensions["match_keys"]
    return ring


def seal(text: str, *, table: str, row: str, column: str) -> bytes:
    """Seal `text` for one column of one row (a client-made id)."""
    return _keyring().seal(text, place(table, row, column))


def open_sealed(blob: bytes, *, table: str, row: str, column: str) -> str:
    """Open what was sealed for exactly this place; raises `VaultError`."""
    return _keyring().open(blob, place(table, row, column))
