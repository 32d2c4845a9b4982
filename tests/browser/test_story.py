"""The main job from end to end, by keyboard, in two languages, with real mail."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cic_cases.bookings.models import Booking
from cic_cases.foundation.codes import show
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def _answer(page: Page, group: str, value: str) -> None:
    """Choose an answer of a question as the keyboard does: jump to it, Space."""
    page.locator(f"[name={group}][value='{value}']").focus()
    page.keyboard.press("Space")


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_a_person_is_registered_booked_told_seen_and_reminded(
    site: Site, signed_in: Callable[..., Page], language: str
):
    page = signed_in(site.reception, language=language)

    # reception registers an anonymised visit: F2, five answers, Ctrl Enter
    page.keyboard.press("F2")
    for group, value in (
        ("contact_language", "uk"),
        ("citizenship", "UA"),
        ("gender", "woman"),
        ("age_band", "18_60"),
        ("services", "information"),
    ):
        _answer(page, group, value)
    page.keyboard.press("Control+Enter")
    code = page.locator(".opened a.code").inner_text()
    assert len(code) == 11

    # agrees on messages
    page.goto(f"/cases/{code}")
    page.locator("[name=email]").fill("person@example.org")
    page.locator("[name=mode][value=full]").check()
    page.locator("[name=email]").press("Enter")
    expect(page.locator(".flashes .notice.ok")).to_be_visible()

    # books the lawyer's first time tomorrow: F4, a day, Ctrl Enter
    page.keyboard.press("F4")
    page.wait_for_url("**/bookings*")
    page.goto("/bookings?service=legal_advice&day=2030-01-08")
    shown = page.locator(".basket .sms").first.inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/bookings/*-*")
    booking = site.make.session.scalars(select(Booking)).one()
    assert show(booking.reference) in page.locator("h1").inner_text()

    # the confirmation leaves by SMTP, in Ukrainian, and is what reception was shown
    assert site.send_due() == 1
    confirmation = site.mail.messages[0]
    body = confirmation.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "візит 08.01, 08:00" in text
    assert show(booking.reference) in text
    shown_words = shown.replace("\n", " ").split(show(booking.reference))[0].split()[:3]
    assert shown_words == text.split()[:3]
    calendar = next(p for p in confirmation.iter_attachments())
    assert calendar.get_content_type() == "text/calendar"

    # the lawyer sees it in the day's schedule
    site.clock.at = datetime(2030, 1, 8, 6, 30, tzinfo=UTC)
    lawyer = signed_in(site.lawyer, "/my-day", language=language)
    assert code in lawyer.locator(".timeline").inner_text()

    # the reminder fires on the eve at 10:00, not before
    site.clock.at = datetime(2030, 1, 7, 8, 59, tzinfo=UTC)
    assert site.send_due() == 0
    site.clock.at = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
    assert site.send_due() == 1
    reminder = site.mail.messages[1].get_body(("plain",))
    assert reminder is not None
    assert "завтра" in reminder.get_content()


def test_check_in_takes_a_scan_and_two_enters(site: Site, signed_in: Callable[..., Page]):
    case, code = site.make.case(site.poznan)
    page = signed_in(site.reception, "/desk")
    page.locator("[name=code]").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator(".opened")).to_be_visible()
    page.goto("/bookings?service=legal_advice&day=2030-01-07")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/bookings/*-*")

    page.goto("/desk")
    page.get_by_role("button", name="Next person").click()
    expect(page.locator(".opened")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.type(code.lower())
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("08:00")
    page.keyboard.press("Enter")
    expect(page.locator("#board")).to_contain_text("arrived")


def test_a_quick_question_is_one_key_and_another_takes_it_back(
    site: Site, signed_in: Callable[..., Page]
):
    page = signed_in(site.reception, "/desk")
    page.keyboard.press("F8")
    expect(page.locator("[data-key='F8'] .badge")).to_have_text("1")
    page.keyboard.press("Shift+F8")
    expect(page.locator("[data-key='F8'] .badge")).to_have_text("0")


def test_the_day_can_be_worked_without_javascript(site: Site, signed_in: Callable[..., Page]):
    page = signed_in(site.reception, "/desk", java_script_enabled=False)
    for group, value in (("contact_language", "uk"), ("citizenship", "UA"), ("gender", "man")):
        page.locator(f"[name={group}][value='{value}']").check()
    page.locator("[name=age_band][value='18_60']").check()
    page.locator("[name=services][value=information]").check()
    page.locator("button[name=then]").click()
    page.wait_for_url("**/bookings*")
    page.locator("select[name=service]").select_option("legal_advice")
    page.locator(".filters button").click()
    page.locator("form.go button").first.click()
    page.wait_for_url("**/bookings/*-*")
    page.goto("/desk")
    page.locator("#board button").first.click()
    assert "arrived" in page.locator("#board").inner_text()


def test_another_day_replaces_the_times_without_loading_the_page_again(
    site: Site, signed_in: Callable[..., Page]
):
    page = signed_in(site.reception, "/bookings?service=legal_advice")
    page.evaluate("window.sameDocument = true")
    first = page.locator(".slot.on").inner_text()
    page.locator("a.day").nth(1).click()
    expect(page.locator(".day[aria-current] b")).to_have_text("8")
    assert page.evaluate("window.sameDocument") is True
    assert "day=2030-01-08" in page.url
    assert page.locator(".slot.on").inner_text() == first
    assert page.evaluate("document.activeElement.matches('.day[aria-current]')")
    page.locator("[name=time][value=late]").check()
    expect(page.locator(".empty")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True
