"""When a message is due and until when it is of use, on ordinary days and on strange ones."""

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from cic_cases.bookings.statuses import Status
from cic_cases.notifications import rules
from cic_cases.notifications.kinds import OF_PEOPLE, Kind, Means, Mode, State
from cic_cases.notifications.reminders import Policy
from cic_cases.notifications.texts import says_something

WARSAW = ZoneInfo("Europe/Warsaw")
EMAIL = rules.Way(Means.EMAIL, Mode.FULL)
SMS = rules.Way(Means.SMS, Mode.FULL)
EVERYTHING = frozenset(rules.Way(means, mode) for means in Means for mode in Mode)
WITHOUT_NEUTRAL_MAIL = EVERYTHING - {rules.Way(Means.EMAIL, Mode.DISCREET)}
FIRST, LAST = datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2031-12-31")
REMINDER = Kind.REMINDER_DAY_BEFORE
OFFER, PROPOSAL = Kind.WAITING_LIST_OFFER, Kind.CANCELLED_WITH_PROPOSAL
NOT_AT_ONCE = (*rules.REMINDERS, OFFER, PROPOSAL, Kind.MISSED_VISIT)


def local(text: str) -> datetime:
    """A wall time in Poznań, e.g. «2030-01-08 09:00»."""
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def visit(text: str, reminder_at: str = "10:00", days: tuple[int, ...] = (1,)) -> rules.Appointment:
    policy = Policy(time.fromisoformat(reminder_at), days, "PL")
    return rules.Appointment(starts_at=local(text), place=WARSAW, reminding=policy)


def shown(moment: datetime) -> str:
    return f"{moment.astimezone(WARSAW):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("kind", [k for k in OF_PEOPLE if k not in NOT_AT_ONCE])
def test_other_news_is_due_at_once_and_worthless_when_the_visit_starts(kind):
    appointment = visit("2030-01-08 09:00")
    at = local("2030-01-07 22:00")

    worth = rules.worth_sending(kind, appointment, at)

    assert worth is not None
    assert (worth.start, worth.end) == (at, appointment.starts_at)
    assert rules.worth_sending(kind, appointment, appointment.starts_at) is None


@pytest.mark.parametrize(
    ("at", "due"),
    [
        pytest.param("2030-01-07 09:40", "2030-01-07 10:40", id="by day, when a tap was undone"),
        pytest.param("2030-01-07 18:59", "2030-01-07 19:59", id="the last minute of the day"),
        pytest.param("2030-01-07 19:10", "2030-01-08 08:00", id="in the evening: in the morning"),
        pytest.param("2026-03-28 23:30", "2026-03-29 08:00", id="in the night the clocks change"),
    ],
)
def test_of_a_missed_visit_one_is_told_after_an_hour_and_by_day(at, due):
    worth = rules.worth_sending(Kind.MISSED_VISIT, visit("2030-01-07 09:00"), local(at))

    assert worth is not None
    assert shown(worth.start) == due


@pytest.mark.parametrize("kind", sorted(rules.BY_DAY))
def test_what_a_servers_trouble_has_delayed_into_the_night_waits_for_the_morning(kind):
    for at, leaves in (
        ("2030-01-07 19:59", "2030-01-07 19:59"),
        ("2030-01-07 20:00", "2030-01-08 08:00"),
        ("2030-01-08 03:00", "2030-01-08 08:00"),
    ):
        assert shown(rules.may_leave_at(kind, local(at), WARSAW)) == leaves
    assert rules.may_leave_at(
        Kind.BOOKING_CONFIRMATION, local("2030-01-08 03:00"), WARSAW
    ) == local("2030-01-08 03:00")


def with_held(until: str) -> rules.Appointment:
    """A visit on Wednesday at 9; a time is held for the person until `until`."""
    held = rules.Held(local("2030-01-16 11:00"), local(until))
    return replace(visit("2030-01-09 09:00"), held=held)


@pytest.mark.parametrize(
    ("at", "until", "due"),
    [
        pytest.param("2030-01-07 11:00", "2030-01-08 11:00", "2030-01-07 11:00", id="by day"),
        pytest.param("2030-01-07 22:00", "2030-01-08 11:00", "2030-01-08 08:00", id="at night"),
        pytest.param("2030-01-08 06:30", "2030-01-08 11:00", "2030-01-08 08:00", id="at dawn"),
        pytest.param("2030-01-07 19:59", "2030-01-08 11:00", "2030-01-07 19:59", id="before 20"),
        pytest.param("2030-01-07 20:00", "2030-01-08 11:00", "2030-01-08 08:00", id="at 20"),
        pytest.param(
            "2030-01-07 22:00", "2030-01-08 08:00", "2030-01-07 22:00", id="worthless at 8"
        ),
        pytest.param("2026-03-28 22:00", "2026-03-29 12:00", "2026-03-29 08:00", id="clocks go"),
    ],
)
def test_an_offer_is_told_by_day_while_it_stands(at, until, due):
    worth = rules.worth_sending(OFFER, with_held(until), local(at))

    assert worth is not None
    assert (shown(worth.start), shown(worth.end)) == (due, until)


