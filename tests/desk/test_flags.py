"""Late, missed, no interpreter: the board flags it beside an act that resolves it in place."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.codes import show
from cic_cases.people.models import Staff
from cic_cases.privacy.models import AuditEntry
from tests.desk.reception import Reception

PHONE = "+48123450000"


def georgian(reception: Reception, initials: str, centre=None, **duty) -> Staff:
    make = reception.make
    centre = centre or reception.centre
    staff = make.staff("interpreter", centre, languages=("ka", "pl"), initials=initials)
    make.duty(staff, centre, None, [], kind="interprets", **duty)
    return staff


def unheard(reception: Reception) -> Booking:
    """Somebody who speaks Georgian, with a lawyer who does not, and nobody to speak for them."""
    case, _code = reception.make.case(language="ka")
    booking = reception.book(case)
    booking.language = "ka"
    reception.session.commit()
    return booking


def board(reception: Reception, show: str = "all") -> str:
    return reception.browser.get(f"/desk?show={show}", headers={"Accept-Language": "en"}).text


def act(reception: Reception, booking: Booking, **form: object) -> str:
    address = f"/bookings/{show(booking.reference)}/interpreter"
    return reception.browser.post(address, data=form, follow_redirects=True).text


def interpreter_of(reception: Reception, booking: Booking) -> int | None:
    reception.session.expire_all()
    return reception.session.get_one(Booking, booking.id).interpreter_id


def test_whom_nobody_understands_is_flagged_and_one_tap_finds_an_interpreter(reception: Reception):
    booking = unheard(reception)
    for page in (board(reception), board(reception, "solve")):
        assert "no interpreter" in page
        assert "Find an interpreter" in page

    assert "No interpreter of this language is free at this time" in act(reception, booking)
    assert interpreter_of(reception, booking) is None

    first = georgian(reception, "N.G.")
    page = act(reception, booking)
    assert "Another interpreter takes part." in page
    assert "interpreter N.G." in page
    assert "no interpreter" not in page
    assert interpreter_of(reception, booking) == first.id

    # the first does not come: a remote one of another centre takes over, the first is free again
    act(reception, booking)
    assert interpreter_of(reception, booking) == first.id  # there is no other
    far = georgian(reception, "R.M.", reception.make.centre("leszno"), remote=True)
    assert "interpreter R.M." in act(reception, booking)
    taken = {
        staff.id: reception.session.scalar(
            select(func.count()).where(Occupancy.resource_id == staff.resource_id)
        )
        for staff in (first, far)
    }
    assert taken == {first.id: 0, far.id: 1}
    trail = select(AuditEntry.action).where(AuditEntry.subject_id == booking.id)
    assert list(reception.session.scalars(trail)).count("booking.interpreted") == 2


def test_an_interpreter_is_found_for_the_rest_only_and_never_against_a_newer_board(
    reception: Reception,
):
    booking = unheard(reception)
    version, starts_at, ends_at = booking.version, booking.starts_at, booking.ends_at
    georgian(reception, "N.G.")
    reception.clock.at = starts_at + timedelta(minutes=10)
    act(reception, booking, version=version - 1)
    assert interpreter_of(reception, booking) is None

    act(reception, booking, version=version)
    staff_id = interpreter_of(reception, booking)
    assert staff_id is not None
    resource = select(Staff.resource_id).where(Staff.id == staff_id).scalar_subquery()
    [claimed] = reception.session.scalars(
        select(Occupancy).where(Occupancy.resource_id == resource)
    )
    assert (claimed.starts_at, claimed.ends_at) == (reception.clock.at, ends_at)

    reception.clock.at = ends_at
    act(reception, booking)
    assert interpreter_of(reception, booking) == staff_id


@pytest.mark.parametrize(("mode", "neutral"), [("full", False), ("discreet", True)])
def test_the_number_of_somebody_late_is_opened_once_and_that_is_on_record(
    reception: Reception, mode, neutral
):
    case, _code = reception.make.case()
    reception.make.contact(case, mode=mode, phone=PHONE)
    booking = reception.book(case)
    address = f"/desk/late/{show(booking.reference)}/number"
    early = reception.browser.post(address, follow_redirects=True)
    assert "This call is no longer needed" in early.text

    reception.clock.at = booking.starts_at + timedelta(minutes=15)
    assert address in board(reception)
    shown = reception.browser.post(address)
    assert shown.status_code == 200
    assert f"tel:{PHONE}" in shown.text
    assert ("Do not name the Centre" in shown.text) == neutral
    assert PHONE not in board(reception)
    opened = select(func.count()).where(AuditEntry.action == "contact.revealed")
    assert reception.session.scalar(opened) == 1


def test_whom_nobody_can_call_is_said_and_whoever_missed_is_booked_again(reception: Reception):
    case, code = reception.make.case()
    booking = reception.book(case)
    reception.clock.at = booking.starts_at + timedelta(minutes=15)
    address = f"/desk/late/{show(booking.reference)}/number"
    assert "no phone number" in reception.browser.post(address, follow_redirects=True).text

    reception.browser.post(f"/bookings/{booking.reference}/status", data={"status": "no_show"})
    assert reception.status_of(booking) is Status.NO_SHOW
    page = board(reception)
    assert "Another time" in page
    assert address not in page
    answer = reception.browser.post(f"/cases/{show(code)}/book", follow_redirects=True)
    assert show(code) in answer.text
