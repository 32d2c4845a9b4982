"""Referring somebody and answering, as pages: whole in each language, also without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cic_cases.foundation.codes import show
from tests.browser.conftest import Site, whole

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]


@pytest.mark.parametrize(
    ("language", "scripts"), [("pl", True), ("uk", True), ("ru", True), ("en", True), ("en", False)]
)
def test_a_referral_goes_there_and_its_answer_back(
    site: Site, signed_in: Callable[..., Page], language: str, scripts: bool
):
    for staff in (site.lawyer, site.reception):
        staff.language = language
        site.make.save(staff)
    _case, code = site.make.case(site.poznan)
    options = {"language": language, "java_script_enabled": scripts}
    desk = signed_in(site.reception, f"/cases/{show(code)}", **options)
    desk.locator(f"a[href='/cases/{show(code)}/refer']").press("Enter")
    sent = desk.locator("form[method=post]:has([name=why]) button.btn").first
    sent.press("Enter")
    expect(desk.locator("main [role=alert], main .error").first).to_be_visible()
    assert not scripts or whole(desk) == []
    desk.locator("[name=service]").first.press("Space")
    desk.locator("[name=why]").first.press("Space")
    sent.press("Enter")
    desk.wait_for_url(f"**/cases/{show(code)}")

    asked = signed_in(site.lawyer, "/my-day", **options)
    asked.locator("main a[href='/referrals']").press("Enter")
    expect(asked.locator("form[action$=accept]")).to_have_count(1)
    assert not scripts or whole(asked) == []
    asked.locator("details.decline summary").press("Enter")
    expect(asked.locator("form[action$=decline] button")).to_have_count(5)
    assert not scripts or whole(asked) == []
    with asked.expect_navigation():
        asked.locator("form[action$=accept] button").press("Enter")
    expect(asked.locator("form[action$=done]")).to_have_count(1)
    assert not scripts or whole(asked) == []

    desk.goto("/referrals")
    expect(desk.locator("form[action$=noted]")).to_have_count(1)
    assert not scripts or whole(desk) == []
