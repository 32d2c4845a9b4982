"""What My day offers once somebody was seen: whole, by keyboard, without scripts."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from cic_cases.bookings import service
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.centres.region_file import read
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.resources import resource
from tests.browser.conftest import Site, whole

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]


@pytest.fixture
def reference(site: Site) -> str:
    """An appointment with the lawyer this morning; legal advice has the region's outcomes."""
    region = read(resource("regions/wielkopolska.toml"))
    help_ = site.make.service()
    help_.outcomes = next(one.outcomes for one in region.services if one.key == help_.key)
    site.make.save(help_)
    case, _code = site.make.case(site.poznan)
    start = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
    slot = SlotKey("legal_advice", site.lawyer.key, "poznan", start).encode()
    wish = Wish(slot, case.id, "uk", False, site.poznan.id)
    by = site.make.actor(site.reception)
    return show(in_transaction(service.book, wish, at=site.clock.at, by=by).reference)


@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_my_day_after_somebody_was_seen_is_whole(
    site: Site, signed_in: Callable[..., Page], reference: str, language: str
):
    site.lawyer.language = language
    site.make.save(site.lawyer)
    page = signed_in(site.lawyer, "/my-day", language=language)
    page.locator(".plan button[value=done]").first.click()
    expect(page.locator(".came .chip")).to_have_count(5)
    assert whole(page) == []

    page.locator(".came .chip").first.click()
    expect(page.locator(".came [aria-pressed=true]")).to_have_count(1)
    assert whole(page) == []

    page.locator("a[href^='/my-day/week']").first.click()
    expect(page.locator(".meets li")).to_have_count(1)
    assert whole(page) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_outcome_and_follow_up_by_keyboard_with_and_without_scripts(
    site: Site, signed_in: Callable[..., Page], reference: str, scripts: bool
):
    page = signed_in(site.lawyer, "/my-day", java_script_enabled=scripts)
    page.locator(".plan button[value=done]").first.press("Enter")
    page.get_by_role("button", name="Case continues").press("Enter")
    chosen = page.get_by_role("button", name="Case continues", pressed=True)
    expect(chosen).to_be_visible()
    chosen.press("Enter")
    expect(page.locator(".came [aria-pressed=true]")).to_have_count(0)

    page.get_by_role("button", name="2 weeks").press("Enter")
    page.wait_for_url("**/bookings?*")
    page.locator(".basket form .btn.big").press("Enter")
    page.wait_for_url("**/bookings/*")
    expect(page.locator("main")).to_contain_text("21")


@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_days_off_are_whole_for_who_asks_and_who_decides(
    site: Site, signed_in: Callable[..., Page], language: str
):
    for staff in (site.lawyer, site.coordinator):
        staff.language = language
        site.make.save(staff)
    page = signed_in(site.lawyer, "/my-day/days-off", language=language)
    assert whole(page) == []
    page.locator("#off-first_day").fill("2030-01-14")
    page.locator("#off-last_day").fill("2030-01-15")
    with page.expect_navigation():
        page.locator("main form .btn").first.press("Enter")
    expect(page.locator("form[action$=withdraw]")).to_have_count(1)
    assert whole(page) == []

    page = signed_in(site.coordinator, "/rosters", language=language)
    page.locator("a[href='/rosters/days-off']").click()
    expect(page.locator("button[value=approve]")).to_have_count(1)
    assert whole(page) == []
    with page.expect_navigation():
        page.locator("button[value=approve]").press("Enter")
    expect(page.locator("button[value=approve]")).to_have_count(0)
    assert whole(page) == []
