"""The page for a crisis: who is free now and where, empty rooms, lines with the day of checking."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings.busy import Busy
from cic_cases.centres.crisis_models import CrisisLine
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy.models import AuditEntry

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TEN = datetime(2030, 1, 7, 10, tzinfo=UTC)
TODAY = date(2030, 1, 7)


def _at(*minutes):
    return tuple(TEN + one * MINUTE for one in minutes)


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        pytest.param([], (0, 60), id="all of it"),
        pytest.param([(0, 20)], (20, 60), id="after what is on now"),
        pytest.param([(-30, 10), (40, 60)], (10, 40), id="between two"),
        pytest.param([(10, 40)], (40, 60), id="what is too short does not count"),
        pytest.param([(20, 30)], (0, 20), id="exactly long enough"),
        pytest.param([(10, 30), (30, 45)], None, id="nothing long enough"),
        pytest.param([(-10, 70)], None, id="taken throughout"),
        pytest.param([(60, 90)], (0, 60), id="what comes after"),
    ],
)
def test_the_first_while_between_appointments(taken, free):
    busy = Busy([(7, [_at(*one) for one in taken])])

    found = busy.gap(7, Interval(TEN, TEN + HOUR), 20 * MINUTE)

    assert found == (None if free is None else Interval(*_at(*free)))


@pytest.fixture
def centres(make, session):
    """Poznań with a lawyer in room 1 from 08:00, Leszno with one, and three lines."""
    advice = make.service("legal_advice", minutes=40)
    poznan, leszno = make.centre(), make.centre("leszno")
    for centre, initials in ((poznan, "P.L."), (leszno, "L.L.")):
        lawyer = make.staff("lawyer", centre, initials=initials)
        room = make.room(centre, "1")
        make.duty(lawyer, centre, room, [advice], starts="08:00", ends="12:00", grid=40)
    make.room(poznan, "2")
    for place, (key, checked, by_law) in enumerate(
        (
            ("emergency", None, True),
            ("fresh", TODAY - timedelta(days=180), False),
            ("old", TODAY - timedelta(days=181), False),
        )
    ):
        session.add(
            CrisisLine(
                region_id=poznan.region_id,
                key=key,
                names={"en": f"Line {key}"},
                number="112" if by_law else f"800 00{place}",
                hours={} if by_law else {day: ["08:30", "16:30"] for day in ("mon", "tue", "fri")},
                always=by_law,
                by_law=by_law,
                source="a page of theirs",
                checked_on=checked,
                position=place,
            )
        )
    session.commit()
    return poznan, leszno


def _page(client, query=""):
    answer = client.get(f"/urgent{query}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def test_who_is_free_now_here_and_elsewhere(make, client_of, clock, centres):
    poznan, _leszno = centres
    clock.at = datetime(2030, 1, 7, 7, 30, tzinfo=UTC)  # 08:30
    browser = client_of(make.staff("reception", poznan, language="en"))

    page = _page(browser)
    here, elsewhere = page.split("In other Centres")
    assert "P.L." in here
    assert "L.L." not in here
    assert here.count("free until 12:00") == 1
    assert "L.L." in elsewhere
    assert "Leszno" in elsewhere
    rooms = page.split("A room to talk undisturbed")[1].split("Whom to call")[0]
    assert "room 2" in rooms
    assert "room 1" not in rooms

    clock.at = datetime(2030, 1, 7, 6, 30, tzinfo=UTC)  # 07:30: their duty begins soon
    assert "free from 08:00" in _page(browser)
    clock.at = datetime(2030, 1, 7, 10, 45, tzinfo=UTC)  # 11:45: no while is left
    assert "Nobody on duty here is free within an hour" in _page(browser)


def test_a_line_that_nobody_checked_for_half_a_year_is_shown_with_a_warning(
    make, client_of, session, centres
):
    poznan, _leszno = centres
    reception = _page(client_of(make.staff("reception", poznan, language="en")))
    law, fresh, old = (
        reception.split(f"Line {key}")[1].split("</li>")[0] for key in ("emergency", "fresh", "old")
    )
    assert "tel:112" in law
    assert "checked" not in law
    assert "checked on" in fresh
    assert "may have changed" not in fresh
    assert "Monday–Tuesday" in fresh
    assert "Friday" in fresh
    assert "08:30–16:30" in fresh
    assert "last checked in 2029" in old
    assert "a page of theirs" in old
    assert "the number is right" not in old  # only a coordinator says so

    coordinator = make.staff("coordinator", poznan, language="en")
    browser = client_of(coordinator)
    assert "the number is right" in _page(browser)
    assert browser.post("/urgent/lines/old").status_code == 303
    assert "may have changed" not in _page(browser)
    assert session.scalar(select(CrisisLine.checked_on).where(CrisisLine.key == "old")) == TODAY
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "crisis_line.checked"))
    assert [one.actor_id for one in noted] == [coordinator.id]


def test_every_page_of_those_who_meet_people_leads_there_by_one_key(make, client_of, centres):
    poznan, _leszno = centres
    for role, path in (("reception", "/desk"), ("lawyer", "/my-day"), ("interpreter", "/my-day")):
        page = client_of(make.staff(role, poznan)).get(path).get_data(as_text=True)
        assert 'href="/urgent" data-key="F9"' in page, role
    page = client_of(make.staff("auditor", poznan)).get("/account").get_data(as_text=True)
    assert "/urgent" not in page
