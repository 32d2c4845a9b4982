"""A mail arrives; its link is opened on a small phone without scripts, in the person's language."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from cic_cases.bookings import service
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.i18n import PERSON_LOCALES
from tests.browser.conftest import Site, scrolls_sideways, serious

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
TUESDAY = datetime(2030, 1, 8, 7, tzinfo=UTC)
PHONE = {"viewport": {"width": 320, "height": 720}, "java_script_enabled": False}
LEAST_TARGET = 44  # pixels a thumb needs


@pytest.fixture
def booking(site: Site) -> Booking:
    actor = site.make.actor(site.reception)
    case, _code = site.make.case(site.poznan)
    site.make.contact(case, "full", "person@example.org", "+48600100200")
    slot = SlotKey("legal_advice", site.lawyer.key, "poznan", TUESDAY).encode()
    wish = Wish(slot, case.id, "uk", False, site.poznan.id)
    return in_transaction(service.book, wish, at=site.clock.at, by=actor)


@pytest.fixture
def link(site: Site, booking: Booking) -> str:
    """The path of the link in the confirmation, as its mail server got it."""
    site.send_due()
    [letter] = site.mail.messages
    text = letter.get_body(("plain",)).get_content()
    found = re.search(r"^http://127\.0\.0\.1:8000(/b/\S+)", text, re.MULTILINE)
    assert found, text
    return found[1]


def status_of(site: Site, booking: Booking) -> Status:
    site.make.session.rollback()
    site.make.session.expire_all()
    return site.make.session.get_one(Booking, booking.id).status


def _small_targets(page: Page) -> list[str]:
    found = page.locator("main a, main button").all()
    boxes = [(one.inner_text(), one.bounding_box()) for one in found]
    return [text for text, box in boxes if box is None or box["height"] < LEAST_TARGET]


def test_a_person_confirms_asks_for_a_call_and_cancels_on_a_phone(
    site: Site, booking: Booking, link: str, open_page: Callable[..., Page]
):
    page = open_page(link, **PHONE)
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    for act in ("coming", "call-me"):
        page.locator(f"form[action*='/{act}'] button").click()
        expect(page.locator(f"form[action*='/{act}']")).to_have_count(0)
    page.locator("a[href$='/cancel']").click()
    assert status_of(site, booking) is Status.BOOKED
    page.locator("form[action*='/cancel'] button").click()

    expect(page.locator("s time")).to_be_visible()
    expect(page.locator("form")).to_have_count(0)
    assert status_of(site, booking) is Status.CANCELLED


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_the_page_fits_thumbs_small_phones_and_screen_readers(
    link: str, open_page: Callable[..., Page], language: str
):
    page = open_page("/", viewport={"width": 320, "height": 720})
    for path in (link.partition("?")[0], link.partition("?")[0] + "/cancel"):
        page.goto(f"{path}?lang={language}")
        expect(page.locator("nav a[aria-current]")).to_have_attribute("lang", language)
        assert not scrolls_sideways(page)
        assert serious(page) == []
        assert _small_targets(page) == []
