"""Under which codes officers of other institutions see people: their office's own, on no card.

Two offices cannot compare what they wrote down, and neither code leads to the card: each is a keyed
hash (HMAC-SHA256) of the office and the case, by a key that rests sealed in the database. It stays
the same for an office however often a card is replaced, and cannot be turned back.
"""

import hmac
from collections.abc import Iterable

from sqlalchemy.orm import Session

from cic_cases.foundation.codes import ALPHABET, CASE_LENGTH, check_character
from cic_cases.privacy import drawn_keys
from cic_cases.privacy.models import PseudonymKey

FIRST = "p1"
"""The name of the only key there is; another would give every person another code."""
BITS = 5  # of one character


def of(session: Session, office: str, case_id: int) -> str:
    """The code by which `office` (`Actor.office`) calls the case: canonical, as a card's code.

    Raises `VaultError` when the data keys do not open its key, LookupError before the migration.
    """
    return _code(drawn_keys.of(session, PseudonymKey)[FIRST], office, case_id)


def meant(session: Session, office: str, pseudonym: str, case_ids: Iterable[int]) -> int | None:
    """Which of the cases the office calls so; None: none of them. Raises as `of` does."""
    key = drawn_keys.of(session, PseudonymKey)[FIRST]
    return next((one for one in case_ids if _code(key, office, one) == pseudonym), None)


def _code(key: bytes, office: str, case_id: int) -> str:
    number = int.from_bytes(hmac.digest(key, f"{office}/case:{case_id}".encode(), "sha256"))
    body = "".join(ALPHABET[number >> BITS * n & 31] for n in range(CASE_LENGTH - 1))
    return body + check_character(body)
