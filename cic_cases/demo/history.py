"""Invented people with cards, visits of the last months, and bookings around today."""

import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cic_cases.bookings import availability
from cic_cases.bookings import service as bookings
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import PersonBusy, SlotTaken, TooMany, Wish
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import Status
from cic_cases.cases import service as cases
from cic_cases.cases.attributes import AgeBand, ContactMode, Gender
from cic_cases.cases.models import Case, Contact
from cic_cases.cases.rules import CaseAttributes, ContactWish
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked, Secrecy, Service
from cic_cases.demo import cast, scenes
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import instant
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message
from cic_cases.privacy.actor import Actor
from cic_cases.visits import outcomes
from cic_cases.visits import service as visits
from cic_cases.visits.channels import Channel
from cic_cases.visits.rules import VisitWish

PEOPLE = 30
HISTORY_DAYS = 90
AHEAD_DAYS = 28
BUSY_TODAY, BUSY_LATER = 0.5, 0.18
QUICK_A_DAY = 6
TRIES = 4  # people who are asked before a time stays free
GENDERS = (Gender.WOMAN,) * 6 + (Gender.MAN,) * 3 + (Gender.OTHER, Gender.UNSTATED)
AGES = (AgeBand.FROM_18_TO_60,) * 7 + (AgeBand.OVER_60, AgeBand.UNDER_18)
CHANNELS = (Channel.DESK,) * 6 + (Channel.PHONE, Channel.PHONE, Channel.ONLINE, Channel.OUTREACH)
OUTCOMES = (Status.DONE,) * 7 + (Status.NO_SHOW,)
EARLY = timedelta(minutes=20)
REFUSED = "number not in use"
FIRST_DEMO_NUMBER = 500_000_100  # with +48: in no use; messages of a demonstration go to files


def fill(
    session: Session,
    centre: Centre,
    team: Mapping[str, Actor],
    chance: random.Random,
    *,
    today: date,
    at: datetime,
) -> None:
    """People, their past visits, quick contacts, bookings (today half full), and some scenes."""
    reception = team["reception"]
    people = [
        _person(session, centre, reception, number, chance, today) for number in range(PEOPLE)
    ]
    _past_visits(session, centre, people, reception, chance, today)
    _quick_contacts(session, centre, reception, chance, today, at)
    _bookings(session, centre, people, reception, chance, today)
    _unreached(session, centre, today)
    made_at = _moment(centre, today - timedelta(days=1), 10)
    scenes.interpreted(session, centre, people, reception, today=today, made_at=made_at, at=at)
    scenes.line(session, centre, people, reception, today=today, at=at)
    scenes.outside(session, centre, people, team, at)
    scenes.cancelled_duty(session, centre, team, today=today, at=at)
    scenes.days_off(session, centre, team, today=today, at=at)
    scenes.referred(session, centre, people, team, at=at)
    _outcomes(session, centre, reception, chance, today, at)


def _moment(centre: Centre, day: date, hour: int, minute: int = 0) -> datetime:
    return instant(day, time(hour, minute), zone(centre.timezone))


def _person(
    session: Session,
    centre: Centre,
    by: Actor,
    number: int,
    chance: random.Random,
    today: date,
) -> Case:
    """One invented person; contacts in all three modes, at addresses nobody has."""
    citizenship = chance.choice(cast.CITIZENSHIPS)
    attributes = CaseAttributes(
        citizenship=citizenship,
        gender=chance.choice(GENDERS),
        age_band=chance.choice(AGES),
        contact_language=chance.choice(cast.LANGUAGES_OF[citizenship]),
    )
    day = _workday(today - timedelta(days=chance.randrange(7, HISTORY_DAYS)))
    at = _moment(centre, day, 9, number)
    opened = cases.open_case(session, attributes, centre_id=centre.id, at=at, by=by)
    mode = (ContactMode.FULL, ContactMode.DISCREET, ContactMode.NONE, ContactMode.FULL, None)[
        number % 5
    ]
    if mode is not None:
        _contact(session, centre, opened.case.id, number, mode, at=at, by=by)
    return opened.case


def _contact(
    session: Session,
    centre: Centre,
    case_id: int,
    number: int,
    mode: ContactMode,
    *,
    at: datetime,
    by: Actor,
) -> None:
    reached = mode is not ContactMode.NONE
    wish = ContactWish(
        mode=mode,
        phone=f"+48{FIRST_DEMO_NUMBER + centre.id * PEOPLE + number}" if reached else "",
        email=f"person{number}.{centre.slug}@example.org" if reached and number % 2 else "",
    )
    cases.set_contact(session, case_id, wish, centre_id=centre.id, at=at, by=by)


def _past_visits(
    session: Session,
    centre: Centre,
    people: list[Case],
    by: Actor,
    chance: random.Random,
    today: date,
) -> None:
    services = centres.services_of(session, centre.region_id)
    usual = [s for s in services if s.secrecy is not Secrecy.AUTHOR]
    for case in people:
        moments = [case.opened_at]
        for _ in range(chance.randrange(6)):
            day = _workday(today - timedelta(days=chance.randrange(1, HISTORY_DAYS)))
            moments.append(_moment(centre, day, chance.randrange(8, 15), chance.randrange(60)))
        for at in (moment for moment in moments if moment >= case.opened_at):
            chosen = chance.sample(usual, chance.choice((1, 1, 2)))
            wish = VisitWish(
                centre_id=centre.id,
                channel=chance.choice(CHANNELS),
                service_ids=frozenset(service.id for service in chosen),
                case_id=case.id,
                language=case.contact_language,
                minutes=chance.choice((10, 15, 20, 30, None)),
                occurred_at=at,
            )
            visits.record(session, wish, at=at, by=by)


