"""A Georgian-speaking lawyer, or one with an interpreter, found in another centre by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cic_cases.bookings.models import Booking
from cic_cases.centres.models import Centre, Service
from tests.browser.conftest import Site, scrolls_sideways, serious

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]


@pytest.fixture
def konin(site: Site) -> Centre:
    """Another centre: a lawyer who speaks Georgian on Wednesdays, and one on Fridays who does not.

    On Fridays a remote interpreter of Georgian is on duty there.
    """
    session, make = site.make.session, site.make
    advice = session.scalars(select(Service).where(Service.key == "legal_advice")).one()
    konin = session.scalars(select(Centre).where(Centre.slug == "konin")).one()
    georgian = make.staff("lawyer", konin, languages=("pl", "ka"), initials="N.G.")
    polish = make.staff("lawyer", konin, languages=("pl",), initials="P.W.")
    speaker = make.staff("interpreter", konin, languages=("pl", "ka"), initials="T.M.")
    make.duty(georgian, konin, None, [advice], weekday=2, grid=40)
    make.duty(polish, konin, None, [advice], weekday=4, grid=40)
    make.duty(speaker, konin, None, [], weekday=4, kind="interprets", remote=True)
    return konin


def _press(page: Page, selector: str, key: str) -> None:
    page.locator(selector).first.focus()
    page.keyboard.press(key)


def _is_whole(page: Page) -> None:
    assert serious(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("width", [1440, 320])
@pytest.mark.parametrize("way", ["speaks", "interpreter"])
def test_georgian_is_found_in_another_centre_and_booked_by_keyboard(
    site: Site, konin: Centre, signed_in: Callable[..., Page], width: int, way: str
):
    case, code = site.make.case(site.poznan, language="ka", citizenship="GE")
    page = signed_in(site.reception, viewport={"width": width, "height": 900})
    page.goto(f"/cases/{code}")
    page.keyboard.press("F4")
    page.wait_for_url("**/bookings*")
    query = "service=legal_advice&language=ka&centre=poznan"
    if way == "interpreter":
        query += "&interpreter=y&from=2030-01-10"
    page.goto(f"/bookings?{query}")
    _is_whole(page)

    # nothing here: the first free of every centre, and there Konin
    _press(page, "a[href*='/bookings/first']", "Enter")
    page.wait_for_url("**/bookings/first*")
    _is_whole(page)
    _press(page, "a.slot[href*='centre=konin']", "Enter")
    basket = page.locator(".basket")
    expect(basket).to_contain_text("N.G." if way == "speaks" else "P.W.")
    expect(basket.get_by_text("with an interpreter")).to_have_count(int(way == "interpreter"))
    _is_whole(page)

    # held while it is talked over, then booked
    page.get_by_role("button", name="Hold for 10 minutes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Held until")).to_be_visible()
    _is_whole(page)
    _press(page, "form[action$='/confirm'] button", "Enter")
    page.wait_for_url("**/bookings/*-*")

    site.make.session.expire_all()
    booking = site.make.session.scalars(select(Booking)).one()
    assert (booking.case_id, booking.centre_id, booking.language) == (case.id, konin.id, "ka")
    assert booking.interpreter is (way == "interpreter")
