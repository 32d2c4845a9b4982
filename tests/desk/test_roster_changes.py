"""One date, this and later ones, or all: and nobody loses an appointment unseen."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Closure, Duty, DutyException, DutyLanguage, DutyService
from cic_cases.centres.models import OpeningDate, OpeningHours
from cic_cases.foundation.codes import new_reference
from cic_cases.privacy.models import AuditEntry

MONDAY, NEXT = date(2030, 1, 7), date(2030, 1, 14)
DUTY = {
    "duty-kind": "receives",
    "duty-weekday": "0",
    "duty-every_weeks": "1",
    "duty-starts": "09:00",
    "duty-ends": "12:00",
    "duty-valid_from": "2030-01-07",
    "duty-grid": "40",
}


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def lawyer(make, centre):
    return make.staff("lawyer", centre, initials="J.K.")


@pytest.fixture
def room(make, centre):
    return make.room(centre)


@pytest.fixture
def duty(make, centre, lawyer, room):
    return make.duty(lawyer, centre, room, [make.service()], grid=40)


@pytest.fixture
def coordinator(make, centre, client_of):
    return client_of(make.staff("coordinator", centre))


@pytest.fixture
def asked(make, lawyer, room):
    return {
        **DUTY,
        "duty-staff": lawyer.id,
        "duty-services": [make.service().id],
        "duty-room": room.id,
    }


@pytest.fixture
def free(session, make, clock, centre):
    def free(day):
        session.rollback()
        search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
        return [slot.time.start for slot in availability.free_slots(session, search, clock.at)]

    return free


@pytest.fixture
def appointment(make, centre, lawyer, room):
    def appointment(day, hour=9):
        case, _code = make.case(centre)
        starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        return make.save(
            Booking(
                reference=new_reference(),
                case_id=case.id,
                service_id=make.service().id,
                centre_id=centre.id,
                booked_centre_id=centre.id,
                staff_id=lawyer.id,
                room_id=room.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=40),
                language="uk",
                status=Status.BOOKED,
                calendar_uid=str(uuid.uuid4()),
                made_at=starts_at - timedelta(days=3),
                made_by=lawyer.id,
            )
        )

    return appointment


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
    assert "these appointments would lose their time" in answer.text
    assert _count(session, DutyException) == 0


def test_a_closure_over_appointments_is_not_saved_unseen(coordinator, duty, session, appointment):
    appointment(NEXT)
    closed = {"closure-who": "0", "closure-first_day": "2030-01-14", "closure-reason": "training"}
    coordinator.post("/rosters/closures", data={**closed, "closure-last_day": "2030-01-14"})
    assert _count(session, Closure) == 0


def test_shorter_opening_hours_over_appointments_are_not_saved_unseen(
    coordinator, duty, session, appointment
):
    appointment(NEXT)
    data = {"week-weekday": "0", "week-opens": "11:00", "week-closes": "15:00"}
    coordinator.post("/rosters/hours/week", data=data)
    hours = session.get_one(OpeningHours, (duty.centre_id, 0))
    assert hours.opens == time(7, 30)


def test_a_room_closed_takes_its_duties_and_reopening_gives_them_back(
    coordinator, duty, session, free, room
):
    closed = {
        "closure-who": f"room-{room.id}",
        "closure-first_day": "2030-01-14",
        "closure-last_day": "2030-01-18",
        "closure-reason": "painting",
    }
    assert coordinator.post("/rosters/closures", data=closed).status_code == 303
    assert free(NEXT) == []
    closure = session.scalars(select(Closure)).one()
    assert (closure.room_id, closure.centre_id) == (room.id, duty.centre_id)

    coordinator.post(f"/rosters/closures/{closure.id}/reopen")
    assert free(NEXT) != []
    actions = set(session.scalars(select(AuditEntry.action)))
    assert {"closure.added", "closure.removed"} <= actions


def test_an_institutions_closure_is_of_this_centre_unless_one_reaches_the_region(
    make, centre, client_of, session
):
    office = make.institution()
    make.centre("leszno")
    closed = {
        "closure-first_day": "2030-01-14",
        "closure-last_day": "2030-01-14",
        "closure-reason": "office closed",
    }
    here = client_of(make.staff("coordinator", centre))
    answer = here.post("/rosters/closures", data={**closed, "closure-who": f"all-{office.id}"})
    assert answer.status_code == 422
    answer = here.post("/rosters/closures", data={**closed, "closure-who": str(office.id)})
    assert answer.status_code == 303
    everywhere = client_of(make.staff("coordinator", region=make.region()))
    answer = everywhere.post(
        "/rosters/closures", data={**closed, "closure-who": f"all-{office.id}"}
    )
    assert answer.status_code == 303
    rows = session.execute(select(Closure.centre_id).order_by(Closure.id)).scalars().all()
    assert rows == [centre.id, None]


def test_hours_that_a_coordinator_sets_say_by_whom(coordinator, centre, session):
    late = {"week-weekday": "3", "week-opens": "07:30", "week-closes": "19:00"}
    assert coordinator.post("/rosters/hours/week", data=late).status_code == 303
    saturday = {"date-on": "2030-01-12", "date-opens": "09:00", "date-closes": "13:00"}
    assert coordinator.post("/rosters/hours/dates", data=saturday).status_code == 303
    week = session.get_one(OpeningHours, (centre.id, 3))
    day = session.get_one(OpeningDate, (centre.id, date(2030, 1, 12)))
    assert week.closes == time(19)
    assert week.set_by is not None
    assert (day.closes, day.set_by) == (time(13), week.set_by)
    assert {"hours.week", "hours.date"} <= set(session.scalars(select(AuditEntry.action)))


def test_a_substitute_who_is_free_comes_first_in_the_list(coordinator, duty, make, centre):
    busy = make.staff("lawyer", centre, initials="A.A.")
    make.duty(busy, centre, make.room(centre, "8"), [make.service()])
    make.staff("lawyer", centre, initials="Z.Z.")
    make.staff("psychologist", centre, initials="P.P.")
    text = coordinator.get(f"/rosters/duties/{duty.id}?on=2030-01-14").text
    assert text.index("Z.Z.: free then") < text.index("A.A.: not free then")
    assert "P.P." not in text


def test_a_week_is_copied_where_it_can_be_and_the_rest_is_told(
    coordinator, make, centre, room, lawyer, session
):
    day = MONDAY
    make.duty(lawyer, centre, room, [make.service()], valid_from=day, valid_until=day)
    tuesday = day + timedelta(days=1)
    make.duty(
        lawyer, centre, room, [make.service()], weekday=1, valid_from=tuesday, valid_until=tuesday
    )
    make.save(
        Closure(
            centre_id=centre.id,
            first_day=date(2030, 1, 15),
            last_day=date(2030, 1, 15),
            reason="training",
        )
    )
    weeks = {"week": "2030-01-07", "into": "2030-01-16"}
    preview = coordinator.post("/rosters/copy", data={**weeks, "then": "preview"})
    assert "will be copied" in preview.text
    assert "The Centre is closed on that day." in preview.text
    assert _count(session, Duty) == 2

    done = coordinator.post("/rosters/copy", data={**weeks, "then": "copy"}, follow_redirects=True)
    assert "1 duty has been copied." in done.text
    assert _count(session, Duty) == 3
    again = coordinator.post("/rosters/copy", data={**weeks, "then": "preview"})
    assert "already in that week" in again.text
