"""Where help is given, when, and which kinds of it: all of it loaded from a region file."""

import enum
from datetime import date, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from cic_cases.foundation.db import Base


class HowBooked(enum.StrEnum):
    """How one comes to a service."""

    WALK_IN = "walk_in"
    SLOT = "slot"
    GROUP = "group"


class Secrecy(enum.StrEnum):
    """Who may see that the service was used: reception; the same role; only its author."""

    OPEN = "open"
    ROLE = "role"
    AUTHOR = "author"


class Region(Base):
    """One operator's network of centres, e.g. a voivodeship."""

    __tablename__ = "region"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    operator: Mapped[str] = mapped_column(String(160))
    country: Mapped[str] = mapped_column(String(2))
    citizenships: Mapped[str] = mapped_column(String(120))  # the desk's tiles, «UA BY GE»
    languages: Mapped[str] = mapped_column(String(40))  # contact languages, the desk's order
    sms_part_price: Mapped[int | None]  # thousandths of the country's currency, for one part
    contact_months: Mapped[int] = mapped_column(default=6, server_default="6")
    note_months: Mapped[int] = mapped_column(default=60, server_default="60")
    audit_months: Mapped[int] = mapped_column(default=24, server_default="24")
    record_years: Mapped[int] = mapped_column(default=5, server_default="5")
    last_payment_year: Mapped[int | None]  # of the fund; records are kept `record_years` after it


class Centre(Base):
    """A Centre for the Integration of Foreigners."""

    __tablename__ = "centre"

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    city: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(160))
    sms_name: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(40))
    reminder_at: Mapped[time]
    reminder_days: Mapped[str] = mapped_column(String(20), default="1")  # days before: «1», «3 1»
    active: Mapped[bool] = mapped_column(default=True)
    country: Mapped[str] = column_property(  # whose holidays are kept
        select(Region.country)
        .where(Region.id == region_id)
        .correlate_except(Region)
        .scalar_subquery()
    )


class Institution(Base):
    """An office whose officers hold duties in the centres (WUW, WUP, US, ZUS)."""

    __tablename__ = "institution"
    __table_args__ = (UniqueConstraint("region_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    key: Mapped[str] = mapped_column(String(20))
    names: Mapped[dict[str, str]]
    active: Mapped[bool] = mapped_column(default=True)


class Service(Base):
    """A kind of help; `minutes` is the length of one appointment.

    `outcomes` are what it may come to, in the file's order: a code, and its name by language.
    """

    __tablename__ = "service"
    __table_args__ = (UniqueConstraint("region_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    key: Mapped[str] = mapped_column(String(40))
    names: Mapped[dict[str, str]]
    bring: Mapped[dict[str, list[str]]]
    outcomes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    minutes: Mapped[int | None]
    booking: Mapped[HowBooked]
    secrecy: Mapped[Secrecy]
    public_label: Mapped[str] = mapped_column(String(20))
    interpreter: Mapped[bool]  # ask whether an interpreter is needed
    desk: Mapped[bool]  # a tile of the desk's quick registration
    notice_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    horizon_days: Mapped[int] = mapped_column(default=90, server_default="90")
    per_person: Mapped[int | None]  # how many appointments one person may have ahead
    specialists: Mapped[int] = mapped_column(default=1, server_default="1")  # present at once
    position: Mapped[int]
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    active: Mapped[bool] = mapped_column(default=True)


class Place(Base):
    """Where people go from a centre: an office's counter, a court. Only slips on paper name it."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("region_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    key: Mapped[str] = mapped_column(String(40))
    names: Mapped[dict[str, str]]
    address: Mapped[str] = mapped_column(String(120))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    position: Mapped[int]
    assumed: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class Room(Base):
    """A room by its number; its name must never tell the kind of help."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("centre_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    label: Mapped[str] = mapped_column(String(20))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), unique=True)
    assumed: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class OpeningHours(Base):
    """When a centre is open on a weekday (0 is Monday), in local wall time."""

    __tablename__ = "opening_hours"
    __table_args__ = (CheckConstraint("closes > opens", name="closes_after_opening"),)

    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    opens: Mapped[time]
    closes: Mapped[time]
    assumed: Mapped[bool] = mapped_column(default=False)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the region file


class OpeningDate(Base):
    """Hours of one date instead of its weekday's: a working Saturday, a shorter day."""

    __tablename__ = "opening_date"
    __table_args__ = (CheckConstraint("closes > opens", name="closes_after_opening"),)

    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    opens: Mapped[time]
    closes: Mapped[time]
    assumed: Mapped[bool] = mapped_column(default=False)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the region file
