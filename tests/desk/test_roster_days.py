"""Closures, opening hours, substitutes, a copied week."""

from datetime import date, time, timedelta

from sqlalchemy import func, select

from cic_cases.calendar.models import Closure, Duty
from cic_cases.centres.models import OpeningDate, OpeningHours
from cic_cases.privacy.models import AuditEntry

MONDAY, NEXT = date(2030, 1, 7), date(2030, 1, 14)


def _count(session, kind):
    session.rollback()
    return session.scalar(select(func.count()).select_from(kind))


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


def test_only_the_region_takes_back_what_is_closed_everywhere(make, centre, client_of, session):
    office, day = make.institution(), date(2030, 1, 14)
    closure = make.save(
        Closure(institution_id=office.id, first_day=day, last_day=day, reason="office closed")
    )
    address = f"/rosters/closures/{closure.id}/reopen"
    make.centre("leszno")
    here = client_of(make.staff("coordinator", centre))
    assert address not in here.get("/rosters/closures").text
    assert here.post(address).status_code == 404
    everywhere = client_of(make.staff("coordinator", region=make.region()))
    assert address in everywhere.get("/rosters/closures").text
    assert everywhere.post(address).status_code == 303
    assert _count(session, Closure) == 0
