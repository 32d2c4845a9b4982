"""The coordinator enters duties; what cannot be is said beside its field."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.calendar.models import Closure, Duty, DutyException


def _free(session, make, clock, centre, day=date(2030, 1, 7)):
    search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
    return len(availability.free_slots(session, search, clock.at))


def test_a_duty_that_is_saved_can_be_booked(coordinator, asked, session, make, clock, centre):
    answer = coordinator.post("/rosters/duties", data=asked, follow_redirects=True)
    assert "The duty has been saved." in answer.text
    assert _free(session, make, clock, centre) == 4


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        pytest.param(
            {"duty-ends": "18:00"},
            "duty-starts",
            "The Centre is open 07:30–15:30 on that day.",
            id="outside opening hours",
        ),
        pytest.param(
            {"duty-weekday": "6"}, "duty-weekday", "The Centre is closed on that day.", id="Sunday"
        ),
        pytest.param(
            {"duty-ends": "08:00"}, "duty-ends", "The end must be after the start.", id="backwards"
        ),
        pytest.param({"duty-starts": ""}, "duty-starts", "Choose a time.", id="no start"),
        pytest.param({"duty-services": []}, "duty-services", "Choose one", id="no service"),
        pytest.param(
            {"duty-valid_until": "2029-12-31"},
            "duty-valid_until",
            "The last day must not be before the first.",
            id="ends before it begins",
        ),
        pytest.param({"duty-grid": "1"}, "duty-grid", "Enter 5 to 240 minutes.", id="tiny grid"),
    ],
)
def test_a_duty_that_cannot_be_is_refused_beside_its_field(
    coordinator, asked, session, change, field, sentence
):
    answer = coordinator.post("/rosters/duties", data={**asked, **change})
    assert answer.status_code == 422
    assert sentence in answer.text.split(f'id="{field}-error"')[1]
    assert 'value="2030-01-07"' in answer.text
    assert session.scalar(select(func.count()).select_from(Duty)) == 0


def test_one_date_can_be_cancelled_and_given_other_hours(
    coordinator, asked, session, make, clock, centre
):
    coordinator.post("/rosters/duties", data=asked)
    duty_id = session.scalars(select(Duty.id)).one()
    page = f"/rosters/duties/{duty_id}"

    coordinator.post(page, data={"on": "2030-01-07", "act": "cancel", "room": "0"})
    assert _free(session, make, clock, centre) == 0
    changed = {"on": "2030-01-07", "act": "change", "starts": "09:00", "ends": "10:20", "room": "0"}
    coordinator.post(page, data=changed)
    session.rollback()
    assert _free(session, make, clock, centre) == 2
    exception = session.scalars(select(DutyException)).one()
    assert (exception.starts, exception.ends) == (time(9), time(10, 20))


def test_ending_a_duty_leaves_its_last_date(coordinator, asked, session, make, clock, centre):
    coordinator.post("/rosters/duties", data=asked)
    duty_id = session.scalars(select(Duty.id)).one()
    answer = coordinator.post(
        f"/rosters/duties/{duty_id}",
        data={"on": "2030-01-07", "act": "end", "room": "0"},
        follow_redirects=True,
    )
    assert "The change has been saved." in answer.text
    session.rollback()
    assert _free(session, make, clock, centre) == 4
    assert _free(session, make, clock, centre, date(2030, 1, 14)) == 0


def test_a_closure_takes_the_times_away(coordinator, asked, session, make, clock, centre):
    coordinator.post("/rosters/duties", data=asked)
    closed = {"closure-who": "0", "closure-first_day": "2030-01-07", "closure-reason": "training"}
    answer = coordinator.post(
        "/rosters/closures", data={**closed, "closure-last_day": "2030-01-07"}
    )
    assert answer.status_code == 303
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Closure)) == 1
    assert _free(session, make, clock, centre) == 0


def test_reception_sees_rosters_and_changes_none(make, centre, client_of, asked, session):
    desk = client_of(make.staff("reception", centre))
    assert desk.get("/rosters").status_code == 200
    assert desk.post("/rosters/duties", data=asked).status_code == 404
    assert session.scalar(select(func.count()).select_from(Duty)) == 0


def test_specialists_see_their_own_duties_only(coordinator, asked, make, centre, lawyer, client_of):
    coordinator.post("/rosters/duties", data=asked)
    officer = make.staff("partner", centre, initials="R.T.")
    assert "J.K." in client_of(lawyer).get("/rosters").text
    assert "J.K." not in client_of(officer).get("/rosters").text


def test_a_duty_of_another_centre_is_as_unknown_as_none(make, asked, coordinator, client_of):
    coordinator.post("/rosters/duties", data=asked)
    elsewhere = client_of(make.staff("coordinator", make.centre("leszno")))
    foreign, missing = elsewhere.get("/rosters/duties/1"), elsewhere.get("/rosters/duties/99")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.data == missing.data


def test_a_single_duty_takes_its_weekday_from_its_date(coordinator, asked, session, clock):
    tuesday = (clock.at + timedelta(days=1)).date().isoformat()
    coordinator.post(
        "/rosters/duties",
        data={**asked, "duty-valid_from": tuesday, "duty-valid_until": tuesday},
    )
    assert session.scalars(select(Duty.weekday)).one() == 1


def test_a_single_duty_on_a_closed_day_is_refused(coordinator, asked, session, make, centre):
    day = date(2030, 1, 14)
    make.save(Closure(centre_id=centre.id, first_day=day, last_day=day, reason="training"))
    single = {"duty-valid_from": "2030-01-14", "duty-valid_until": "2030-01-14"}

    answer = coordinator.post("/rosters/duties?lang=en", data={**asked, **single})

    assert answer.status_code == 422
    assert "The Centre is closed on that day." in answer.text
    assert session.scalar(select(func.count()).select_from(Duty)) == 0


def test_a_duty_number_beyond_every_row_is_a_missing_page(coordinator):
    assert coordinator.get("/rosters/duties/99999999999999999999").status_code == 404
