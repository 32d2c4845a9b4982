"""What can happen to an appointment elsewhere, told to the other rooms by `cic_cases.wiring`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ExternalNoted:
    """Somebody has an appointment outside the centre."""

    external_id: int
    at: datetime


@dataclass(frozen=True)
class ExternalMoved:
    """It has another time; its version rose."""

    external_id: int
    at: datetime


@dataclass(frozen=True)
class ExternalChanged:
    """Another place, way or company at the same time: nothing new for the person. Version rose."""

    external_id: int
    at: datetime


@dataclass(frozen=True)
class ExternalCancelled:
    """It will not be; its version rose."""

    external_id: int
    at: datetime
