"""What else a demonstration shows: a line, ways to offices, an interpreter, a cancelled duty.

Everything is made by the services that make the real ones, and comes out alike each time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, disruptions, waiting_list, waiting_queries
from cic_cases.bookings import service as bookings
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import PersonBusy, SlotTaken, TooMany, Wish
from cic_cases.bookings.statuses import Status
from cic_cases.bookings.waiting_rules import Limits, Wanted
from cic_cases.calendar import absences
from cic_cases.calendar.models import Duty
from cic_cases.cases.models import Case
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked
from cic_cases.demo import cast
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import day_bounds, instant
from cic_cases.notifications import telling
from cic_cases.privacy.actor import Actor
from cic_cases.referrals import service as referrals
from cic_cases.referrals.states import Why
from cic_cases.visits import external, external_rules
from cic_cases.visits.external_rules import Details, ExternalWish

IN_LINE = 3
WAITED_FOR = "psychological_support"
OFFICE = "wuw"  # how the keys of the province office's counters begin
WAY, LENGTH, AT = 30, 45, time(13, 30)  # minutes, minutes, local: after an adviser's duty
LEAVE_AHEAD = timedelta(weeks=4)
CANCELLED_AHEAD = range(3, 10)  # days: near enough to be seen, far enough to be answered


def line(
    session: Session,
    centre: Centre,
    people: Sequence[Case],
    by: Actor,
    *,
    today: date,
    at: datetime,
) -> None:
    """A few people wait for the same help, each in a language of their own."""
    service = centres.service_by_key(session, WAITED_FOR, region_id=centre.region_id)
    waiting = (one for one in people if not waiting_queries.standing(session, one.id, service.id))
    for number, case in zip(range(IN_LINE), waiting, strict=False):
        wanted = Wanted(
            case_id=case.id,
            service_id=service.id,
            centre_ids=frozenset({centre.id}),
            language=case.contact_language,
            interpreter=True,
            limits=Limits(first_day=today, until_time=time(12)),
        )
        asked_at = at - timedelta(minutes=IN_LINE - number)
        waiting_list.join(session, wanted, centre_id=centre.id, at=asked_at, by=by)


def outside(
    session: Session,
    centre: Centre,
    people: Sequence[Case],
    team: Mapping[str, Actor],
    at: datetime,
) -> None:
    """Two people give fingerprints at an office: with one an adviser goes, one is still alone."""
    offices = centres.places_of(session, centre.region_id)
    office = next((one for one in offices if one.key.startswith(OFFICE)), None)
    if office is None:
        return
    days = _workdays(at.astimezone(zone(centre.timezone)).date() + timedelta(days=2))
    left = reversed(people)  # each goes there once
    for assistant, day in zip((team["adviser"].id, None), days, strict=False):
        for case in left:
            details = Details(
                place_id=office.id,
                starts_at=instant(day, AT, zone(centre.timezone)),
                minutes=LENGTH,
                travel_minutes=WAY,
                company=True,
                assistant_id=assistant,
                language=case.contact_language,
            )
            wish = ExternalWish(case_id=case.id, centre_id=centre.id, details=details)
            if _noted(session, wish, at, team["reception"]):
                break


def _noted(session: Session, wish: ExternalWish, at: datetime, by: Actor) -> bool:
    try:
        with session.begin_nested():
            external.note(session, wish, at=at, by=by)
    except external_rules.PersonBusy:
        return False  # somebody else goes there then
    return True


def interpreted(
    session: Session,
    centre: Centre,
    people: Sequence[Case],
    by: Actor,
    *,
    today: date,
    made_at: datetime,
    at: datetime,
) -> None:
    """Somebody comes today whom an interpreter helps; later than now, when there is still time."""
    services = centres.services_of(session, centre.region_id, HowBooked.SLOT)
    for case in sorted(people, key=lambda one: one.contact_language in ("uk", "ru", "en", "pl")):
        search = Search(
            service_ids=frozenset(one.id for one in services),
            centre_ids=frozenset({centre.id}),
            first_day=today,
            last_day=today,
            language=case.contact_language,
            interpreter=True,
        )
        known = availability.free_slots(session, search, made_at)
        found = [slot for slot in known if slot.interpreter_id is not None]
        found.sort(key=lambda slot: (slot.time.start <= at, slot.time.start, slot.staff_id))
        for slot in found[:IN_LINE]:
            wish = Wish(slot.code, case.id, case.contact_language, True, centre.id)
            try:
                with session.begin_nested():
                    bookings.take(session, slot, wish, at=made_at, by=by)
            except (SlotTaken, PersonBusy, TooMany):
                continue
            return


def cancelled_duty(
    session: Session, centre: Centre, team: Mapping[str, Actor], *, today: date, at: datetime
) -> None:
    """An officer is ill on a day to come: other times are held for the people until they answer."""
    officer, by = team["partner"], team["coordinator"]
    days = [today + timedelta(days=ahead) for ahead in CANCELLED_AHEAD]
    fullest = max(days, key=lambda day: _promised(session, centre, officer.id, day))
    duty_id = session.scalar(
        select(Duty.id).where(Duty.staff_id == officer.id, Duty.weekday == fullest.weekday())
    )
    if duty_id is None or not _promised(session, centre, officer.id, fullest):
        return
    scope = by.scope("roster.change")
    told = telling.told
    disruptions.cancel_duty(
        session, duty_id, fullest, "illness", telling=told, scope=scope, at=at, by=by
    )


def days_off(
    session: Session, centre: Centre, team: Mapping[str, Actor], *, today: date, at: datetime
) -> None:
    """The lawyer asks for two days some weeks ahead; the coordinator has not decided."""
    first = next(day for day in _workdays(today + LEAVE_AHEAD))
    days = (first, first + timedelta(days=1))
    by = team["lawyer"].id
    absences.ask(session, days, "leave", centre_id=centre.id, today=today, at=at, by=by)


def referred(
    session: Session,
    centre: Centre,
    people: Sequence[Case],
    team: Mapping[str, Actor],
    *,
    at: datetime,
) -> None:
    """Reception has referred two people to psychological help; one was accepted."""
    service = centres.service_by_key(session, WAITED_FOR, region_id=centre.region_id)
    wishes = [
        referrals.Wish(case.id, service.id, centre.id, why)
        for case, why in zip(people, (Why.ASKED, Why.BESIDE), strict=False)
    ]
    first, _waits = (
        referrals.send(session, wish, centre_id=centre.id, at=at, by=team["reception"])
        for wish in wishes
    )
    referrals.accept(session, first.id, at=at, by=team["psychologist"])


def _promised(session: Session, centre: Centre, staff_id: int, day: date) -> int:
    bounds = day_bounds(day, zone(centre.timezone))
    wanted = select(func.count()).where(
        Booking.staff_id == staff_id,
        Booking.status == Status.BOOKED,
        Booking.starts_at >= bounds.start,
        Booking.starts_at < bounds.end,
    )
    return session.execute(wanted).scalar_one()


def _workdays(day: date) -> Iterator[date]:
    while True:
        if day.weekday() in cast.WORKDAYS:
            yield day
        day += timedelta(days=1)
