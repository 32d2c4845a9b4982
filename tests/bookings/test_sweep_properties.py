"""What holds for every roster: thousands of random ones, against plain overlap of intervals."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cic_cases.bookings.busy import Busy
from cic_cases.bookings.offers import Given, InterpreterDuty, Member, Offer, Place, Search
from cic_cases.bookings.reasons import Why
from cic_cases.bookings.roster import Roster, one_per_start
from cic_cases.bookings.rota import Rota
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.why import Question, why
from cic_cases.calendar.rules import Change, ClosedDays, DutyRule
from cic_cases.centres.queries import Hours
from cic_cases.foundation.clock import zone
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds
from tests.bookings.conftest import Practice

WARSAW = zone("Europe/Warsaw")
DAYS = (date(2030, 1, 7), date(2030, 3, 31), date(2030, 10, 27), date(2030, 5, 1))
CENTRE, REGION, PERSON = 1, 1, 900
FIVE = timedelta(minutes=5)
LANGUAGES = ("uk", "ka", "ru")
NIGHT = 7 * 12  # all happens in the first hours of a day, where the clocks change


def place(number: int = CENTRE) -> Place:
    return Place(number, f"c{number}", "Poznań", "Europe/Warsaw", REGION, "PL")


@st.composite
def hours(draw: st.DrawFn) -> tuple[time, time]:
    first, length = draw(st.integers(0, 24)), draw(st.integers(2, 36))
    last = first + length
    return time(first // 12, first % 12 * 5), time(last // 12, last % 12 * 5)


@st.composite
def rules(draw: st.DrawFn, day: date, staff: int, centre: int = CENTRE) -> DutyRule:
    change = draw(
        st.none()
        | st.none()
        | st.builds(Change, st.booleans(), st.none() | hours(), st.sampled_from([None, 1, 2, 3]))
    )
    return DutyRule(
        id=draw(st.integers(1, 999)),
        staff_id=staff,
        centre_id=centre,
        room_id=draw(st.sampled_from([None, 1, 2, 3])),
        institution_id=draw(st.sampled_from([None, 7])),
        weekday=day.weekday(),
        hours=draw(hours()),
        valid_from=day - timedelta(weeks=draw(st.sampled_from([0, 0, 2, 3]))),
        valid_until=None,
        grid_minutes=draw(st.sampled_from([5, 15, 20, 40, 60])),
        zone=WARSAW,
        changes={day: change} if change else {},
        every_weeks=draw(st.sampled_from([1, 1, 1, 2])),
    )


def busy_of(rows: Iterable[tuple[int, datetime, datetime]]) -> Busy:
    taken = defaultdict(list)
    for resource, start, end in rows:
        taken[resource].append((start, end))
    return Busy(taken.items())


def member(number: int, languages: tuple[str, ...]) -> Member:
    return Member(number, f"KEY{number}", f"M.{number}", 100 + number, None, languages)


some_languages = st.lists(st.sampled_from(LANGUAGES), unique=True).map(tuple)


@st.composite
def offers(draw: st.DrawFn, day: date, specialists: int) -> Offer:
    staff = draw(st.integers(1, 3))
    given = Given(
        id=1,
        key="help",
        length=draw(st.sampled_from([None, 20, 45])),
        before=timedelta(minutes=draw(st.sampled_from([0, 0, 10]))),
        after=timedelta(minutes=draw(st.sampled_from([0, 0, 15]))),
        per_person=None,
        notice=timedelta(minutes=draw(st.sampled_from([0, 90]))),
        horizon_days=draw(st.sampled_from([0, 90])),
        specialists=specialists,
    )
    given = replace(given, length=given.length and timedelta(minutes=given.length))
    languages = draw(some_languages)
    rule = draw(rules(day, staff))
    return Offer(rule, member(staff, languages), place(), given, languages)


@st.composite
def rosters(draw: st.DrawFn) -> tuple[Roster, date, datetime, list[tuple[int, Interval]]]:
    """A roster of a few specialists and interpreters, a moment, and what is taken."""
    day = draw(st.sampled_from(DAYS))
    bounds = day_bounds(day, WARSAW)
    offered = draw(st.lists(offers(day, draw(st.sampled_from([1, 1, 2]))), min_size=1, max_size=4))
    speakers = tuple(
        InterpreterDuty(
            draw(rules(day, number, centre)),
            member(number, ("ka",)),
            place(centre),
            ("ka",),
            draw(st.booleans()),
        )
        for number in (2, 3)
        for centre in (draw(st.sampled_from([CENTRE, 2])),)
    )
    resources = [*range(101, 106), 201, 202, PERSON]
    taken = [
        (resource, Interval(bounds.start + n * FIVE, bounds.start + (n + length) * FIVE))
        for resource, n, length in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(resources), st.integers(0, NIGHT), st.sampled_from([1, 3, 9])
                ),
                max_size=20,
            )
        )
    ]
    search = Search(
        service_ids=frozenset({1}),
        centre_ids=frozenset({CENTRE}),
        first_day=day,
        last_day=day,
        language=draw(st.sampled_from([None, "ka"])),
        interpreter=draw(st.booleans()),
        specialist_key=draw(st.sampled_from([None, None, "KEY1"])),
        person=draw(st.sampled_from([None, PERSON])),
        public=draw(st.booleans()),
    )
    closures = draw(st.sampled_from([[], [], [], *([one] for one in closed_days(day))]))
    opening = draw(
        st.sampled_from([(time(0), time(23, 55)), (time(0), time(5)), (time(1), time(4, 30))])
    )
    centres = {(number, day.weekday()): opening for number in (CENTRE, 2)}
    known = Roster(
        search=search,
        rota=Rota(
            offers=tuple(replace(o, rule=replace(o.rule, id=n)) for n, o in enumerate(offered)),
            interpreters=speakers,
            rooms={1: ("1", 201), 2: ("2", 202)},
            hours=Hours(week=centres, dates={}),
            closures=tuple(closures),
        ),
        busy=busy_of((resource, t.start, t.end) for resource, t in taken),
    )
    at = bounds.start + draw(st.sampled_from([-600, -12, 6, 30])) * FIVE
    return known, day, at, taken


def closed_days(day: date) -> list[ClosedDays]:
    return [
        ClosedDays(CENTRE, None, day, day),
        ClosedDays(None, 7, day, day),
        ClosedDays(2, 7, day, day),
        ClosedDays(CENTRE, None, day, day, 1),
    ]


def overlaps(taken: list[tuple[int, Interval]], resource: int, when: Interval) -> bool:
    return any(one == resource and other.overlaps(when) for one, other in taken)


@settings(max_examples=200)
@given(rosters())
def test_a_start_is_offered_exactly_when_nothing_stands_against_it(drawn):
    known, day, at, _ = drawn
    offered = {slot.time.start for slot in known.slots(day, at)}
    bounds = day_bounds(day, WARSAW)
    moments = [bounds.start + n * FIVE for n in range(NIGHT)]
    free = {
        moment
        for moment in moments
        if any(known.refuses(offer, day, moment, at) is None for offer in known.candidates())
    }
    assert offered == free


@settings(max_examples=200)
@given(rosters())
def test_what_is_offered_can_be_booked_and_what_is_taken_is_not_offered(drawn):
    """Claims meet nothing that is taken, lie in the duty, and name nobody twice."""
    known, day, at, taken = drawn
    held = [(offer.member.id, stretch.time) for offer, stretch in known.stretches(day)]
    for slot in known.slots(day, at):
        resources = [claim.resource_id for claim in slot.claims]
        assert len(resources) == len(set(resources))
        assert slot.time.start > at
        assert any(slot.staff_id == who and time.covers(slot.claims[0].time) for who, time in held)
        for claim in slot.claims:
            assert claim.time.covers(slot.time)
            assert not overlaps(taken, claim.resource_id, claim.time)
        if known.search.person is not None:
            assert not overlaps(taken, PERSON, slot.time)
        check_company(known, slot)


def check_company(known: Roster, slot: Slot) -> None:
    """Whom it takes besides the specialist: somebody else, on duty, who speaks the language."""
    asked, specialists = known.search, known.rota.offers[0].given.specialists
    assert (slot.second_staff_id is not None) == (specialists == 2)
    assert slot.second_staff_id != slot.staff_id
    needs = asked.language is not None and asked.language not in slot.languages
    assert (slot.interpreter_id is not None) == needs
    assert asked.interpreter or not needs
    assert slot.interpreter_id not in {slot.staff_id, slot.second_staff_id} - {None}


@given(rosters())
def test_the_order_is_by_time_then_load_and_always_the_same(drawn):
    known, day, at, taken = drawn
    slots = known.slots(day, at)
    backwards = replace(known.rota, offers=known.rota.offers[::-1], _known={})
    turned = replace(known, rota=backwards, _known={})
    assert slots == turned.slots(day, at)
    assert [s.time.start for s in slots] == sorted(s.time.start for s in slots)
    assert len({s.key for s in slots}) == len(slots) == known.count(day, at)

    bounds = day_bounds(day, WARSAW)
    for slot in one_per_start(slots):
        mine = known.busy.minutes(100 + slot.staff_id, bounds)
        rivals = [s for s in slots if s.time.start == slot.time.start]
        assert mine == min(known.busy.minutes(100 + s.staff_id, bounds) for s in rivals)


@given(rosters())
def test_a_slot_is_found_again_by_its_key_alone(drawn):
    known, day, at, _ = drawn
    for slot in known.slots(day, at)[:5]:
        again = known.the_slot(slot.key, at)
        assert again is not None
        assert (again.time, again.staff_id, again.claims[0]) == (
            slot.time,
            slot.staff_id,
            slot.claims[0],
        )


intervals = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 200), st.integers(1, 40)), max_size=20
)


@given(intervals, st.integers(0, 200), st.integers(1, 40))
def test_a_clash_is_what_overlaps(rows, start, length):
    zero = datetime(2030, 1, 7, tzinfo=UTC)

    def span(first: int, size: int) -> Interval:
        return Interval(zero + first * FIVE, zero + (first + size) * FIVE)

    busy = busy_of((r, span(n, size).start, span(n, size).end) for r, n, size in rows)
    asked = span(start, length)
    for resource in (1, 2, 3, 4):
        taken = [span(n, size) for r, n, size in rows if r == resource]
        assert busy.clashes(resource, asked.start, asked.end) == any(
            other.overlaps(asked) for other in taken
        )
        steps = (asked.start + n * FIVE for n in range(length))
        within = sum(5 for t in steps if any(o.start <= t < o.end for o in taken))
        assert busy.minutes(resource, asked) == within


def test_every_ten_minutes_of_two_days_agree_with_their_reasons(practice: Practice):
    """The same through the database, with bookings and the minutes around them."""
    make, monday = practice.make, date(2030, 1, 7)
    other = make.staff("lawyer", practice.centre, languages=("ka",), initials="T.B.")
    room = make.room(practice.centre, "2")
    make.duty(other, practice.centre, room, [practice.service], weekday=1, grid=30, after=10)
    make.duty(other, practice.centre, practice.room, [practice.service], starts="11:00")
    for _ in range(5):
        slot = practice.slots(monday, last_day=monday + timedelta(days=6))[::2][0]
        practice.book(slot, make.case()[0].id)

    week = monday + timedelta(days=6)
    for asked in ({}, {"language": "ka"}, {"specialist_key": other.key}):
        offered = {s.time.start for s in practice.slots(monday, last_day=week, **asked)}
        for number in range(2 * 24 * 6):
            moment = practice.clock.at + timedelta(minutes=10 * number)
            question = Question(practice.service.id, practice.centre.id, moment, **asked)
            reasons = why(practice.session, question, practice.clock.at)
            assert (moment in offered) == (reasons == ()), (moment, reasons)
            assert all(isinstance(reason.why, Why) and reason.text() for reason in reasons)
