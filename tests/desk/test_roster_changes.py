"""One date, this and later ones, or all: and nobody loses an appointment unseen."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.calendar.models import Duty, DutyException, DutyLanguage, DutyService
from cic_cases.centres.models import OpeningHours

MONDAY, NEXT = date(2030, 1, 7), date(2030, 1, 14)


def _count(session, kind):
    session.rollback()
    return session.scalar(select(func.count()).select_from(kind))


def test_a_duty_has_services_with_their_own_minutes_buffers_and_languages(
    coordinator, asked, make, session, free
):
    other = make.service("mos_application_help", 60)
    advice = make.service().id
    answer = coordinator.post(
        "/rosters/duties",
        data={
            **asked,
            "duty-services": [advice, other.id],
            f"duty-minutes_{advice}": "30",
            f"duty-before_{advice}": "5",
            f"duty-after_{advice}": "10",
            "duty-languages": ["uk", "en"],
            "duty-every_weeks": "2",
        },
    )
    assert answer.status_code == 303
    rows = {row.service_id: row for row in session.scalars(select(DutyService))}
    own = rows[advice]
    assert (own.minutes, own.before_minutes, own.after_minutes) == (30, 5, 10)
    assert rows[other.id].minutes is None
    assert set(session.scalars(select(DutyLanguage.language))) == {"uk", "en"}
    assert free(MONDAY) != []
    assert free(NEXT) == []
    assert free(NEXT + timedelta(days=7)) != []


@pytest.mark.parametrize(
    ("kind", "remote", "has_room"),
    [
        pytest.param("interprets", False, True, id="on site"),
        pytest.param("remote", True, False, id="remote"),
    ],
)
def test_an_interpreter_has_a_duty_without_services(
    coordinator, asked, make, centre, session, kind, remote, has_room
):
    interpreter = make.staff("interpreter", centre, initials="K.O.")
    answer = coordinator.post(
        "/rosters/duties",
        data={**asked, "duty-staff": interpreter.id, "duty-kind": kind, "duty-services": []},
    )
    assert answer.status_code == 303
    duty = session.scalars(select(Duty)).one()
    assert (duty.kind, duty.remote, duty.room_id is not None) == ("interprets", remote, has_room)
    assert _count(session, DutyService) == 0


@pytest.mark.parametrize("kind", ["receives", "interprets"])
def test_nobody_has_a_duty_of_another_trade(coordinator, asked, make, centre, session, kind):
    interpreter = make.staff("interpreter", centre)
    who = interpreter.id if kind == "receives" else asked["duty-staff"]
    answer = coordinator.post(
        "/rosters/duties", data={**asked, "duty-kind": kind, "duty-staff": who}
    )
    assert answer.status_code == 422
    assert 'id="duty-kind-error"' in answer.text
    assert _count(session, Duty) == 0


def test_nobody_is_on_duty_twice_at_the_same_time(coordinator, asked, duty, make, centre, session):
    elsewhere = make.room(centre, "2")
    answer = coordinator.post("/rosters/duties", data={**asked, "duty-room": elsewhere.id})
    assert answer.status_code == 422
    reason = answer.text.split('id="duty-starts-error"')[1]
    assert "J.K. already has a duty at that time on 07.01.2030." in reason
    assert 'value="09:00"' in answer.text
    assert _count(session, Duty) == 1


def test_no_room_has_two_duties_at_the_same_time(coordinator, asked, duty, make, centre, session):
    colleague = make.staff("lawyer", centre)
    answer = coordinator.post("/rosters/duties", data={**asked, "duty-staff": colleague.id})
    assert answer.status_code == 422
    assert "another duty at that time" in answer.text.split('id="duty-room-error"')[1]
    assert _count(session, Duty) == 1


def test_duties_of_every_other_week_share_a_room_in_turn(coordinator, asked, make, centre, session):
    first = {**asked, "duty-every_weeks": "2"}
    assert coordinator.post("/rosters/duties", data=first).status_code == 303
    colleague = make.staff("lawyer", centre)
    same = {**first, "duty-staff": colleague.id}
    assert coordinator.post("/rosters/duties", data=same).status_code == 422
    other = {**same, "duty-valid_from": "2030-01-14"}
    assert coordinator.post("/rosters/duties", data=other).status_code == 303
    assert _count(session, Duty) == 2


def test_a_cancelled_date_leaves_its_room_to_somebody_else(
    coordinator, asked, duty, make, centre, session
):
    coordinator.post(
        f"/rosters/duties/{duty.id}", data={"on": "2030-01-14", "act": "cancel", "reach": "one"}
    )
    colleague = make.staff("lawyer", centre)
    single = {"duty-valid_from": "2030-01-14", "duty-valid_until": "2030-01-14"}
    data = {**asked, **single, "duty-staff": colleague.id}
    assert coordinator.post("/rosters/duties", data=data).status_code == 303

    restore = {"on": "2030-01-14", "act": "restore", "reach": "one"}
    answer = coordinator.post(f"/rosters/duties/{duty.id}", data=restore)
    assert answer.status_code == 422
    assert "another duty at that time" in answer.text


def test_a_duty_at_an_hour_the_clocks_skip_is_refused_with_its_date(
    coordinator, asked, make, centre, session
):
    make.save(OpeningHours(centre_id=centre.id, weekday=6, opens=time(1), closes=time(9)))
    hours = {"duty-weekday": "6", "duty-starts": "02:30", "duty-ends": "05:00"}
    answer = coordinator.post("/rosters/duties", data={**asked, **hours})
    assert answer.status_code == 422
    reason = answer.text.split('id="duty-starts-error"')[1]
    assert "On 31.03.2030 the clocks skip 02:30." in reason
    assert _count(session, Duty) == 0


def test_this_and_later_dates_begin_a_new_rule_and_take_later_exceptions_along(
    coordinator, duty, session, free
):
    page = f"/rosters/duties/{duty.id}"
    coordinator.post(page, data={"on": "2030-01-21", "act": "cancel", "reach": "one"})
    later = {"on": "2030-01-14", "act": "change", "reach": "later"}
    answer = coordinator.post(page, data={**later, "starts": "10:00", "ends": "12:00"})
    assert answer.status_code == 303
    session.expire_all()
    old, new = session.scalars(select(Duty).order_by(Duty.id))
    assert old.valid_until == date(2030, 1, 13)
    assert (new.valid_from, new.starts, new.valid_until) == (NEXT, time(10), None)
    assert session.scalars(select(DutyException.duty_id)).one() == new.id
    assert [len(free(day)) for day in (MONDAY, NEXT, date(2030, 1, 21))] == [6, 3, 0]


def test_all_dates_change_with_the_rule_itself(coordinator, duty, session, free):
    data = {"on": "2030-01-14", "act": "change", "reach": "all", "starts": "08:00", "ends": "09:20"}
    assert coordinator.post(f"/rosters/duties/{duty.id}", data=data).status_code == 303
    assert len(free(MONDAY)) == len(free(NEXT)) == 2
    assert session.scalars(select(Duty.valid_from)).one() == date(2029, 1, 1)


def test_cancelling_this_and_later_dates_ends_the_duty_before(coordinator, duty, free):
    data = {"on": "2030-01-14", "act": "cancel", "reach": "later"}
    assert coordinator.post(f"/rosters/duties/{duty.id}", data=data).status_code == 303
    assert free(MONDAY) != []
    assert free(NEXT) == []


def test_cancelling_all_dates_ends_the_duty_now(coordinator, duty, free):
    data = {"on": "2030-01-14", "act": "cancel", "reach": "all"}
    assert coordinator.post(f"/rosters/duties/{duty.id}", data=data).status_code == 303
    assert free(MONDAY) == free(NEXT) == []


def test_an_end_never_makes_a_duty_longer(coordinator, duty, session):
    page = f"/rosters/duties/{duty.id}"
    end = {"act": "end", "reach": "one"}
    assert coordinator.post(page, data={**end, "on": "2030-01-14"}).status_code == 303
    answer = coordinator.post(page, data={**end, "on": "2030-02-04"})
    assert answer.status_code == 422
    assert "The duty ends on 14.01.2030 already." in answer.text
    session.expire_all()
    assert session.scalars(select(Duty.valid_until)).one() == NEXT


@pytest.mark.parametrize("day", ["2030-01-15", "2029-12-31"])
def test_only_a_date_to_come_on_which_the_duty_is_held_can_be_other(
    coordinator, duty, session, day
):
    data = {"on": day, "act": "cancel", "reach": "one"}
    answer = coordinator.post(f"/rosters/duties/{duty.id}", data=data)
    assert answer.status_code == 422
    assert 'id="on-error"' in answer.text
    assert _count(session, DutyException) == 0


def test_a_change_that_affects_somebody_is_shown_first_and_not_saved(
    coordinator, duty, session, appointment
):
    appointment(NEXT)
    data = {"on": "2030-01-14", "act": "change", "reach": "one", "starts": "11:00", "ends": "12:00"}
    answer = coordinator.post(f"/rosters/duties/{duty.id}", data=data)
    assert answer.status_code == 409
    assert "Change this duty" in answer.text
    assert "1 person" in answer.text
    assert _count(session, DutyException) == 0