def test_nothing_is_said_of_a_time_that_is_not_held_any_more():
    for kind in (OFFER, PROPOSAL):
        assert (
            rules.worth_sending(kind, visit("2030-01-09 09:00"), local("2030-01-07 10:00")) is None
        )
        ended = with_held("2030-01-07 10:00")
        assert rules.worth_sending(kind, ended, local("2030-01-07 10:00")) is None


def test_a_proposal_is_of_use_until_the_visit_it_stands_for():
    worth = rules.worth_sending(PROPOSAL, with_held("2030-01-11 11:00"), local("2030-01-07 07:41"))

    assert worth is not None
    assert (shown(worth.start), shown(worth.end)) == ("2030-01-07 07:41", "2030-01-09 09:00")


FULL_BOTH = rules.Reach(mode=Mode.FULL, email=True, phone=True)


@pytest.mark.parametrize(
    ("reach", "offered", "ways"),
    [
        pytest.param(None, EVERYTHING, "", id="no contact"),
        pytest.param(rules.Reach(mode=None, email=True, phone=True), EVERYTHING, "", id="none"),
        pytest.param(FULL_BOTH, EVERYTHING, "email full, sms full", id="each address its channel"),
        pytest.param(FULL_BOTH, frozenset(), "", id="nothing is configured"),
        pytest.param(FULL_BOTH, frozenset({SMS}), "sms full", id="only SMS is configured"),
        pytest.param(
            rules.Reach(mode=Mode.FULL, email=False, phone=False), EVERYTHING, "", id="no address"
        ),
        pytest.param(
            rules.Reach(mode=Mode.DISCREET, email=True, phone=True),
            EVERYTHING,
            "email discreet, sms discreet",
            id="discreet",
        ),
        pytest.param(
            rules.Reach(mode=Mode.DISCREET, email=True, phone=True),
            WITHOUT_NEUTRAL_MAIL,
            "sms discreet",
            id="no neutral sender: nothing discreet by mail",
        ),
    ],
)
def test_ways_of_telling(reach, offered, ways):
    found = rules.ways(reach, offered)

    assert ", ".join(f"{way.channel} {way.mode}" for way in found) == ways


@pytest.mark.parametrize("kind", OF_PEOPLE)
@pytest.mark.parametrize("mode", Mode)
def test_the_rules_are_silent_exactly_where_there_are_no_words(kind, mode):
    assert ((kind, mode) in rules.SILENT) is not says_something(kind, mode)


def test_a_plan_has_one_message_per_kind_and_channel():
    at = local("2030-01-03 09:00")

    planned = rules.plan(
        (Kind.BOOKING_CONFIRMATION, REMINDER), visit("2030-01-08 09:00"), (EMAIL, SMS), at
    )

    assert [(p.kind, p.channel) for p in planned] == [
        (Kind.BOOKING_CONFIRMATION, Means.EMAIL),
        (Kind.BOOKING_CONFIRMATION, Means.SMS),
        (REMINDER, Means.EMAIL),
        (REMINDER, Means.SMS),
    ]


@pytest.mark.parametrize(
    ("kind", "version", "status", "at", "outcome"),
    [
        pytest.param("booking_confirmation", 1, "booked", "08:59", None, id="all is well"),
        pytest.param("booking_confirmation", 1, "arrived", "08:59", None, id="already here"),
        pytest.param("booking_confirmation", 1, "booked", "09:00", "expired", id="too late"),
        pytest.param("booking_confirmation", 0, "booked", "08:00", "superseded", id="was moved"),
        pytest.param("reminder_day_before", 1, "cancelled", "08:00", "superseded", id="off"),
        pytest.param("reminder_day_before", 1, "no_show", "08:00", "superseded", id="did not come"),
        pytest.param("cancelled_by_centre", 1, "cancelled", "08:00", None, id="told it is off"),
        pytest.param("cancelled_by_centre", 1, "booked", "08:00", "superseded", id="on again"),
        pytest.param("reminder_day_before", 0, "cancelled", "23:00", "superseded", id="both"),
        pytest.param("cancelled_by_centre", 1, "needs_rebooking", "08:00", None, id="displaced"),
        pytest.param("cancelled_with_proposal", 1, "needs_rebooking", "06:59", None, id="another"),
        pytest.param(
            "cancelled_with_proposal", 1, "needs_rebooking", "07:00", "superseded", id="not held"
        ),
        pytest.param("cancelled_with_proposal", 1, "booked", "06:00", "superseded", id="restored"),
        pytest.param(
            "booking_confirmation", 1, "needs_rebooking", "06:00", "superseded", id="gone"
        ),
        pytest.param("waiting_list_offer", 1, "held", "06:59", None, id="offered"),
        pytest.param("waiting_list_offer", 1, "held", "07:00", "superseded", id="offer over"),
        pytest.param("waiting_list_offer", 1, "booked", "06:00", "superseded", id="accepted"),
    ],
)
def test_a_message_is_checked_again_before_it_leaves(kind, version, status, at, outcome):
    found = rules.outdated(
        Kind(kind),
        version,
        local("2030-01-08 09:00"),
        now_version=1,
        status=Status(status),
        at=local(f"2030-01-08 {at}"),
        held=rules.Held(local("2030-01-10 09:00"), local("2030-01-08 07:00")),
    )

    assert found == (State(outcome) if outcome else None)
