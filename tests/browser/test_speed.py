"""DESIGN §1 and day.md's speed list, task by task: taps, keys and seconds have limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from cic_cases.bookings import service
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.cases.models import Case
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from tests.browser.conftest import Site, serious
from tests.browser.hand import Hand

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
HALF = {"contact_language": "uk", "citizenship": "UA", "gender": "woman"}
ANSWERS = {**HALF, "age_band": "18_60", "services": "information"}
SLOW_HAND = 60  # milliseconds between keys: faster is a scanner


@contextmanager
def within(page: Page, seconds: float, *, taps: int = 0, keys: int = 0) -> Iterator[Hand]:
    """A task, from the first press to what the page answers."""
    hand = Hand(page)
    yield hand
    assert hand.taps <= taps, f"{hand.taps} taps"
    assert hand.keys <= keys, f"{hand.keys} keys"
    assert hand.seconds <= seconds, f"{hand.seconds:.1f} s"


def _booked(site: Site, start: datetime) -> tuple[Case, str]:
    """Somebody with the lawyer at `start`, and the code of their card."""
    case, code = site.make.case(site.poznan)
    key = SlotKey("legal_advice", site.lawyer.key, "poznan", start)
    wish = Wish(key.encode(), case.id, "uk", False, site.poznan.id)
    by = site.make.actor(site.reception)
    in_transaction(service.book, wish, at=site.clock.at, by=by)
    return case, code


def test_registering_takes_six_taps_and_fifteen_seconds(site: Site, signed_in: Callable[..., Page]):
    desk = signed_in(site.reception)
    new_card = desk.locator(".opened a.code")
    next_person = desk.get_by_role("button", name="Next person")

    with within(desk, 15, taps=6) as hand:
        hand.answer(**ANSWERS)
        hand.tap(desk.get_by_role("button", name="Save the visit"))
        expect(new_card).to_be_visible()
    next_person.click()

    # a country and a language without a tile are typed: the list answers from its first letters
    with within(desk, 15, taps=6, keys=8) as hand:
        hand.answer(citizenship="other")
        expect(desk.get_by_role("combobox", name="Another country")).to_be_focused()
        hand.type("alba", SLOW_HAND)
        hand.press("Enter")
        hand.answer(gender="man", age_band="over_60", services="information")
        hand.tap(desk.locator("[name=contact_language][value=en]"))
        expect(desk.locator("[name=citizenship_other]")).to_have_value("AL")
        hand.press("Control+Enter")
        expect(new_card).to_be_visible()
    next_person.click()

    # «save and book» leads to this person's times in the same number of taps
    with within(desk, 15, taps=6) as hand:
        hand.answer(**ANSWERS)
        hand.tap(desk.get_by_role("button", name="Save and book"))
        desk.wait_for_url("**/bookings*")


def test_the_lists_answer_for_the_tiles_and_work_without_scripts(
    site: Site, signed_in: Callable[..., Page]
):
    desk = signed_in(site.reception)
    desk.locator("[name=contact_language][value=uk]").click()
    desk.locator("summary", has_text="Another language").click()
    language = desk.get_by_role("combobox", name="Another language")
    expect(language).to_be_focused()
    desk.keyboard.type("fren", delay=SLOW_HAND)
    expect(desk.locator(".typeahead [role=option]")).to_have_text(["French"])
    assert serious(desk) == []
    desk.keyboard.press("Tab")
    expect(language).to_have_value("French")
    expect(desk.locator("[name=contact_language]:checked")).to_have_count(0)

    desk.reload()  # the draft brings it back
    expect(desk.locator("[name=language_other]")).to_have_value("fr")
    desk.locator("[name=contact_language][value=ka]").click()
    expect(desk.locator("[name=language_other]")).to_have_value("")

    plain = signed_in(site.reception, java_script_enabled=False)
    plain.get_by_label("Another country").select_option("AL")
    for name, value in {**ANSWERS, "citizenship": "other"}.items():
        plain.locator(f"[name={name}][value='{value}']").check()
    plain.get_by_role("button", name="Save the visit").click()
    expect(plain.locator(".opened a.code")).to_be_visible()


def test_the_desks_other_tasks(site: Site, signed_in: Callable[..., Page]):
    _person, today = _booked(site, datetime(2030, 1, 7, 7, 0, tzinfo=UTC))
    _caller, tomorrow = _booked(site, datetime(2030, 1, 8, 7, 0, tzinfo=UTC))
    desk = signed_in(site.reception)

    # a known person with a card: five characters are enough today, Enter opens, Enter checks in
    with within(desk, 5, keys=7) as hand:
        hand.type(today[:5], SLOW_HAND)
        hand.press("Enter")
        expect(desk.locator(".found")).to_be_visible()
        hand.press("Enter")
        expect(desk.locator("#waiting-now")).to_contain_text(show(today))

    with within(desk, 2, taps=1) as hand:
        hand.tap(desk.get_by_role("button", name="Quick enquiry 0"))
        expect(desk.get_by_role("button", name="Quick enquiry 1")).to_be_visible()
    with within(desk, 2, keys=1) as hand:
        hand.press("Shift+F8")
        expect(desk.get_by_role("button", name="Quick enquiry 0")).to_be_visible()

    # another language in the middle of a form
    Hand(desk).answer(**HALF)
    with within(desk, 5, taps=1) as hand:
        hand.tap(desk.locator("a[data-language][hreflang=uk]"))
        expect(desk.locator("html")).to_have_attribute("lang", "uk")
        for name, value in HALF.items():
            expect(desk.locator(f"[name={name}][value='{value}']")).to_be_checked()
    desk.locator("a[data-language][hreflang=en]").click()

    # the next free time of a service: one tap, and the first is chosen already
    with within(desk, 5, taps=1) as hand:
        hand.tap(desk.locator(".list.free a").first)
        expect(desk.locator(".slot[aria-current=true], .slot input:checked")).to_have_count(1)
    desk.goto("/desk")

    # a caller gives the code and cannot come
    with within(desk, 15, taps=4, keys=12) as hand:
        hand.press("Escape")
        hand.type(tomorrow, SLOW_HAND)
        hand.press("Enter")
        hand.tap(
            desk.get_by_role("link", name="Contact and history"),
            desk.locator("tr", has_text="Tue 8.01").get_by_role("link"),
            desk.get_by_text("Cancel the appointment").first,
            desk.get_by_role("button", name="Cancel the appointment"),
        )
        expect(desk.locator(".pagebar .tag")).to_contain_text("cancelled")


def test_a_specialist_says_seen_or_not_with_one_tap(site: Site, signed_in: Callable[..., Page]):
    for minute in (0, 40):
        _booked(site, datetime(2030, 1, 7, 7, minute, tzinfo=UTC))
    site.clock.forward(timedelta(hours=2))
    day = signed_in(site.lawyer, "/my-day")
    with within(day, 3, taps=1) as hand:
        hand.tap(day.get_by_role("button", name="Completed").first)
        expect(day.locator(".timeline li.is-done")).to_have_count(1)
    with within(day, 3, taps=1) as hand:
        hand.tap(day.get_by_role("button", name="Did not come").first)
        expect(day.locator(".timeline li.is-bad")).to_have_count(1)
