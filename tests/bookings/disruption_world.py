"""One officer's Monday, full of people, for tests of what a cancelled duty does to them."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select

from cic_cases.bookings import availability, disruptions, service, undoing
from cic_cases.bookings.rules import Wish
from cic_cases.calendar.models import Occupancy
from cic_cases.notifications import telling

ON = date(2030, 1, 14)
AT = datetime(2030, 1, 7, 6, tzinfo=UTC)
LANGUAGES = ("uk", "uk", "ru", "ka", "uk", "en", "uk", "uk")
PEOPLE = 16


class World:
    """One officer's Monday, full; `cancel`, `undo` and what is in the tables."""

    def __init__(self, make, session):
        self.make, self.session = make, session
        self.centre = make.centre()
        self.service = make.service()
        room = make.room(self.centre)
        self.officer = make.staff("lawyer", self.centre, languages=tuple(set(LANGUAGES)))
        self.duty = make.duty(
            self.officer, self.centre, room, [self.service], ends="13:20", minutes=20
        )
        self.by = make.actor(make.staff("coordinator", self.centre))
        self.scope = self.by.scope("roster.change")

    def full(self, people=PEOPLE):
        """Everybody booked on the date, in order; every fourth has no contact."""
        return [self.one(number) for number in range(people)]

    def one(self, number):
        case, _code = self.make.case(self.centre)
        if number % 4:
            self.make.contact(case, phone="+48600100200", email="a@example.org")
        slot = self.free(ON)[0]
        language = LANGUAGES[number % len(LANGUAGES)]
        wish = Wish(slot.code, case.id, language, False, self.centre.id)
        booking = service.take(self.session, slot, wish, at=AT, by=self.by)
        self.session.commit()
        return booking

    def free(self, *days, at=AT):
        """Free times of the officer: of these days, else of the next weeks."""
        first, last = (days[0], days[-1]) if days else (at.date(), at.date() + timedelta(weeks=5))
        search = availability.Search(
            frozenset({self.service.id}), frozenset({self.centre.id}), first, last
        )
        return availability.free_slots(self.session, search, at)

    def cancel(self, at=AT, **more):
        return disruptions.cancel_duty(
            self.session,
            self.duty.id,
            ON,
            "illness",
            telling=telling.told,
            scope=self.scope,
            at=at,
            by=self.by,
            **more,
        )

    def preview(self):
        return disruptions.preview(
            self.session,
            disruptions.cancelled(self.duty.id, ON),
            telling=telling.told,
            scope=self.scope,
            at=AT,
            by=self.by,
        )

    def undo(self, done, at):
        return undoing.undo(
            self.session, done.disruption_id, scope=self.scope, at=at, by=self.by.id
        )

    def number(self, kind, *where):
        return self.session.scalar(select(func.count()).select_from(kind).where(*where))

    def taken(self):
        """Who occupies what, when; without the rows' own numbers."""
        rows = self.session.execute(
            select(
                Occupancy.resource_id,
                Occupancy.booking_id,
                Occupancy.starts_at,
                Occupancy.ends_at,
                Occupancy.expires_at,
            )
        )
        return sorted(map(str, rows))
