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
from tests.notifications.life import Life
from tests.notifications.people import Told

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
SOON, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
MISSED = [("wait", HOUR), ("miss", None), ("contact", (ContactMode.DISCREET, True, True))]
UNDONE = [("wait", HOUR), ("miss", None), ("undo", None), ("miss", None), ("undo", None)]
RESTORED = [("displace", DAY), ("restore", None), ("displace", None), ("wait", DAY)]
REACHED = [("contact", (ContactMode.NONE, True, True)), ("contact", (ContactMode.FULL, True, True))]


@settings(
    max_examples=LIVES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="CIC_SEQUENCES" not in os.environ,
    print_blob=True,
)
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
