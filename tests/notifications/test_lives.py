"""Whatever happens to appointments: exactly one live message each, by day, in time, never void.

A few lives in every run; `make chaos` sets CIC_SEQUENCES and walks through thousands.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from cic_cases.cases.attributes import ContactMode
from cic_cases.notifications.models import Attempt, Message
from tests.bookings.conftest import practice_of
from tests.notifications.life import Life
from tests.notifications.people import Told
from tests.notifications.staff_life import ROSTERS, StaffLife

pytestmark = pytest.mark.chaos
LIVES = int(os.environ.get("CIC_SEQUENCES", "15"))
ahead = st.timedeltas(timedelta(minutes=20), timedelta(days=12))
pause = st.timedeltas(timedelta(minutes=1), timedelta(days=4))
wish = st.tuples(st.sampled_from(list(ContactMode)), st.booleans(), st.booleans())
STEPS = st.one_of(
    st.tuples(st.just("book"), ahead),
    st.tuples(st.just("move"), ahead),
    st.tuples(st.just("cancel"), st.sampled_from(["person", "centre"])),
    st.tuples(st.sampled_from(["miss", "undo", "reassign", "restore"]), st.none()),
    st.tuples(st.just("contact"), wish),
    st.tuples(st.just("offer"), ahead),
    st.tuples(st.just("displace"), st.one_of(st.none(), ahead)),
    st.tuples(st.just("wait"), pause),
    st.tuples(st.just("outage"), st.timedeltas(timedelta(minutes=1), timedelta(days=1))),
)
on_duty = st.tuples(st.integers(1, 3), st.sampled_from(list(ROSTERS)))
OF_STAFF = st.one_of(
    st.tuples(st.sampled_from(["roster", "wobble", "flicker"]), on_duty),
    st.tuples(st.just("wish"), st.tuples(st.booleans(), st.booleans())),
    st.tuples(st.just("wait"), pause),
    st.tuples(st.just("outage"), st.timedeltas(timedelta(minutes=1), timedelta(hours=4))),
)
SOON, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
MISSED = [("wait", HOUR), ("miss", None), ("contact", (ContactMode.DISCREET, True, True))]
UNDONE = [("wait", HOUR), ("miss", None), ("undo", None), ("miss", None), ("undo", None)]
RESTORED = [("displace", DAY), ("restore", None), ("displace", None), ("wait", DAY)]
REACHED = [("contact", (ContactMode.NONE, True, True)), ("contact", (ContactMode.FULL, True, True))]
EVE = ("wait", timedelta(days=6, hours=1, minutes=51))  # to two minutes before Sunday's evening
TAKEN_BACK = [EVE, ("wobble", (1, "10:00–12:00")), ("wait", SOON)]
WRITTEN_AND_TAKEN_BACK = [EVE, ("flicker", (1, "10:00–12:00")), ("wait", SOON)]
CHANGED_AND_TAKEN_BACK = [
    ("roster", (2, "08:00–09:20")),
    ("wobble", (1, "08:00–12:00")),
    ("flicker", (2, "no duty")),
    ("wait", SOON),
]
many = settings(
    max_examples=LIVES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="CIC_SEQUENCES" not in os.environ,
    print_blob=True,
)


@pytest.fixture
def staff(session, make, clock, app):
    practice = practice_of(session, make, clock)
    practice.lawyer.language = "en"
    practice.make.save(practice.lawyer)
    return StaffLife(practice, app)


@many
@example(days="1", first=SOON, happens=MISSED)
@example(days="1", first=SOON, happens=UNDONE)
@example(days="3 1", first=5 * DAY, happens=RESTORED)
@example(days="3 1", first=5 * DAY, happens=[*REACHED, ("move", DAY), *REACHED])
@given(
    days=st.sampled_from(["1", "3 1"]),
    first=ahead,
    happens=st.lists(STEPS, min_size=2, max_size=12),
)
def test_after_every_step_there_is_exactly_what_the_person_should_hear(make, days, first, happens):
    make.session.rollback()
    make.session.execute(delete(Attempt))
    make.session.execute(delete(Message))
    life = Life(Told(make), days)
    life.book(first)
    for what, how in [*happens, ("wait", timedelta(days=3))]:
        getattr(life, what)(how)
        life.is_sound()


@many
@example(happens=TAKEN_BACK)
@example(happens=WRITTEN_AND_TAKEN_BACK)
@example(happens=CHANGED_AND_TAKEN_BACK)
@given(happens=st.lists(OF_STAFF, min_size=2, max_size=8))
def test_whatever_becomes_of_rosters_staff_read_what_is_true_once_and_in_time(staff, happens):
    staff.begins()
    for what, how in [*happens, ("wait", timedelta(days=1))]:
        getattr(staff, what)(how)
        staff.is_sound()
