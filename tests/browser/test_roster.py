"""A coordinator builds a roster by keyboard, a late Thursday and two Saturdays: it is found."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site, scrolls_sideways, serious

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
FAR = 90  # stops of the Tab key on the longest page
SATURDAYS = ("2030-01-12", "2030-01-26")


def _go(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus, from the top of the page."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"Tab never reaches {name}")


def _choose(page: Page, name: str, words: str) -> None:
    _go(page, name)
    page.keyboard.type(words)


def _keys(value: str) -> tuple[str, ...]:
    """What one types for a date or an hour, in the orders that browsers ask for."""
    if "-" in value:
        year, month, day = value.split("-")
        return month + day + year, day + month + year, year + month + day
    hour, minute = value.split(":")
    half = f"{(int(hour) - 1) % 12 + 1:02}{minute}{'AM' if int(hour) < 12 else 'PM'}"
    return half, hour + minute


def _enter(page: Page, name: str, value: str) -> None:
    """Type a date or an hour as this browser wants it typed."""
    for keys in _keys(value):
        _choose(page, name, keys)
        if page.locator(f"[name={name}]").input_value() == value:
            return
    raise AssertionError(f"{name} cannot be typed")


def _press(page: Page) -> None:
    """Enter in a field sends its form, as browsers do."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _hours(page: Page, prefix: str, opens: str, closes: str) -> None:
    _enter(page, f"{prefix}opens", opens)
    _enter(page, f"{prefix}closes", closes)
    _press(page)


def _duty(page: Page, weekday: str, hours: tuple[str, str], first: str, last: str | None) -> None:
    page.goto("/rosters/duties")
    _choose(page, "duty-staff", "J.K.")
    _choose(page, "duty-room", "room 2")
    _choose(page, "duty-weekday", weekday)
    _enter(page, "duty-starts", hours[0])
    _enter(page, "duty-ends", hours[1])
    _enter(page, "duty-valid_from", first)
    if last:
        _enter(page, "duty-valid_until", last)
    service = page.get_by_label("Legal advice", exact=True)
    for _ in range(FAR):
        if service.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert service.is_checked()
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.wait_for_selector(".flashes .notice.ok")


def _found(page: Page, day: str) -> str:
    page.goto(f"/bookings?service=legal_advice&centre=poznan&from={day}&day={day}")
    return page.locator("main").inner_text()


def test_a_late_thursday_and_two_saturdays_by_keyboard_are_found_in_the_search(
    site: Site, signed_in: Callable[..., Page]
):
    page = signed_in(site.coordinator, "/rosters/hours")
    _choose(page, "week-weekday", "Thursday")
    _hours(page, "week-", "07:30", "19:00")
    for saturday in SATURDAYS:
        _enter(page, "date-on", saturday)
        _hours(page, "date-", "09:00", "13:00")

    _duty(page, "Thursday", ("15:00", "19:00"), "2030-01-10", None)
    for saturday in SATURDAYS:
        _duty(page, "Monday", ("09:00", "13:00"), saturday, saturday)

    assert "18:20" in _found(page, "2030-01-10")
    assert "12:20" in _found(page, "2030-01-12")
    assert "12:20" in _found(page, "2030-01-26")
    page.goto("/rosters?week=2030-01-07")
    assert page.locator(".week .duty", has_text="15:00–19:00").count() == 1
    assert page.locator(".week .duty.ex", has_text="09:00–13:00").count() == 1


@pytest.mark.parametrize("width", [1440, 320])
def test_the_pages_of_rosters_are_whole(site: Site, signed_in: Callable[..., Page], width: int):
    page = signed_in(site.coordinator, viewport={"width": width, "height": 900})
    found = []
    for path in (
        "/rosters",
        "/rosters?view=list&show=specialists",
        "/rosters/duties",
        "/rosters/duties/1",
        "/rosters/duties/1/rule?from=2030-01-14",
        "/rosters/closures",
        "/rosters/hours",
        "/rosters/copy",
    ):
        page.goto(path)
        found += [f"{path}: {line}" for line in serious(page)]
        if scrolls_sideways(page):
            found.append(f"{path} scrolls sideways")
    assert found == []


def test_a_duty_works_without_javascript_and_nothing_typed_is_lost(
    site: Site, signed_in: Callable[..., Page]
):
    page = signed_in(site.coordinator, "/rosters/duties", java_script_enabled=False)
    page.locator("[name=duty-starts]").fill("15:00")
    page.locator("[name=duty-ends]").fill("21:00")
    page.locator("[name=duty-valid_from]").fill("2030-01-10")
    page.get_by_label("Legal advice: minutes", exact=True).fill("25")
    page.get_by_label("Legal advice", exact=True).check()
    page.get_by_role("button", name="Save the duty").click()
    assert page.locator("#duty-starts-error").inner_text().startswith("The Centre is open")
    assert page.locator("[name=duty-ends]").input_value() == "21:00"
    assert page.get_by_label("Legal advice: minutes", exact=True).input_value() == "25"
    assert page.get_by_label("Legal advice", exact=True).is_checked()
