"""What happens to one person's appointments, in any order, and what must be so after each step.

The handlers and the delivery are the real ones; a worker is always awake, but for outages. The
plain rules that are checked are written here once more, in other words than the house's own.
"""

from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cic_cases.bookings import service, steps
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Happening, HeldFor, Status
from cic_cases.cases.attributes import ContactMode
from cic_cases.notifications import jobs
from cic_cases.notifications.channels import TemporaryFailure
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told
from tests.notifications.test_planning import change

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COMING = {Status.BOOKED, Status.ARRIVED, Status.IN_PROGRESS}
TELL_OF_THE_END = {
    Kind.CANCELLED_BY_CENTRE,
    Kind.CANCELLED_ON_REQUEST,
    Kind.CANCELLED_WITH_PROPOSAL,
}
MAY_BE_SAID = {
    Status.BOOKED: {
        Kind.BOOKING_CONFIRMATION,
        Kind.RESCHEDULED,
        Kind.REMINDER_DAY_BEFORE,
        Kind.REMINDER_ON_DATE,
    },
    Status.NO_SHOW: {Kind.MISSED_VISIT},
    Status.HELD: {Kind.WAITING_LIST_OFFER},
    Status.NEEDS_REBOOKING: {Kind.CANCELLED_BY_CENTRE, Kind.CANCELLED_WITH_PROPOSAL},
    Status.CANCELLED: {Kind.CANCELLED_BY_CENTRE, Kind.CANCELLED_ON_REQUEST},
}
BY_DAY = {Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_ON_DATE, Kind.MISSED_VISIT}
REMINDING = {Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_ON_DATE}
ADDRESSES = {"email": "person@example.org", "phone": "+48600100200"}


def wall(moment: datetime) -> datetime:
    return moment.astimezone(WARSAW)


def wakes(moment: datetime) -> bool:
    """Whether somebody in Poznań would be woken."""
    return not time(8) <= wall(moment).time() < time(20)


