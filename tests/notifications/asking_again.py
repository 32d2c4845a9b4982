"""Reception that asks for messages to be sent again, another way, or for a call."""

from datetime import timedelta

from sqlalchemy import select

from cic_cases.cases.models import Contact
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import queries, resending
from cic_cases.notifications.models import WhyAgain
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.vault import seal
from tests.conftest import MONDAY
from tests.notifications.tried import BOTH, MINUTE, Tried

AT = MONDAY + 30 * MINUTE
DAY = timedelta(days=1)
NOT_RECEIVED = WhyAgain.NOT_RECEIVED
VERBS = (resending.again, resending.by_other_channel, resending.to_call)


class Desk(Tried):
    """Reception of Poznań, which asks for messages to be sent again."""

    def __init__(self, make) -> None:
        super().__init__(make)
        self.by = make.actor(make.staff("reception", self.centre))

    def asks(self, verb, message, *, at=AT, why=NOT_RECEIVED, by=None, **more):
        by = by or self.by
        scope = by.scope("message.resend")
        done = in_transaction(verb, message.id, why, scope=scope, at=at, by=by, **more)
        self.session.rollback()
        return self.session.merge(done)

    def choices(self, message, at=AT):
        self.session.rollback()
        facts = queries.facts(self.session, message.booking_id)
        scope = self.by.scope("message.resend")
        return resending.choices(self.session, message, facts, scope, at)

    def noted(self) -> list[tuple[str, int]]:
        rows = self.session.scalars(select(AuditEntry).where(AuditEntry.action.like("message.%")))
        return [(one.action, one.subject_id) for one in rows]


def gives_a_phone(desk: Desk) -> None:
    """The row alone: nothing is planned for the phone, as if it had been refused till now."""
    contact = desk.session.scalars(select(Contact)).one()
    contact.phone_sealed = seal(
        BOTH["phone"], table="contact", row=contact.id, column="phone_sealed"
    )
    contact.calling_code = 48
    desk.session.commit()
