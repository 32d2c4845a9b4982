"""The page of an officer's day without a duty, in every language of the staff."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cic_cases.centres.models import Service
from tests.browser.conftest import PASSPHRASE, Site
from tests.browser.test_passkeys import whole

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
TUESDAY = 1


@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_the_page_of_a_day_without_a_duty_is_whole(
    site: Site, open_page: Callable[..., Page], language: str
):
    officer = site.make.staff("partner", site.poznan, email="officer@example.org")
    officer.password_hash = site.reception.password_hash
    officer.language = language
    advice = site.make.session.scalars(select(Service)).first()
    site.make.duty(
        officer, site.poznan, None, [advice], weekday=TUESDAY, starts="12:00", ends="15:00"
    )
    page = open_page("/login", language=language)
    page.locator("[name=email]").fill(officer.email)
    page.locator("[name=password]").fill(PASSPHRASE)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/off-duty")

    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("main")).to_contain_text("12:00–15:00")
    whole(page, f"off-duty-{language}")
