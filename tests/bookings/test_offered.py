"""A time computed again when it is booked: whose it is to give, and what that costs."""

import pytest
from sqlalchemy import event

from cic_cases.bookings import rules, service
from cic_cases.centres.models import Region
from cic_cases.foundation.db import db, in_transaction
from tests.bookings.conftest import Practice


def statements(work) -> int:
    """How many reads `work` sends."""
    seen: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    return len(seen)


def test_a_time_is_computed_again_in_one_statement(practice: Practice):
    slot = practice.slots()[0]
    again = []

    def work() -> None:
        at, by = practice.clock.at, practice.receptionist
        again.append(service.offered(practice.session, slot.code, at, by))

    assert statements(work) == 1
    assert again == [slot]


def test_an_interpreter_costs_three_more_whatever_the_number(practice: Practice):
    make = practice.make
    slot = practice.slots()[0]

    def work() -> None:
        at, by = practice.clock.at, practice.receptionist
        need = {"language": "ka", "interpreter": True}
        assert service.offered(practice.session, slot.code, at, by, **need).interpreter_id

    def one_more() -> None:
        speaker = make.staff("interpreter", practice.centre, languages=("ka",))
        make.duty(speaker, practice.centre, None, [], kind="interprets")

    one_more()
    alone = statements(work)
    for _ in range(4):
        one_more()
    assert statements(work) == alone <= 4


@pytest.mark.parametrize("gone", ["staff", "service", "centre", "duty", "room"])
def test_what_is_no_longer_there_is_not_given(practice: Practice, gone: str):
    slot = practice.slots()[0]
    if gone == "staff":
        practice.lawyer.disabled_at = practice.clock.at
    elif gone == "duty":
        practice.session.connection().exec_driver_sql(
            "UPDATE duty SET valid_until = '2030-01-06' WHERE id = 1"
        )
    else:
        getattr(practice, gone).active = False
    practice.session.commit()
    with pytest.raises(rules.SlotTaken):
        practice.book(slot, practice.make.case()[0].id)


def test_a_specialist_gives_their_own_time_only(practice: Practice):
    slot, colleague = practice.slots()[0], practice.make.staff("lawyer", practice.centre)
    case_id = practice.make.case()[0].id
    wish = rules.Wish(slot.code, case_id, "uk", False, practice.centre.id)
    with pytest.raises(rules.SlotTaken):
        in_transaction(service.book, wish, at=practice.clock.at, by=practice.make.actor(colleague))
    own = practice.make.actor(practice.lawyer)
    assert in_transaction(service.book, wish, at=practice.clock.at, by=own).staff_id == own.id


def test_another_regions_time_is_not_ours_to_give(practice: Practice):
    make = practice.make
    elsewhere = make.save(
        Region(
            slug="opolskie",
            name="opolskie",
            operator="WUP",
            country="PL",
            citizenships="UA",
            languages="uk",
        )
    )
    opole = make.centre("opole")
    opole.region_id = elsewhere.id
    make.save(opole)
    slot = practice.slots()[0]
    theirs = make.actor(make.staff("reception", opole))
    wish = rules.Wish(slot.code, make.case(opole)[0].id, "uk", False, opole.id)
    with pytest.raises(rules.SlotTaken):
        in_transaction(service.book, wish, at=practice.clock.at, by=theirs)
