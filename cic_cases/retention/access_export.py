"""A person's own copy of what is kept about them (GDPR art. 15), made from the classification.

Whatever table is about people is in it by itself, so a new one cannot be forgotten. Addresses are
opened, which is on record. Specialists' notes are not: they are secret by profession, and their
author shows them to the person; the copy says so. Members of staff are not named.
"""

import base64
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, or_, select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Service
from cic_cases.foundation.db import Base
from cic_cases.privacy import audit
from cic_cases.privacy.vault import open_sealed
from cic_cases.retention.classification import Kind, TableFacts, tables

TOLD = (Kind.PERSON, Kind.INFERRED, Kind.CODE)
SECRET = ("note_version", "note_draft")
NOTES = (
    "Notes of psychologists, lawyers and advisers are secret by their profession. "
    "Ask the specialist to show you what they wrote about you."
)


def of_case(session: Session, case_id: int, *, at: datetime) -> dict[str, Any]:
    """Everything about the person of a case, by table; that it was made is on record."""
    rows = {facts.name: _rows(session, facts, case_id) for facts in _about_people()}
    audit.note(session, "person.exported", "case", case_id, by=None, at=at)
    session.flush()
    told = {name: found for name, found in rows.items() if found}
    return {"made_at": at.isoformat(), "notes": NOTES, "data": told}


def _about_people() -> Iterator[TableFacts]:
    return (one for one in tables().values() if one.about == "person" and one.name not in SECRET)


def _rows(session: Session, facts: TableFacts, case_id: int) -> list[dict[str, Any]]:
    table = Base.metadata.tables[facts.name]
    wanted = select(table).where(or_(*(_leads(table, way, case_id) for way in facts.ways)))
    names = {one.id: one.names["en"] for one in session.scalars(select(Service))}
    found = session.execute(wanted.order_by(*table.primary_key)).mappings()
    return [_row(facts, dict(row), names) for row in found]


def _leads(table: Table, way: tuple[str, ...], case_id: int) -> ColumnElement[bool]:
    """That a row of the table belongs to the case, by one way."""
    column: Column[Any] = table.columns[way[0]]
    if len(way) == 1:
        return column == case_id
    (key,) = column.foreign_keys
    beyond = key.column.table
    return column.in_(select(key.column).where(_leads(beyond, way[1:], case_id)))


def _row(facts: TableFacts, row: dict[str, Any], services: dict[int, str]) -> dict[str, Any]:
    told = {name: _plain(row[name]) for name in facts.of(*TOLD) if not name.endswith("staff_id")}
    if row.get("service_id") in services:
        told["service_id"] = services[row["service_id"]]
    for name in facts.of(Kind.SEALED):
        if row[name] is not None:
            opened = open_sealed(row[name], table=facts.name, row=row["id"], column=name)
            told[name.removesuffix("_sealed")] = opened
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