class Life:
    """One person, their appointments, the desk that changes them, and the post that comes."""

    def __init__(self, told: Told, reminder_days: str, at: datetime = MONDAY) -> None:
        self.told, self.session, self.at = told, told.session, at
        told.centre.reminder_days = reminder_days
        self.session.commit()
        self.by = told.make.actor(told.make.staff("reception", told.centre))
        self.case_id = told.person(**ADDRESSES)
        self.ways = {"email": "full", "sms": "full"}
        self.pile = Pile()
        self.bookings: list[Booking] = []
        self.offers: list[Booking] = []
        self.proposals: dict[int, Booking | None] = {}
        self.caused = {at}

    def rows(self) -> list[Message]:
        mine = {one.id for one in [*self.bookings, *self.offers]}
        return [row for row in self.told.messages() if row.booking_id in mine]

    # what may happen

    def book(self, ahead: timedelta) -> None:
        booking = self.told.books(self.case_id, self._at_minutes(ahead), at=self.at)
        steps.remember(self.session, booking, Happening.MADE, at=self.at, by=self.by.id)
        self.session.commit()
        self.bookings.append(booking)
        self._is_told(booking, {Kind.BOOKING_CONFIRMATION})

    def move(self, ahead: timedelta) -> None:
        for booking in self._those(Status.BOOKED):
            self.told.moves(booking, self._at_minutes(ahead), at=self.at)
            self._is_told(booking, {Kind.RESCHEDULED})

    def cancel(self, who: str) -> None:
        for booking in self._those(Status.BOOKED, Status.NEEDS_REBOOKING):
            self.told.cancels(booking, at=self.at, who=who)
            by_centre = who == "centre"
            kind = Kind.CANCELLED_BY_CENTRE if by_centre else Kind.CANCELLED_ON_REQUEST
            self._is_told(booking, {kind})

    def miss(self, _: None = None) -> None:
        for booking in self._those(Status.BOOKED, begun=True):
            self._status(booking, Status.NO_SHOW)

    def undo(self, _: None = None) -> None:
        for booking in self._those(Status.NO_SHOW, begun=True):
            scope = self.by.scope("booking.change")
            service.undo(self.session, booking.reference, scope=scope, at=self.at, by=self.by)
            self.session.commit()

    def reassign(self, _: None = None) -> None:
        for booking in self._those(Status.BOOKED):
            before = Counter((row.kind, row.channel, row.due_at, row.state) for row in self.rows())
            self.told.reassigns(booking, self.told.staff_id, at=self.at)
            after = Counter((row.kind, row.channel, row.due_at, row.state) for row in self.rows())
            assert before == after, "nothing changes for the person"

    def contact(self, wish: tuple[ContactMode, bool, bool]) -> None:
        mode, email, phone = wish
        silent = mode is ContactMode.NONE  # nothing is kept of whoever wants none
        named = {"email": email and not silent, "sms": phone and not silent}
        given = {"email": named["email"], "phone": named["sms"]}
        kept = {name: ADDRESSES[name] if yes else None for name, yes in given.items()}
        change(self.told, self.case_id, at=self.at, mode=mode, **kept)
        self.ways = {channel: mode.value for channel, reached in named.items() if reached}

    def offer(self, ahead: timedelta) -> None:
        starts_at = self._at_minutes(ahead)
        until = min(self.at + 4 * HOUR, starts_at)
        self.offers.append(self.told.offers(self.case_id, starts_at, until=until, at=self.at))

    def displace(self, ahead: timedelta | None) -> None:
        for booking in self._those(Status.BOOKED):
            proposal = None
            if ahead is not None:
                starts_at = self._at_minutes(ahead) + DAY
                proposal = self.told.offers(
                    self.case_id,
                    starts_at,
                    until=self.at + DAY,
                    at=self.at,
                    held_for=HeldFor.PROPOSAL,
                    tell=False,
                )
                self.offers.append(proposal)
            self.told.displaces(booking, proposal, at=self.at, due_at=self.at + MINUTE)
            self.caused.add(self.at + MINUTE)
            self.proposals[booking.id] = proposal

    def restore(self, _: None = None) -> None:
        """Undone within the minute, before anybody was told."""
        for booking in self._those(Status.NEEDS_REBOOKING):
            if self.at + MINUTE not in self.caused:
                continue
            if proposal := self.proposals[booking.id]:
                self.told.ends(proposal, at=self.at, lapsed=False)
            self.told.restores(booking, at=self.at)

    def wait(self, how_long: timedelta) -> None:
        """The worker does what is due, when it is due; holds end when they are swept."""
        end = self.at + how_long
        while due := [row.next_try_at for row in self.rows() if row.state is State.PENDING]:
            if (moment := max(self.at, min(due))) > end:
                break
            self.at = moment
            self._post()
        self.at = end
        self.caused.add(end)
        self._sweep()

    def outage(self, how_long: timedelta) -> None:
        """No server answers; whoever was not reached is tried again afterwards."""
        self.pile.fails = TemporaryFailure("away")
        for part in range(3):
            self._post(self.at + how_long * part / 3)
        self.pile.fails = None
        self.at += how_long
        self.caused.add(self.at)
        self._sweep()

    # what must be so

    def is_sound(self) -> None:
        """Of everything that waits, nothing is double, too late, at night or about nothing."""
        rows = self.rows()
        told = Counter((row.booking_id, row.booking_version, row.kind, row.channel) for row in rows)
        assert [one for one, times in told.items() if times > 1] == []
        now = {one.id: one for one in [*self.bookings, *self.offers]}
        for row in rows:
            if row.state is not State.PENDING:
                continue
            booking = now[row.booking_id]
            assert row.booking_version == booking.version
            assert self.ways.get(row.channel) == row.mode
            assert row.due_at < row.expires_at
            self._due_by_day(row)
            if booking.status is Status.CANCELLED:
                assert row.kind in TELL_OF_THE_END
            if row.kind is Kind.MISSED_VISIT:
                assert booking.status is Status.NO_SHOW, "a wrong tap was undone"
            if row.kind is not Kind.MISSED_VISIT and row.kind not in TELL_OF_THE_END:
                assert row.expires_at <= booking.starts_at
        for booking in self._those(Status.BOOKED):
            self._is_reminded(booking, rows)

    def _due_by_day(self, row: Message) -> None:
        if row.kind in BY_DAY:
            assert not wakes(row.due_at), row.kind
        elif row.kind is Kind.WAITING_LIST_OFFER and wakes(row.due_at):
            morning = wall(row.due_at).replace(hour=8, minute=0, second=0, microsecond=0)
            morning += DAY if wall(row.due_at).hour >= 20 else timedelta()
            assert morning >= row.expires_at, "an offer that could have waited for the morning"
        elif row.kind is not Kind.WAITING_LIST_OFFER:
            assert row.due_at in self.caused, "nobody at the desk caused it then"

    def _is_reminded(self, booking: Booking, rows: list[Message]) -> None:
        """Before the eve's (or the last working day's) time there is one reminder by each way."""
        visit = wall(booking.starts_at).date()
        day = visit - DAY
        while day.weekday() == 6:
            day -= DAY
        due = datetime.combine(day, time(10), WARSAW)
        if self.at >= due:
            return
        kind = Kind.REMINDER_DAY_BEFORE if day == visit - DAY else Kind.REMINDER_ON_DATE
        waiting = Counter(
            row.channel
            for row in rows
            if (row.booking_id, row.kind, row.due_at) == (booking.id, kind, due)
            and row.state is State.PENDING
        )
        assert waiting == Counter(self.ways.keys())

    def _is_told(self, booking: Booking, kinds: set[Kind]) -> None:
        """Right after it was caused there is exactly one message of it by each way."""
        silent = {Kind.CANCELLED_ON_REQUEST, Kind.MISSED_VISIT}
        ways = [way for way, mode in self.ways.items() if mode == "full" or not kinds & silent]
        rows = [row for row in self.rows() if row.booking_id == booking.id]
        now = [row for row in rows if row.booking_version == booking.version]
        live = Counter(row.channel for row in now if row.kind in kinds)
        assert live == (Counter(ways) if self.at < booking.starts_at else Counter())
        assert {row.state for row in now} <= {State.PENDING}
        stale = [row for row in rows if row.booking_version < booking.version]
        assert State.PENDING not in {row.state for row in stale}

    # the post, and what it may bring

    def _post(self, at: datetime | None = None) -> None:
        self.at = at or self.at
        before = {row.id for row in self.rows() if row.state is State.SENT}
        jobs.send_due(self.at, self.pile)
        now = {one.id: one for one in [*self.bookings, *self.offers]}
        for row in self.rows():
            if row.state is State.SENT and row.id not in before:
                self._was_worth_it(row, now[row.booking_id])

    def _was_worth_it(self, row: Message, booking: Booking) -> None:
        assert row.due_at <= self.at < row.expires_at
        assert row.booking_version == booking.version
        status = Status.BOOKED if booking.status in COMING else booking.status
        assert row.kind in MAY_BE_SAID[status], (row.kind, status)
        assert self.ways[row.channel] == row.mode
        if row.kind in BY_DAY:
            assert not wakes(self.at)
        if row.kind is Kind.REMINDER_DAY_BEFORE:
            assert wall(self.at).date() == wall(booking.starts_at).date() - DAY
        if row.kind in REMINDING:
            assert self.at < booking.starts_at
        if row.kind is Kind.WAITING_LIST_OFFER:
            assert booking.expires_at is not None
            assert self.at < booking.expires_at

    def _sweep(self) -> None:
        for held in self.offers:
            over = held.expires_at is not None and held.expires_at <= self.at
            if held.status is Status.HELD and over:
                self.told.ends(held, at=self.at)

    def _status(self, booking: Booking, to: Status) -> None:
        scope = self.by.scope("booking.change")
        service.set_status(self.session, booking.reference, to, scope=scope, at=self.at, by=self.by)
        self.session.commit()

    def _those(self, *statuses: Status, begun: bool = False) -> list[Booking]:
        """The appointments that stand so, still ahead or (`begun`) not."""
        found = [one for one in self.bookings if one.status in statuses]
        return [one for one in found if (one.starts_at <= self.at) is begun]

    def _at_minutes(self, ahead: timedelta) -> datetime:
        """Appointments start at whole minutes."""
        return (self.at + ahead).replace(second=0, microsecond=0) + MINUTE
