"""Every way onto the call list and off it, as a table of named cases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from cic_cases.bookings.models import Booking, Displaced, Outcome
from cic_cases.bookings.models import Told as ToldBy
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.cases.models import Contact
from cic_cases.notifications import call_list, jobs
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.channels import PermanentFailure, UnknownOutcome
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.models import CallOutcome, Message
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEDNESDAY = datetime(2030, 1, 9, 9, tzinfo=WARSAW)
FRIDAY = WEDNESDAY + 2 * DAY
DEADLINE = datetime(2030, 1, 8, 18, tzinfo=WARSAW)
SOON = DEADLINE.replace(hour=12)
AT = MONDAY + HOUR
NIGHT = datetime(2030, 1, 7, 22, tzinfo=WARSAW)
BOTH = {"email": "person@example.org", "phone": "+48600100200"}
PHONE = {"email": None, "phone": "+48600100200"}


class Line(Told):
    """People who are told, and the list as the reception of Poznań sees it."""

    def __init__(self, make) -> None:
        super().__init__(make)
        self.by = make.actor(make.staff("reception", self.centre))
        self.scope = self.by.scope("call_list.see")

    def calls(self, at: datetime = AT) -> list[call_list.ToCall]:
        self.session.rollback()
        found = call_list.waiting_to_be_called(self.session, self.scope, at)
        assert call_list.number_to_call(self.session, self.scope, at) == len(found)
        return found

    def why(self, at: datetime = AT) -> list[str]:
        return [f"{one.due.why} {one.due.kind}" for one in self.calls(at)]

    def fails(self, at: datetime = MONDAY) -> None:
        """Everything that is due is refused for good."""
        self._all_fail(at, PermanentFailure("refused by the mail server: 550"))

    def is_unknown(self, at: datetime = MONDAY) -> None:
        """The line breaks when everything that is due has been handed over."""
        self._all_fail(at, UnknownOutcome("the mail server broke off after the whole message"))

    def _all_fail(self, at: datetime, failure: Exception) -> None:
        pile = Pile()
        pile.fails = failure
        jobs.send_due(at, pile)

    def booked(self, contact: dict[str, str | None] = BOTH) -> Booking:
        return self.books(self.person(**contact), WEDNESDAY, at=MONDAY)

    def lost(
        self,
        contact: dict[str, str | None] = BOTH,
        by: ToldBy = ToldBy.MESSAGE,
        held: bool = True,
        until: datetime = DEADLINE,
    ) -> Booking:
        """The appointment of Wednesday is lost at 7:00, Friday is held until `until`."""
        case_id = self.person(**contact)
        booking = self.books(case_id, WEDNESDAY, at=MONDAY - DAY)
        jobs.send_due(MONDAY - DAY, Pile())
        proposal = self.offers(
            case_id, FRIDAY, until=until, at=MONDAY, held_for=HeldFor.PROPOSAL, tell=False
        )
        self.displaces(
            booking, proposal if held else None, at=MONDAY, due_at=MONDAY + MINUTE, by=by
        )
        return booking

    def call(self, one: Booking, outcome: str, at: datetime = AT) -> None:
        call_list.note_call(
            self.session,
            What.APPOINTMENT,
            one.reference,
            CallOutcome(outcome),
            version=one.version,
            scope=self.scope,
            at=at,
            by=self.by,
        )
        self.session.commit()

    def contact(self, **values: object) -> None:
        self.session.execute(update(Contact).values(values))
        self.session.commit()

    def states(self, *states: State, kind: Kind = Kind.BOOKING_CONFIRMATION) -> None:
        """The messages of this kind stand so, first e-mail, then SMS."""
        for channel, state in zip(Means, states, strict=True):
            row = Message.kind == kind, Message.channel == channel
            self.session.execute(update(Message).where(*row).values(state=state))
        self.session.commit()


def failed(line: Line) -> None:
    line.booked()
    line.fails()


def one_way_failed(other: State) -> Callable[[Line], None]:
    def happen(line: Line) -> None:
        line.booked()
        line.states(State.FAILED, other)

    happen.__name__ = f"one way failed, the other {other}"
    return happen


def rescheduled(line: Line) -> None:
    line.moves(line.booked(), FRIDAY, at=MONDAY)
    line.fails()


def cancelled(who: str) -> Callable[[Line], None]:
    def happen(line: Line) -> None:
        line.cancels(line.booked(), at=MONDAY, who=who)
        line.fails()

    happen.__name__ = f"cancelled by the {who}"
    return happen


def moved_and_told(line: Line) -> None:
    booking = line.booked()
    line.fails()
    line.moves(booking, FRIDAY, at=MONDAY)
    jobs.send_due(MONDAY, Pile())


def offered(line: Line) -> None:
    line.offers(line.person(**BOTH), WEDNESDAY, until=DEADLINE, at=AT)
    line.fails(AT)


def offered_and_told(line: Line) -> None:
    line.offers(line.person(**BOTH), WEDNESDAY, until=DEADLINE, at=AT)
    jobs.send_due(AT, Pile())


def offered_at_night(line: Line) -> None:
    line.offers(line.person(**BOTH), WEDNESDAY, until=DEADLINE, at=NIGHT)


def offered_to_a_phone_without_gateway(line: Line) -> None:
    line.offers(line.person(**PHONE), WEDNESDAY, until=DEADLINE, at=AT, tell=False)


def lost(**how: object) -> Callable[[Line], None]:
    def happen(line: Line) -> None:
        line.lost(**how)
        jobs.send_due(MONDAY + MINUTE, Pile())

    return happen


def lost_and_failed(line: Line) -> None:
    line.lost()
    line.fails(MONDAY + MINUTE)


def told_at_reception(line: Line) -> None:
    """A number was given later: whoever wrote it down sees on the page what was lost."""
    line.lost({"email": None, "phone": None}, ToldBy.RECEPTION)
    line.contact(phone_sealed=b"number")


def settled(outcome: Outcome) -> Callable[[Line], None]:
    def happen(line: Line) -> None:
        line.lost(by=ToldBy.CALL)
        line.session.execute(update(Displaced).values(outcome=outcome))
        line.session.commit()
        jobs.send_due(MONDAY + MINUTE, Pile())

    return happen


def lost_its_hold(line: Line) -> None:
    line.lost()
    jobs.send_due(MONDAY + MINUTE, Pile())
    held = line.session.scalars(select(Booking).where(Booking.status == Status.HELD)).one()
    line.ends(held, at=AT)


def may_have_arrived(first: Callable[[Line], object], at: datetime = MONDAY):
    """What `first` tells is handed over, and nobody can say whether it was taken."""

    def happen(line: Line) -> None:
        first(line)
        line.is_unknown(at)

    return happen


CALL = {"by": ToldBy.CALL, "contact": PHONE}
LOST = "lost cancelled_with_proposal"
UNANSWERED = "unanswered cancelled_with_proposal"
WAYS: dict[str, tuple[Callable[[Line], None], datetime, list[str]]] = {
    "every way failed": (failed, AT, ["unsent booking_confirmation"]),
    "failed, the visit has begun": (failed, WEDNESDAY, []),
    "the new time failed": (rescheduled, AT, ["unsent rescheduled"]),
    "the new time arrived, the old had failed": (moved_and_told, AT, []),
    "one way still waits": (one_way_failed(State.PENDING), AT, []),
    "one way arrived": (one_way_failed(State.SENT), AT, []),
    "one way was withdrawn": (
        one_way_failed(State.SUPERSEDED),
        AT,
        ["unsent booking_confirmation"],
    ),
    "cancelled by us, nobody told": (cancelled("centre"), AT, ["unsent cancelled_by_centre"]),
    "who cancelled knows": (cancelled("person"), AT, []),
    "an offer failed": (offered, AT, ["offered waiting_list_offer"]),
    "an offer without a gateway": (
        offered_to_a_phone_without_gateway,
        AT,
        ["offered waiting_list_offer"],
    ),
    "an offer that arrived": (offered_and_told, AT, []),
    "an offer that waits for the morning": (offered_at_night, NIGHT, []),
    "an offer that has ended": (offered, DEADLINE, []),
    "lost, to be called": (lost(**CALL), AT, [LOST]),
    "lost, nothing held": (lost(**CALL, held=False), AT, ["lost cancelled_by_centre"]),
    "lost, it can still be undone": (lost(**CALL), MONDAY, []),
    "lost, told at reception": (told_at_reception, AT, []),
    "lost, the message failed": (lost_and_failed, AT, [LOST]),
    "lost, told by message": (lost(), AT, []),
    "told, no answer before the last half day": (lost(), SOON - MINUTE, []),
    "told, no answer in the last half day": (lost(), SOON, [UNANSWERED]),
    "told, no answer, the time is gone": (lost(), DEADLINE, ["unanswered cancelled_by_centre"]),
    "told, no answer, let go early": (lost_its_hold, AT, ["unanswered cancelled_by_centre"]),
    "told, no answer, the held time has come": (lost(), FRIDAY, []),
    "told, no time held: nothing to answer": (lost(held=False), SOON, []),
    "lost, called too late for the first time": (lost(**CALL), WEDNESDAY, [
        "lost cancelled_by_centre"
    ]),
    "lost, the held time has come": (lost(**CALL), FRIDAY, []),
    "may have arrived: the new time": (
        may_have_arrived(lambda line: line.moves(line.booked(), FRIDAY, at=MONDAY)),
        AT,
        ["unsent rescheduled"],
    ),
    "may have arrived: cancelled by us": (
        may_have_arrived(lambda line: line.cancels(line.booked(), at=MONDAY, who="centre")),
        AT,
        ["unsent cancelled_by_centre"],
    ),
    "may have arrived: a time is lost": (
        may_have_arrived(Line.lost, MONDAY + MINUTE), AT, [LOST]
    ),
    "may have arrived: an offer": (
        may_have_arrived(
            lambda line: line.offers(line.person(**BOTH), WEDNESDAY, until=DEADLINE, at=AT), AT
        ),
        AT,
        ["offered waiting_list_offer"],
    ),
    "may have arrived: what was said at the desk": (may_have_arrived(Line.booked), AT, []),
    **{f"lost, {one}": (settled(one), AT, []) for one in Outcome},
}  # fmt: skip
