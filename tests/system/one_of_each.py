"""A row in every table with people's rows, of a centre and the specialist who works there."""

import enum
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, Table, select

from cic_cases.bookings.models import Booking
from cic_cases.cases.models import Card, Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation import clock
from cic_cases.foundation.db import Base
from cic_cases.people.models import Staff
from cic_cases.privacy.walls import PEOPLE, THEIR_OWN
from tests.factory import Factory
from tests.system.two_centres import target_in

FILLED = frozenset(  # by `target_in`
    [
        "booking",
        "card",
        "case_centre",
        "case_file",
        "case_link",
        "contact",
        "external_appointment",
        "message",
        "note",
        "note_opening",
        "note_version",
        "waiting",
        "waiting_centre",
    ]
)
OWN_WORDS = {"booking_trace": {"version": 7}, "reply": {"booking_version": 7}}


def fill(make: Factory, centre: Centre, staff: Staff, nth: int) -> None:
    """One row at least in each walled table; `nth` tells the rows of centres apart."""
    target = target_in(make, centre, staff, nth)
    session = make.session
    booking = session.scalars(select(Booking).where(Booking.reference == target.reference)).one()
    case_id = session.scalars(select(Card.case_id).where(Card.code == target.code)).one()
    contact = session.scalars(select(Contact.id).where(Contact.case_id == case_id)).one()
    lent: dict[str, Any] = {
        "centre.id": centre.id,
        "staff.id": staff.id,
        "case_file.id": case_id,
        "booking.id": booking.id,
        "service.id": booking.service_id,
        "contact.id": contact,
        "resource.id": staff.resource_id,
        "waiting.id": target.waiting_id,
        "message.id": target.message_id,
        "note.id": target.note_id,
    }
    external = Base.metadata.tables["external_appointment"]
    asked = select(external.c.id).where(external.c.reference == target.external)
    lent["external_appointment.id"] = session.scalars(asked).one()
    empty = (PEOPLE | THEIR_OWN | {"disruption"}) - FILLED
    for table in Base.metadata.sorted_tables:
        if table.name in empty:
            _add(make, table, lent, nth)
    session.commit()


def _add(make: Factory, table: Table, lent: dict[str, Any], nth: int) -> None:
    row = {c.name: _value(c, lent, nth) for c in table.columns if _needed(c)}
    made = make.session.execute(table.insert().values(row | OWN_WORDS.get(table.name, {})))
    keys = tuple(made.inserted_primary_key or ())
    if len(keys) == 1:
        lent[f"{table.name}.id"] = keys[0]


def _needed(column: Column[Any]) -> bool:
    if column.nullable:
        return column.name == "booking_id"
    return column is not column.table.autoincrement_column


def _value(column: Column[Any], lent: dict[str, Any], nth: int) -> Any:
    for key in column.foreign_keys:
        return lent[key.target_fullname]
    kind = getattr(column.type, "impl_instance", column.type).python_type
    if issubclass(kind, enum.Enum):
        return next(iter(kind))
    samples: dict[type, Any] = {
        bool: False,
        int: nth + 1,
        str: f"X{nth}",
        bytes: bytes([nth]),
        datetime: clock.now() + timedelta(hours=column.name == "ends_at"),
        date: date(2030, 1, 7),
        time: time(9),
        object: {},
    }
    return samples[kind]
