"""A referral of a person to a kind of help, given by somebody else or by an office."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base
from cic_cases.referrals.states import NotTaken, State, Why

ANSWERED = "'accepted', 'declined', 'done'"


class Referral(Base):
    """Somebody is asked to help a person; `to_staff_id` is empty when any of them may.

    `read_at` is when a receiver first saw it, `noted_at` when the sender saw the answer. There is
    no text: whoever takes it speaks with the person.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(
            f"(answered_by IS NULL) = (state NOT IN ({ANSWERED}))", name="answered_by_somebody"
        ),
        CheckConstraint("(declined_for IS NULL) = (state <> 'declined')", name="declined_for"),
        Index(None, "centre_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    to_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    why: Mapped[Why]
    urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[State] = mapped_column(default=State.SENT)
    declined_for: Mapped[NotTaken | None]
    sent_at: Mapped[datetime]
    sent_by: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    sent_centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    read_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    ended_at: Mapped[datetime | None]
    noted_at: Mapped[datetime | None]
