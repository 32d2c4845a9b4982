"""Two duties of one person or one room never meet; checked as long as it takes rules to meet."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.calendar.duties import DoubleDuty, RoomTaken, check_apart, first_date
from cic_cases.calendar.rules import Change, DutyRule, holds_on

MONDAY = date(2030, 1, 7)
WARSAW = ZoneInfo("Europe/Warsaw")


def rule(
    number=1, staff=1, room=1, start=9, end=12, first=MONDAY, last=None, weeks=1, changes=None
):
    return DutyRule(
        id=number,
        staff_id=staff,
        centre_id=1,
        room_id=room,
        institution_id=None,
        weekday=first.weekday(),
        hours=(time(start), time(end)),
        valid_from=first,
        valid_until=last,
        grid_minutes=20,
        zone=WARSAW,
        changes=changes or {},
        every_weeks=weeks,
    )


def test_the_same_person_twice_is_named_with_the_date():
    with pytest.raises(DoubleDuty) as refused:
        check_apart(rule(room=2), [rule(2)], "J.K.", MONDAY)
    assert refused.value.values == {"who": "J.K.", "day": "07.01.2030"}


def test_the_same_room_twice_is_refused():
    with pytest.raises(RoomTaken):
        check_apart(rule(staff=2), [rule(2)], "J.K.", MONDAY)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(rule(2, start=12, end=14), id="one after the other"),
        pytest.param(rule(2, first=MONDAY + timedelta(days=1)), id="another weekday"),
        pytest.param(rule(2, staff=2, room=2), id="another person in another room"),
        pytest.param(rule(2, last=MONDAY - timedelta(days=1)), id="over before it begins"),
        pytest.param(rule(2, staff=2, room=None), id="no room"),
    ],
)
def test_duties_that_never_meet_stand_beside_each_other(other):
    check_apart(rule(), [other], "J.K.", MONDAY)


def test_a_substitute_is_busy_with_the_date_they_stand_in_for():
    other = rule(2, staff=5, room=7, changes={MONDAY: Change(staff_id=1)})
    with pytest.raises(DoubleDuty):
        check_apart(rule(), [other], "J.K.", MONDAY)


def test_who_is_stood_in_for_may_have_another_duty_that_day():
    away = rule(2, room=7, last=MONDAY, changes={MONDAY: Change(staff_id=5)})
    check_apart(rule(last=MONDAY), [away], "J.K.", MONDAY)


@given(one=st.integers(1, 8), other=st.integers(1, 8), shift=st.integers(0, 8), weeks=st.just(120))
def test_rules_of_any_rhythm_are_refused_exactly_when_they_ever_meet(one, other, shift, weeks):
    mine = rule(weeks=one)
    theirs = rule(2, room=9, first=MONDAY + timedelta(weeks=shift), weeks=other)
    days = [MONDAY + timedelta(weeks=n) for n in range(weeks)]
    meets = any(holds_on(mine, day) and holds_on(theirs, day) for day in days)
    try:
        check_apart(mine, [theirs], "J.K.", MONDAY)
    except DoubleDuty:
        assert meets
    else:
        assert not meets


def test_a_rule_without_any_date_has_no_first_one():
    sunday = MONDAY - timedelta(days=1)
    lost = rule(first=MONDAY, last=MONDAY + timedelta(days=2))
    assert first_date(lost, sunday) == MONDAY
    assert first_date(lost, MONDAY + timedelta(days=1)) is None
