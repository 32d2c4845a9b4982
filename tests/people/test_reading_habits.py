"""What is usual for a role is counted once a day, without the hours that raised an alarm."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases import scheduler
from cic_cases.people import reading_habits
from cic_cases.privacy import audit
from cic_cases.privacy.models import ReadAlarm, ReadHabit
from tests.conftest import MONDAY

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("read", "expected"), [([], 0), ([7], 7), ([1] * 99 + [50], 1), ([1] * 98 + [9, 50], 9)]
)
def test_what_99_of_100_hours_do_not_exceed(read, expected):
    assert reading_habits.usual(read) == expected


def test_habits_are_counted_by_role_once_a_day(app, make, session, clock):
    quick, alarmed = make.staff("reception"), make.staff("lawyer")
    make.save(ReadAlarm(staff_id=alarmed.id, at=MONDAY, reads=45, allowed=40))
    for who, cases in ((quick, 6), (alarmed, 45)):
        for case_id in [*range(cases), 1]:
            audit.note(session, "case.read", "case", case_id, by=who.id, at=MONDAY)
    audit.note(session, "case.read", "case", 99, by=alarmed.id, at=MONDAY + 2 * HOUR)
    session.commit()
    clock.forward(3 * HOUR)

    for _again in range(2):
        scheduler.tidy(app)
        clock.forward(3 * HOUR)

    found = {one.role: one.usual for one in session.scalars(select(ReadHabit))}
    assert found == {"reception": 6, "lawyer": 1}
    assert {one.counted_at for one in session.scalars(select(ReadHabit))} == {MONDAY + 3 * HOUR}
    clock.forward(24 * HOUR)
    scheduler.tidy(app)
    session.rollback()
    assert {one.counted_at for one in session.scalars(select(ReadHabit))} == {MONDAY + 33 * HOUR}