def _workday(day: date) -> date:
    while day.weekday() not in cast.WORKDAYS:
        day -= timedelta(days=1)
    return day


def _quick_contacts(
    session: Session,
    centre: Centre,
    by: Actor,
    chance: random.Random,
    today: date,
    at: datetime,
) -> None:
    for offset in range(HISTORY_DAYS):
        day = today - timedelta(days=offset)
        if day.weekday() not in cast.WORKDAYS:
            continue
        for _ in range(chance.randrange(1, QUICK_A_DAY)):
            moment = _moment(centre, day, chance.randrange(8, 15), chance.randrange(60))
            if not offset:  # today's were asked this morning, as far as it has come
                moment = at - timedelta(minutes=chance.randrange(5, 180))
            if _moment(centre, day, 7) < moment < at:
                channel = chance.choice(CHANNELS)
                visits.quick_contact(session, centre.id, channel, at=moment, by=by)


def _bookings(
    session: Session,
    centre: Centre,
    people: list[Case],
    by: Actor,
    chance: random.Random,
    today: date,
) -> None:
    """Book a share of each day's times, made the day before; today half, later less.

    Mostly for those whom the specialist understands; the board flags the others.
    """
    made_at = _moment(centre, today - timedelta(days=1), 10)
    services = centres.services_of(session, centre.region_id, HowBooked.SLOT)
    search = Search(
        service_ids=frozenset(service.id for service in services),
        centre_ids=frozenset({centre.id}),
        first_day=today,
        last_day=today + timedelta(days=AHEAD_DAYS),
    )
    known = availability.roster(session, search, made_at)
    for offset in range(AHEAD_DAYS):
        every = known.slots(today + timedelta(days=offset), made_at)
        chance.shuffle(every)  # of several kinds of help at one time, any one
        slots = list({(slot.staff_id, slot.time.start): slot for slot in every}.values())
        share = BUSY_LATER if offset else BUSY_TODAY
        for slot in chance.sample(slots, int(len(slots) * share)):
            tried = chance.sample(people, TRIES)
            for case in sorted(tried, key=lambda one: one.contact_language not in slot.languages):
                if _book(session, centre, slot, case, by, made_at):
                    break


def _book(
    session: Session, centre: Centre, slot: Slot, case: Case, by: Actor, at: datetime
) -> bool:
    """Whether the slot is the person's now."""
    wish = Wish(slot.code, case.id, case.contact_language, False, centre.id)
    try:
        with session.begin_nested():
            bookings.take(session, slot, wish, at=at, by=by)
    except (SlotTaken, PersonBusy, TooMany):
        return False  # other help is given then, or this person is elsewhere or has enough
    return True


def _unreached(session: Session, centre: Centre, today: date) -> None:
    """Somebody with ordinary and somebody with discreet messages whom none reached: to be called.

    Their numbers are in no use, so that a real gateway would refuse them too.
    """
    tomorrow = _moment(centre, today + timedelta(days=1), 0)
    for mode in (ContactMode.FULL, ContactMode.DISCREET):
        first = session.scalar(
            select(Booking.id)
            .join(Contact, Contact.case_id == Booking.case_id)
            .where(
                Booking.centre_id == centre.id,
                Booking.starts_at >= tomorrow,
                Contact.mode == mode,
                Contact.phone_sealed.is_not(None),
            )
            .order_by(Booking.starts_at, Booking.id)
            .limit(1)
        )
        confirmation = update(Message).where(
            Message.booking_id == first, Message.kind == Kind.BOOKING_CONFIRMATION
        )
        session.execute(confirmation.values(state=State.FAILED, failure=REFUSED, attempts=1))


def _outcomes(
    session: Session,
    centre: Centre,
    by: Actor,
    chance: random.Random,
    today: date,
    at: datetime,
) -> None:
    """What happened to this morning's appointments, up to now; who is next has come already."""
    midnight = _moment(centre, today, 0)
    wanted = select(Booking).where(
        Booking.centre_id == centre.id,
        Booking.starts_at >= midnight,
        Booking.starts_at <= at + EARLY,
        Booking.status == Status.BOOKED,
    )
    scope = by.scope("booking.status")
    for booking in session.scalars(wanted.order_by(Booking.starts_at)).all():
        to = Status.ARRIVED if booking.starts_at > at else Status.IN_PROGRESS
        if booking.ends_at <= at:
            to = chance.choice(OUTCOMES)
        seen_at = min(at, booking.starts_at - EARLY if to is Status.ARRIVED else booking.ends_at)
        bookings.set_status(session, booking.reference, to, scope=scope, at=seen_at, by=by)
        if to is Status.DONE and booking.id % 3:
            _outcome(session, centre, booking, seen_at)


def _outcome(session: Session, centre: Centre, booking: Booking, at: datetime) -> None:
    """What somebody's appointment came to; a third is still to be marked."""
    codes = list(session.get_one(Service, booking.service_id).outcomes)
    code = codes[booking.id % len(codes)] if codes else None
    place = zone(centre.timezone)
    outcomes.choose(session, booking.id, code, place=place, at=at, by=booking.staff_id)
