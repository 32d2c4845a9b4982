"""What was erased on request: a list that is also kept outside the database."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base


class Erased(enum.StrEnum):
    """What was forgotten: the addresses of a person, or also every code that leads to them."""

    CONTACT = "contact"
    PERSON = "person"


class Erasure(Base):
    """One erasure. `opened_at` of the case tells it from another that a restored backup numbers
    alike; no address, no code and no name is here.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    what: Mapped[Erased]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    opened_at: Mapped[datetime]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
