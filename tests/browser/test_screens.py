"""Every screen of the day in four languages and three widths: whole, and nothing sideways."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from cic_cases.bookings import service
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.centres.models import Region
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications.kinds import State
from cic_cases.notifications.models import Message
from cic_cases.people.models import Staff
from tests.browser.conftest import Site, scrolls_sideways, serious

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
WIDTHS = (1440, 1024, 320)
LANGUAGES = ("pl", "uk", "en", "ru")
NARROW = 320  # where the longest word of a language shows first
SEARCH = "service=legal_advice&language=ka&interpreter=y&centre=poznan"


@pytest.fixture
def signed_in(site: Site, signed_in: Callable[..., Page]) -> Callable[..., Page]:
    """Signed in by somebody who chose this language: theirs counts, not the browser's."""

    def in_language(staff: Staff, path: str | None = None, *, language: str) -> Page:
        site.make.session.rollback()
        staff.language = language
        site.make.save(staff)
        return signed_in(staff, path, language=language)

    return in_language


def _two_appointments(site: Site, phone: str | None = None) -> tuple[str, str]:
    """Two people with the lawyer this morning; the code of one, the reference of the other."""
    actor = site.make.actor(site.reception)
    references = []
    for hour, minute in ((7, 0), (7, 40)):
        case, code = site.make.case(site.poznan)
        if phone:
            site.make.contact(case, phone=phone)
        start = datetime(2030, 1, 7, hour, minute, tzinfo=UTC)
        key = SlotKey("legal_advice", site.lawyer.key, "poznan", start)
        wish = Wish(key.encode(), case.id, "uk", False, site.poznan.id)
        booking = in_transaction(service.book, wish, at=site.clock.at, by=actor)
        references.append(show(booking.reference))
    return show(code), references[0]


def _check(page: Page, path: str, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    answer = page.goto(path)
    assert answer is not None
    assert answer.ok, f"{path}: {answer.status}"
    found = [f"{path} at {width}: {line}" for line in serious(page)]
    return [*found, f"{path} at {width} scrolls sideways"] if scrolls_sideways(page) else found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_of_the_day_are_whole(
    site: Site, signed_in: Callable[..., Page], language: str
):
    code, reference = _two_appointments(site)
    reception = signed_in(site.reception, language=language)
    paths = [
        "/desk",
        "/bookings?service=legal_advice",
        f"/bookings/{reference}",
        f"/bookings/{reference}/move",
        f"/cases/{code}",
        "/rosters",
        "/account",
    ]
    found = [line for path in paths for width in WIDTHS for line in _check(reception, path, width)]
    lawyer = signed_in(site.lawyer, language=language)
    found += [line for width in WIDTHS for line in _check(lawyer, "/my-day", width)]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_coordinators_screens_are_whole(
    site: Site, signed_in: Callable[..., Page], language: str
):
    _two_appointments(site)
    page = signed_in(site.coordinator, language=language)
    paths = (
        "/morning",
        "/door-sheet?day=2030-01-07",
        "/reports",
        "/rosters",
        "/rosters/duties/1",
        "/admin",
        f"/admin/{site.lawyer.key}/roles",
    )
    assert [line for path in paths for width in WIDTHS for line in _check(page, path, width)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_of_searching_and_waiting_are_whole(
    site: Site, signed_in: Callable[..., Page], language: str
):
    code, _reference = _two_appointments(site)
    page = signed_in(site.reception, language=language)
    page.goto(f"/cases/{code}")
    page.locator("form[action$='/waiting-list/for'] button").click()
    page.wait_for_url("**/waiting-list/join*")
    found = _check(page, "/waiting-list/join", NARROW)
    page.locator("#service").select_option(index=1)
    page.locator("form[action$='/waiting-list/join'] button").click()
    page.wait_for_url("**/waiting-list")
    paths = (
        "/waiting-list",
        "/external",
        f"/cases/{code}/external",
        f"/bookings?{SEARCH}",
        f"/bookings/next?{SEARCH}",
        f"/bookings/first?{SEARCH}",
        f"/bookings/why?{SEARCH}&on=2030-01-07&hour=09:10",
        "/urgent?language=ka",
        "/waiting-room",
        "/desk/camera",
        "/help?step=2",
    )
    assert found + [line for path in paths for line in _check(page, path, NARROW)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_call_list_is_whole_with_a_number_open_and_empty(
    site: Site, signed_in: Callable[..., Page], language: str
):
    _two_appointments(site, phone="+48600100200")
    site.make.session.execute(update(Message).values(state=State.FAILED))
    site.make.session.commit()
    page = signed_in(site.reception, language=language)
    found = [line for width in WIDTHS for line in _check(page, "/call-list", width)]
    for left in (2, 1):
        assert page.locator("nav.main .badge").inner_text() == str(left)
        page.locator("form[action$='/number'] button").first.click()
        page.wait_for_selector("a[href='tel:+48600100200']:focus")
        found += [*serious(page), *(["sideways"] if scrolls_sideways(page) else [])]
        page.locator("button.primary[value=told]").click()
        page.wait_for_selector(".flashes .notice.ok")
    expect(page.locator(".badge")).to_have_text("0")
    assert found + serious(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_of_rosters_are_whole(
    site: Site, signed_in: Callable[..., Page], language: str
):
    _two_appointments(site)
    page = signed_in(site.coordinator, language=language)
    paths = (
        "/rosters?view=list&week=2030-01-07",
        "/rosters/duties",
        "/rosters/closures",
        "/rosters/hours",
        "/rosters/copy",
        "/account",
    )
    found = [line for path in paths for line in _check(page, path, NARROW)]
    assert page.locator("html").get_attribute("lang") == language
    preview = "/rosters/duties/1/cancel?on=2030-01-07"
    found += [line for width in WIDTHS for line in _check(page, preview, width)]
    page.locator("form[action$='/rosters/changes'] button.danger").click()
    page.wait_for_url("**/rosters/disruptions/*")
    result = page.url.removeprefix(site.url)
    found += [line for width in WIDTHS for line in _check(page, result, width)]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_of_who_looks_after_the_whole_are_whole(
    site: Site, signed_in: Callable[..., Page], language: str
):
    region = site.make.session.get_one(Region, site.poznan.region_id)
    staff = site.make.staff("region", region=region, email="region@example.org")
    staff.password_hash = site.reception.password_hash
    page = signed_in(site.make.save(staff), language=language)
    paths = ("/security", "/security?show=lists", "/security?show=entered", "/alarms")
    assert [line for path in paths for width in WIDTHS for line in _check(page, path, width)] == []


@pytest.mark.parametrize("language", [*LANGUAGES, "es", "tr", "ka", "az"])
def test_the_pages_of_people_without_an_account_are_whole(
    open_page: Callable[..., Page], language: str
):
    page = open_page(language=language)
    assert page.locator("html").get_attribute("lang") == language
    assert [
        line for path in ("/", "/privacy") for w in WIDTHS for line in _check(page, path, w)
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_form_is_whole_and_says_what_to_do(
    site: Site, signed_in: Callable[..., Page], language: str
):
    page = signed_in(site.reception, "/desk", language=language)
    page.keyboard.press("F2")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".errors")
    assert page.evaluate("document.activeElement.classList.contains('errors')")
    assert serious(page) == []
