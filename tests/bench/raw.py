"""The least that a booking can cost: its rows and nothing else, without the application.

On PostgreSQL one statement claims the time, writes the booking, two messages and the audit line;
SQLite, which has no such statement, gets the same rows in one transaction behind the same gate.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, create_engine, text

from cic_cases.foundation.codes import new_reference
from cic_cases.foundation.gate import WriteGate

LENGTH = timedelta(minutes=20)
BOOKING = """
INSERT INTO booking (reference, case_id, service_id, centre_id, booked_centre_id, staff_id,
    starts_at, ends_at, language, interpreter, status, version, calendar_uid, made_at, made_by)
VALUES (:reference, :case_id, :service_id, :centre_id, :centre_id, :staff_id,
    :starts_at, :ends_at, 'uk', false, 'booked', 1, :uid, :at, :staff_id)
RETURNING id"""
TAKEN = "INSERT INTO occupancy (resource_id, booking_id, starts_at, ends_at)"
MESSAGE = """
INSERT INTO message (id, booking_id, booking_version, kind, channel, mode, contact_id, language,
    due_at, expires_at, state, attempts, next_try_at)"""
AUDIT = """
INSERT INTO audit_entry
    (at, actor_id, action, subject_type, subject_id, centre_id, nonce, key_id, proof)"""
ONE_STATEMENT = f"""
WITH made AS ({BOOKING}),
claimed AS ({TAKEN}
    SELECT r, made.id, CAST(:starts_at AS timestamptz), CAST(:ends_at AS timestamptz)
    FROM made, (VALUES (:staff_resource), (:case_resource)) AS wanted (r)
    ON CONFLICT DO NOTHING RETURNING id),
told AS ({MESSAGE}
    SELECT m, made.id, 1, kind, 'email', 'full', :contact_id, 'uk', CAST(:at AS timestamptz),
        CAST(:starts_at AS timestamptz), 'pending', 0, CAST(:at AS timestamptz)
    FROM made, (VALUES (:first, 'booking_confirmation'), (:second, 'reminder_day_before'))
        AS wanted (m, kind)),
noted AS ({AUDIT}
    SELECT CAST(:at AS timestamptz), :staff_id, 'booking.made', 'booking', made.id, :centre_id,
        :nonce, 'first', :nonce
    FROM made)
SELECT count(*) FROM claimed"""  # noqa: S608 (parts of one statement)
SEVERAL = (
    f"{TAKEN} VALUES (:staff_resource, :id, :starts_at, :ends_at),"
    " (:case_resource, :id, :starts_at, :ends_at)",
    f"{MESSAGE} VALUES (:first, :id, 1, 'booking_confirmation', 'email', 'full', :contact_id,"
    " 'uk', :at, :starts_at, 'pending', 0, :at), (:second, :id, 1, 'reminder_day_before',"
    " 'email', 'full', :contact_id, 'uk', :at, :starts_at, 'pending', 0, :at)",
    f"{AUDIT} VALUES (:at, :staff_id, 'booking.made', 'booking', :id, :centre_id,"
    " :nonce, 'first', :nonce)",
)
Wish = dict[str, Any]


def wish(begins: datetime, at: datetime, **ids: int | str) -> Wish:
    """The values of one booking."""
    return {
        **ids,
        "reference": new_reference(),
        "starts_at": begins,
        "ends_at": begins + LENGTH,
        "uid": str(uuid.uuid4()),
        "nonce": uuid.uuid4().bytes,
        "first": str(uuid.uuid4()),
        "second": str(uuid.uuid4()),
        "at": at,
    }


def rate(url: URL, clients: list[list[Wish]]) -> float:
    """Bookings per second of so many connections, each making its bookings one after another."""
    client = _on_postgresql(url) if url.get_backend_name() == "postgresql" else _on_sqlite(url)
    with ThreadPoolExecutor(len(clients)) as pool:
        began = time.perf_counter()
        list(pool.map(client, clients))
        return sum(map(len, clients)) / (time.perf_counter() - began)


def _on_postgresql(url: URL) -> Callable[[list[Wish]], None]:
    def client(wishes: list[Wish]) -> None:
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for one in wishes:
                assert connection.scalar(text(ONE_STATEMENT), one) == 2

    return client


def _on_sqlite(url: URL) -> Callable[[list[Wish]], None]:
    path = Path(str(url.database))
    gate = WriteGate(path)

    def client(wishes: list[Wish]) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        for one in wishes:
            values = {name: _kept(value) for name, value in one.items()}
            with gate.turn():
                connection.execute("BEGIN IMMEDIATE")
                [booking] = connection.execute(BOOKING, values).fetchone()
                for statement in SEVERAL:
                    connection.execute(statement, {**values, "id": booking})
                connection.execute("COMMIT")
        connection.close()

    return client


def _kept(value: Any) -> Any:
    """As SQLAlchemy keeps it in SQLite."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
