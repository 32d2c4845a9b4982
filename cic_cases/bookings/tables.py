"""The tables that free time is read from: rows are read faster than objects are made."""

from sqlalchemy import Table

from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyLanguage,
    DutyService,
    Occupancy,
    Resource,
)
from cic_cases.centres.models import Centre, OpeningDate, OpeningHours, Region, Room, Service
from cic_cases.foundation.db import Base
from cic_cases.people.models import Staff, StaffLanguage


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


centre, region, room, service = (_table(m) for m in (Centre, Region, Room, Service))
opening_date, opening_hours, closure = (_table(m) for m in (OpeningDate, OpeningHours, Closure))
duty, duty_service, duty_language = (_table(m) for m in (Duty, DutyService, DutyLanguage))
exception, occupancy, resource = (_table(m) for m in (DutyException, Occupancy, Resource))
staff, staff_language = _table(Staff), _table(StaffLanguage)
