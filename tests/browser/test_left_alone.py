"""A screen that nobody touches for ten minutes shows nothing any more, nor does the Back key."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import ENDONYMS
from tests.browser.conftest import PASSPHRASE, Site

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
TEN_MINUTES = timedelta(minutes=10)
LINE = 9  # letters of a line that is about this person; shorter ones are everywhere


def pass_by(page: Page, site: Site, how_long: timedelta) -> None:
    """On both clocks, the browser's and the server's."""
    site.clock.forward(how_long)
    page.clock.run_for(int(how_long.total_seconds() * 1000))


def test_a_screen_left_alone_is_empty_and_its_owner_goes_on(
    site: Site, signed_in: Callable[..., Page]
):
    _case, code = site.make.case(site.poznan)
    page = signed_in(site.reception)
    page.clock.install()
    page.goto(f"/cases/{code}")
    shown, opened = page.locator("h1").inner_text(), page.url
    told = {line for line in page.locator("main").inner_text().splitlines() if len(line) > LINE}
    told -= set(ENDONYMS.values())  # which stand at the top of every page
    assert len(told) > 5

    pass_by(page, site, TEN_MINUTES - timedelta(seconds=10))
    assert page.url == opened
    pass_by(page, site, timedelta(seconds=20))

    locked = page.get_by_role("heading", name="The screen is locked", level=1)
    expect(locked).to_be_visible()
    assert not [line for line in told if line in page.content()]
    page.go_back(wait_until="commit")
    expect(locked).to_be_visible()
    assert not [line for line in told if line in page.content()]
    page.locator("[name=password]").fill(PASSPHRASE)
    page.locator("[name=password]").press("Enter")
    expect(locked).to_be_hidden()
    page.goto(opened)
    expect(page.locator("h1")).to_have_text(shown)


STORED = "sessionStorage.length + localStorage.length"


def test_who_sits_down_after_somebody_finds_nothing_of_theirs(
    site: Site, signed_in: Callable[..., Page]
):
    _case, code = site.make.case(site.poznan)
    page = signed_in(site.reception, "/desk")
    page.locator("[name=code]").first.fill(code)
    page.locator("[name=code]").first.press("Enter")
    expect(page.get_by_text(show(code)).first).to_be_visible()
    page.locator("form[data-draft] label:has(input[type=radio]:not(:checked))").first.click()
    assert page.evaluate(STORED) > 0
    page.locator("form[action$='/logout'] button").click()
    page.wait_for_url("**/login*")
    assert page.evaluate(STORED) == 0

    page.locator("[name=email]").fill(site.coordinator.email)
    page.locator("[name=password]").fill(PASSPHRASE)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/morning*")
    for path in ("/morning", "/desk", "/bookings", "/waiting-list", "/account", "/help"):
        page.goto(path)
        assert show(code) not in page.content(), path
        assert site.reception.initials not in page.locator("header").inner_text(), path
    page.goto("/desk")
    assert page.locator("form[data-draft] input:checked").count() == 0
    for _step in range(12):  # the Back key leads to pages that were never kept
        page.go_back(wait_until="commit")
        assert show(code) not in page.content(), page.url
