"""Delivery reports as gateways send them: who may, and what they say. Pure: no session, no clock.

One secret (CIC_SMS_REPORT_KEY) proves both kinds. It is a setting of its own, because the operator
of a JSON gateway has to know it, and because changing it must not sign everybody out. SMSAPI signs
nothing, so it is given an address that only the key leads to; a gateway signs each report.
"""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

from cic_cases.notifications.models import Report

SIGNED_FOR = timedelta(minutes=5)  # how far the clock of a gateway may be from ours
MOST_REPORTS = 20  # in one call; SMSAPI sends up to five
LONGEST_REF = 80
LONGEST_TIMESTAMP = 12
OF_SMSAPI: Mapping[str, Report] = {
    "402": Report.UNDELIVERED,  # expired
    "404": Report.DELIVERED,
    "405": Report.UNDELIVERED,
    "406": Report.UNDELIVERED,  # failed
    "407": Report.UNDELIVERED,  # rejected
}
"""Final statuses of SMSAPI; the others (sent, queued, accepted, unknown) tell nothing yet."""
_IDX = re.compile(r"([0-9a-f]{8})" + 3 * r"([0-9a-f]{4})" + r"([0-9a-f]{12})(?:x(\d{1,4}))?")
_NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.\d{1,4})?")


class Told(NamedTuple):
    """One report: what the other side calls the message, and what we called it, if it says so."""

    reference: str
    report: Report
    name: str | None = None


def smsapi_secret(key: str) -> str:
    """The last part of the address that SMSAPI reports to; it does not give the key away."""
    return hmac.digest(key.encode(), b"address for reports of smsapi", "sha256").hex()


def smsapi_address(base_url: str, key: str) -> str | None:
    """Where SMSAPI shall report to; None without a key, or when it could not come by TLS."""
    if not key or not base_url.startswith("https:"):
        return None
    return f"{base_url.rstrip('/')}/hooks/smsapi/{smsapi_secret(key)}"


def opens(secret: str, key: str) -> bool:
    """Whether an address ends in the secret of this key, compared in constant time."""
    return bool(key) and hmac.compare_digest(secret.encode(), smsapi_secret(key).encode())


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What a gateway writes beside a report: HMAC-SHA256 of «timestamp.body», hexadecimal."""
    return hmac.digest(key.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def is_signed(key: str, timestamp: str, body: bytes, given: str, at: datetime) -> bool:
    """Whether the report was signed with this key at most five minutes from `at`.

    `timestamp` is in seconds since 1970 (UTC).
    """
    whole = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST_TIMESTAMP
    if not key or not whole:
        return False
    right = hmac.compare_digest(signature(key, timestamp, body).encode(), given.encode())
    return right and abs(at.timestamp() - int(timestamp)) <= SIGNED_FOR.total_seconds()


def of_smsapi(words: Mapping[str, str]) -> Iterator[Told]:
    """The final reports of one call: up to five, their values in step, parted by commas.

    SMSAPI sends numbers and a time with them: nobody reads those here.
    """
    lists = (words.get(key, "").split(",")[:MOST_REPORTS] for key in ("MsgId", "status", "idx"))
    for reference, status, idx in zip_longest(*lists, fillvalue=""):
        report = OF_SMSAPI.get(status.strip())
        if report and _can_be(reference.strip()):
            yield Told(reference.strip(), report, _name_of(idx.strip()))


def of_gateway(body: bytes) -> Told | None:
    """The report of a JSON gateway, `{"id": …, "report": "delivered" | "undelivered"}`, or None.

    With `"message"`, the id that we gave it, also a message is found whose answer was lost.
    """
    try:
        told: Any = json.loads(body)
        reference, report = str(told["id"]), Report(told["report"])
        name = str(told.get("message", ""))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
    if not _can_be(reference):
        return None
    return Told(reference, report, name if _NAME.fullmatch(name) else None)


def _name_of(idx: str) -> str | None:
    """What a message was called that went to SMSAPI as `idx` (`channels.smsapi.idx_of`)."""
    found = _IDX.fullmatch(idx)
    if found is None:
        return None
    *parts, again = found.groups()
    return "-".join(parts) + (f".{again}" if again else "")


def _can_be(reference: str) -> bool:
    """Whether it can be a gateway's number of a message; databases refuse some characters."""
    return 0 < len(reference) <= LONGEST_REF and reference.isprintable()
