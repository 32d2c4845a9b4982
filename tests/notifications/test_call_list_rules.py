"""When a call is due and what is said: pure, and appointments elsewhere on the list."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cic_cases.notifications import call_list, jobs
from cic_cases.notifications import call_list_rules as rules
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.channels import PermanentFailure
from cic_cases.notifications.kinds import Kind, Mode
from cic_cases.notifications.models import CallOutcome
from tests.conftest import Clock
from tests.errand import HOUR, Errand
from tests.factory import Factory
from tests.notifications.people import Pile

WARSAW = ZoneInfo("Europe/Warsaw")
DAY = timedelta(days=1)


def local(day: int, hour: int, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2030, month, day, hour, minute, tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("deadline", "call"),
    [
        pytest.param(local(8, 18), local(8, 12), id="Tuesday evening: from noon"),
        pytest.param(local(8, 16), local(8, 12), id="as work ends: from noon"),
        pytest.param(local(8, 13), local(8, 9), id="Tuesday at one: from nine"),
        pytest.param(local(8, 12), local(8, 8), id="at noon: from the beginning of work"),
        pytest.param(local(8, 9), local(7, 13), id="in the morning: from the day before"),
        pytest.param(local(8, 7), local(7, 12), id="before work: from the noon before"),
        pytest.param(local(7, 9, 30), local(4, 13, 30), id="Monday morning: from Friday"),
        pytest.param(local(5, 15), local(4, 12), id="on Saturday: from Friday noon"),
        pytest.param(local(6, 20), local(4, 12), id="on Sunday: from Friday noon"),
        pytest.param(local(1, 9, month=4), local(29, 13, month=3), id="clocks change between"),
    ],
)
def test_a_call_comes_in_the_last_half_working_day(deadline: datetime, call: datetime):
    assert rules.call_from(deadline, WARSAW) == call


@pytest.mark.parametrize(
    ("kind", "at", "said"),
    [
        (Kind.REMINDER_DAY_BEFORE, local(8, 11), (Kind.REMINDER_DAY_BEFORE, Mode.FULL)),
        (Kind.REMINDER_DAY_BEFORE, local(9, 8), (Kind.BOOKING_CONFIRMATION, Mode.FULL)),
        (Kind.REMINDER_EXTERNAL, local(8, 11), (Kind.REMINDER_EXTERNAL, Mode.FULL)),
        (Kind.REMINDER_EXTERNAL, local(9, 8), (Kind.REMINDER_EXTERNAL_ON_DATE, Mode.FULL)),
        (Kind.REMINDER_ON_DATE, local(8, 11), (Kind.REMINDER_DAY_BEFORE, Mode.FULL)),
        (Kind.REMINDER_ON_DATE, local(7, 11), (Kind.BOOKING_CONFIRMATION, Mode.FULL)),
        (Kind.RESCHEDULED, local(9, 8), (Kind.RESCHEDULED, Mode.FULL)),
    ],
)
def test_nobody_says_tomorrow_on_the_day_itself(kind, at, said):
    assert rules.spoken(kind, Mode.FULL, local(9, 10), at, WARSAW) == said


@pytest.fixture
def errand(make: Factory, clock: Clock) -> Errand:
    errand = Errand.of(make, clock)
    errand.tomorrow += DAY
    return errand


@pytest.mark.parametrize("outcome", CallOutcome)
def test_an_appointment_elsewhere_is_called_about_without_its_place(make, errand: Errand, outcome):
    errand.make.contact(errand.case, phone="+48600100200")
    noted = errand.note(language="en")
    eve = errand.tomorrow - 25 * HOUR
    pile = Pile()
    pile.fails = PermanentFailure("refused")
    jobs.send_due(eve, pile)
    by = make.actor(make.staff("reception", make.centre()))
    scope = by.scope("call_list.see")

    foreign = make.actor(make.staff("reception", make.centre("leszno"))).scope("call_list.see")
    assert call_list.waiting_to_be_called(errand.session, foreign, eve) == []
    [one] = call_list.waiting_to_be_called(errand.session, scope, eve)
    assert one.due.subject == (What.OUTSIDE, noted.id)
    assert call_list.words(one, eve) == (
        "CIC Poznań: tomorrow, 09.01 at 11:00, you have an appointment outside the Centre."
        " Questions: +48887063112."
    )
    assert call_list.words(one, eve + DAY) == (
        "CIC Poznań: on 09.01 at 11:00 you have an appointment outside the Centre."
        " Questions: +48887063112."
    )

    call_list.note_call(
        errand.session, What.OUTSIDE, noted.reference, outcome,
        version=noted.version, scope=scope, at=eve, by=by,
    )  # fmt: skip
    errand.session.commit()
    left = call_list.waiting_to_be_called(errand.session, scope, eve + HOUR)
    assert [line.tries.number for line in left] == ([] if outcome is CallOutcome.TOLD else [1])
    assert call_list.waiting_to_be_called(errand.session, scope, errand.tomorrow) == []
