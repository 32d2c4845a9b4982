"""Messages about one appointment with what was tried of them, without a worker."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cic_cases.bookings.models import Booking
from cic_cases.notifications import ledger
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.ledger_rules import Line
from cic_cases.notifications.models import Attempt, Message, Report, TryOutcome
from tests.conftest import MONDAY
from tests.notifications.people import Told

WEDNESDAY = datetime(2030, 1, 9, 9, tzinfo=ZoneInfo("Europe/Warsaw"))
MINUTE = timedelta(minutes=1)
BOTH = {"email": "person@example.org", "phone": "+48600100200"}
MAIL = {"email": "person@example.org", "phone": None}
WRONG = "refused by the mail server: 550"
NO_CONNECTION = "no connection to the mail server"


class Tried(Told):
    """One person with an appointment on Wednesday, and hands on what became of its messages."""

    def booked(self, contact: dict[str, str | None] = BOTH, mode: str = "full") -> Booking:
        return self.books(self.person(mode, **contact), WEDNESDAY, at=MONDAY)

    def message(
        self,
        booking: Booking,
        channel: Means = Means.EMAIL,
        kind: Kind = Kind.BOOKING_CONFIRMATION,
    ) -> Message:
        [found] = [
            one
            for one in self.messages(booking)
            if (one.channel, one.kind, one.booking_version) == (channel, kind, booking.version)
        ]
        return found

    def stands(self, message: Message, state: State, **values: object) -> Message:
        """The row as a worker or a report left it."""
        for name, value in {"state": state, **values}.items():
            setattr(message, name, value)
        self.session.commit()
        return message

    def tried(
        self,
        message: Message,
        outcome: TryOutcome,
        reason: str | None = None,
        at: datetime = MONDAY,
        report: Report | None = None,
    ) -> Attempt:
        return self.make.save(
            Attempt(
                message_id=message.id,
                channel=message.channel,
                at=at,
                outcome=outcome,
                reason=reason,
                report=report,
                reported_at=at + MINUTE if report else None,
            )
        )

    def sent(self, message: Message, at: datetime = MONDAY, report: Report | None = None) -> None:
        self.tried(message, TryOutcome.SENT, at=at, report=report)
        delivered = at + MINUTE if report is Report.DELIVERED else None
        self.stands(message, State.SENT, sent_at=at, delivered_at=delivered, attempts=1)

    def fails(self, message: Message, reason: str = WRONG, at: datetime = MONDAY) -> None:
        self.tried(message, TryOutcome.FAILED, reason, at)
        self.stands(message, State.FAILED, failure=reason, attempts=1)

    def waits(self, message: Message, reason: str = NO_CONNECTION, at: datetime = MONDAY) -> None:
        """Tried at `at`, and tried again ten minutes later."""
        self.tried(message, TryOutcome.LATER, reason, at)
        later = at + 10 * MINUTE
        self.stands(message, State.PENDING, failure=reason, attempts=1, next_try_at=later)

    def line(self, message: Message, at: datetime = MONDAY) -> Line:
        """The message as the ledger of its booking has it."""
        self.session.rollback()
        assert message.booking_id is not None
        lines = ledger.of_booking(self.session, message.booking_id, at)
        return next(one for one in lines if one.message.id == message.id)
