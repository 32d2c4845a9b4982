"""An officer's account opens on the days of their duties, and on no other."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import delete

from cic_cases.bookings import officer_days
from cic_cases.calendar.models import Closure, DutyException, ExceptionKind
from cic_cases.centres.models import OpeningHours
from cic_cases.foundation.db import in_transaction
from cic_cases.people import service
from cic_cases.people.sessions import OFFICER_DAYS
from tests.conftest import MONDAY

MINUTE = timedelta(minutes=1)
SUNDAY = 6


@pytest.fixture(autouse=True)
def real_roster(app, monkeypatch):
    """Whether an officer has a duty is told by the roster."""
    monkeypatch.setitem(app.extensions, OFFICER_DAYS, officer_days.is_valid)


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def officer(make, centre):
    """An officer who is here on Mondays from 12 to 15."""
    staff = make.staff("partner", centre, institution=make.institution())
    make.duty(staff, centre, None, [make.service()], starts="12:00", ends="15:00")
    return staff


@pytest.fixture
def at(clock):
    def at(moment: datetime) -> None:
        clock.at = moment

    return at


def is_open(client, path="/my-day") -> bool:
    answer = client.get(path)
    assert answer.status_code == 200 or answer.location == "/off-duty"
    return answer.status_code == 200


def test_from_midnight_to_midnight_of_the_centre(officer, client_of, at):
    client = client_of(officer)
    midnight = datetime(2030, 1, 6, 23, tzinfo=UTC)  # 00:00 on Monday in Warsaw

    for moment, expected in (
        (midnight - MINUTE, False),
        (midnight, True),
        (midnight + timedelta(hours=24) - MINUTE, True),
        (midnight + timedelta(hours=24), False),
    ):
        at(moment)
        assert is_open(client) == expected, moment


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        (date(2030, 3, 31), "2030-03-30T23:00Z", "2030-03-31T22:00Z"),  # 23 hours
        (date(2030, 10, 27), "2030-10-26T22:00Z", "2030-10-27T23:00Z"),  # 25 hours
    ],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(
    day, begins, ends, make, session, centre, client_of, at
):
    make.save(OpeningHours(centre_id=centre.id, weekday=SUNDAY, opens=time(8), closes=time(15)))
    staff, valid = make.staff("partner", centre), {"valid_from": day, "valid_until": day}
    make.duty(staff, centre, None, [make.service()], weekday=SUNDAY, **valid)
    client = client_of(staff)
    begins, ends = datetime.fromisoformat(begins), datetime.fromisoformat(ends)

    for moment, expected in (
        (begins - MINUTE, False),
        (begins, True),
        (ends - MINUTE, True),
        (ends, False),
    ):
        at(moment)
        assert is_open(client) == expected, moment


def test_what_changes_in_the_roster_counts_at_the_next_request(
    make, session, centre, officer, client_of
):
    client, other = client_of(officer), make.staff("partner", centre, initials="S.T.")
    stand_in, duty_id = client_of(other), officer_duty(session, officer).id
    assert (is_open(client), is_open(stand_in)) == (True, False)

    substituted = DutyException(
        duty_id=duty_id, on=MONDAY.date(), kind=ExceptionKind.CHANGED, staff_id=other.id
    )
    make.save(substituted)
    assert (is_open(client), is_open(stand_in)) == (False, True)
    session.execute(delete(DutyException))
    make.save(DutyException(duty_id=duty_id, on=MONDAY.date(), kind=ExceptionKind.CANCELLED))
    assert (is_open(client), is_open(stand_in)) == (False, False)
    session.execute(delete(DutyException))
    session.commit()
    assert is_open(client)
    closed = Closure(
        centre_id=None,
        institution_id=officer.institution_id,
        first_day=MONDAY.date(),
        last_day=MONDAY.date(),
        reason="narada",
    )
    make.save(closed)
    assert not is_open(client)


def officer_duty(session, officer):
    plan = officer_days.duty_plan.read(session, [1], MONDAY.date(), MONDAY.date())
    return next(one.rule for one in plan.entries if one.rule.staff_id == officer.id)


def test_on_other_days_nothing_opens_by_page_or_by_program(make, officer, app, client_of, at):
    lasts = timedelta(days=30)
    token = in_transaction(service.issue_token, officer.id, lasts=lasts, at=MONDAY, by=None)
    client, headers = client_of(officer), {"Authorization": f"Bearer {token}"}
    _case, code = make.case(make.centre())
    free = f"/api/v1/slots?service=legal_advice&from={MONDAY:%F}&to={MONDAY:%F}"
    assert app.test_client().get(free, headers=headers).status_code == 200

    at(MONDAY + timedelta(days=1))

    for path in ("/my-day", "/account", f"/cases/{code}", "/bookings", "/rosters", "/desk"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, "/off-duty"), path
    posted = client.post("/account/language", data={"language": "uk"})
    assert (posted.status_code, posted.location) == (303, "/off-duty")
    assert app.test_client().get(free, headers=headers).status_code == 404


def test_the_page_says_when_the_next_duty_is_and_whom_to_call(officer, client_of, at):
    client = client_of(officer)
    at(MONDAY + timedelta(days=1))

    page = client.get("/off-duty?lang=en").text

    assert "You have no duty today" in page
    assert "Monday, 14 January" in page
    assert "12:00–15:00" in page
    assert 'href="tel:+48887063112"' in page
    assert client.post("/logout").location == "/login"


def test_who_has_no_duty_at_all_is_told_so(make, centre, client_of):
    page = client_of(make.staff("partner", centre)).get("/off-duty?lang=en").text

    assert "No duty of yours is planned in the next eight weeks." in page


def test_nobody_else_is_led_there(make, centre, officer, client_of):
    reception = client_of(make.staff("reception", centre))

    assert reception.get("/off-duty").location == "/login"
    assert client_of(officer).get("/off-duty").location == "/login"
    assert client_of(None).get("/off-duty").location == "/login"
    assert reception.get("/my-day").status_code == 404


def test_another_role_of_the_same_person_goes_on(make, centre, client_of, at):
    staff = make.staff("partner", centre)
    make.grant(staff, "reception", make.centre("leszno"))
    client = client_of(staff)

    assert client.get("/desk").status_code == 200
    assert "Poznań" not in client.get("/desk").text
    assert client.get("/my-day").status_code == 404
