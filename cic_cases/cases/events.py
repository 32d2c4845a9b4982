"""What can happen to a case that other rooms must hear of."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ContactChanged:
    """The person is told things in another way from `at` on."""

    case_id: int
    at: datetime
