"""Whom somebody in crisis can call: data with the day on which the number was checked."""

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base


class CrisisLine(Base):
    """A telephone line of a region; one that the law sets (112) needs no checking."""

    __tablename__ = "crisis_line"
    __table_args__ = (UniqueConstraint("region_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    key: Mapped[str] = mapped_column(String(40))
    names: Mapped[dict[str, str]]
    number: Mapped[str] = mapped_column(String(30))
    hours: Mapped[dict[str, list[str]]]  # {"mon": ["08:30", "16:30"]}, empty: not known
    always: Mapped[bool]
    by_law: Mapped[bool]
    source: Mapped[str] = mapped_column(String(160))
    checked_on: Mapped[date | None]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
