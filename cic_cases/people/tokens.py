"""Random tokens that open a door: given out once, kept only as a hash."""

import hashlib
import secrets

BYTES = 32  # 256 bits


def new_token() -> tuple[str, str]:
    """A fresh token for its holder, and the hash to keep."""
    token = secrets.token_urlsafe(BYTES)
    return token, digest(token)


def digest(token: str) -> str:
    """The SHA-256 under which a token is kept: it needs no salt, for nobody can guess one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def link_address(base_url: str, token: str) -> str:
    """The address to hand over, built on the configured one and never on what a browser sent."""
    return f"{base_url.rstrip('/')}/link/{token}"
