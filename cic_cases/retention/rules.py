"""When something may be kept no longer. Pure: no database.

Contact goes months after the last visit or appointment (the shortest that serves its purpose, GDPR
art. 5(1)(e)); notes by the rules of the profession; records stay until so many years after 31
December of the year of the fund's last payment (Regulation 2021/1060, art. 82), then the codes that
lead to people go and only numbers are left. The audit trail is kept at least two years; then its
oldest lines go, and an anchor keeps what is left provable.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime

from cic_cases.foundation.errors import N_, Refusal


class HasAppointments(Refusal):
    """Somebody who is still expected cannot be forgotten."""

    msgid = N_(
        "This person still has an appointment or waits for one. Cancel it first, then the person "
        "can be forgotten."
    )
    status = 409


@dataclass(frozen=True, slots=True)
class Limits:
    """Before which moments (UTC) things must go, at one time, in one region."""

    contact: datetime
    notes: datetime
    audit: datetime
    records_until: date | None

    def records_over(self, at: datetime) -> bool:
        """Whether the period of the project is over."""
        return self.records_until is not None and at.date() > self.records_until


def limits(
    at: datetime,
    *,
    contact_months: int,
    note_months: int,
    audit_months: int,
    record_years: int,
    last_payment_year: int | None,
) -> Limits:
    """What a region's periods mean at `at`."""
    last = date(last_payment_year + record_years, 12, 31) if last_payment_year else None
    return Limits(
        contact=months_before(at, contact_months),
        notes=months_before(at, note_months),
        audit=months_before(at, audit_months),
        records_until=last,
    )


def months_before(at: datetime, months: int) -> datetime:
    """The same day and hour so many months earlier; the month's last day when it has no such."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.astimezone(UTC).replace(year=year, month=month + 1, day=day)
