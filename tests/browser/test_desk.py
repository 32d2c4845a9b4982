"""The desk under a scanner, under interruption, and beside a colleague's desk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import Wish
from cic_cases.cases.models import Case
from cic_cases.centres.models import Service
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
TAPS = {
    "contact_language": "uk",
    "citizenship": "UA",
    "gender": "woman",
    "age_band": "18_60",
    "services": "information",
}

READER = """
  // a reader that sees the card at its second look, and a camera that is a black canvas
  let looks = 0;
  window.BarcodeDetector = class {
    async detect() {
      return looks++ ? [{ rawValue: "https://x.example" }, { rawValue: "CODE" }] : [];
    }
  };
  const getUserMedia = async () => {
    const canvas = document.createElement("canvas");
    setInterval(() => canvas.getContext("2d").fillRect(0, 0, 9, 9), 50);
    const stream = canvas.captureStream(20);
    const [track] = stream.getTracks();
    const stop = track.stop.bind(track);
    track.stop = () => { sessionStorage.stopped = "yes"; stop(); };
    return stream;
  };
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia } });
"""


def book_today(site: Site, case: Case) -> None:
    """The lawyer's first time today."""
    session = site.make.session
    advice = session.scalars(select(Service).where(Service.key == "legal_advice")).one()
    ids = (frozenset({advice.id}), frozenset({site.poznan.id}))
    today = site.clock.at.date()
    slot = availability.free_slots(
        session, Search(*ids, first_day=today, last_day=today), site.clock.at
    )[0]
    wish = Wish(slot.code, case.id, "uk", False, site.poznan.id)
    by = site.make.actor(site.reception)
    in_transaction(service.book, wish, at=site.clock.at, by=by)


def test_a_scanner_is_heard_anywhere_and_a_half_filled_form_survives(
    site: Site, signed_in: Callable[..., Page]
):
    make = site.make
    case, code = make.case(site.poznan)
    book_today(site, case)
    desk, colleague = signed_in(site.reception), signed_in(site.coordinator, "/desk")
    box = desk.locator("[name=code]")
    expect(box).to_be_focused()

    # half a form, a question about the keys, a reload and another language: nothing is lost
    for name, value in list(TAPS.items())[:3]:
        desk.locator(f"[name={name}][value='{value}']").click()
    desk.keyboard.press("?")
    expect(desk.get_by_role("heading", name="Keys of the desk")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.reload()
    desk.locator("a[data-language][hreflang=pl]").click()
    for name, value in list(TAPS.items())[:3]:
        expect(desk.locator(f"[name={name}][value='{value}']")).to_be_checked()
    assert code not in desk.evaluate("JSON.stringify(sessionStorage)")

    # a card under the scanner while the cursor is in the form: one action, checked in
    desk.locator("[name=gender][value=woman]").focus()
    desk.keyboard.type(show(code))
    desk.keyboard.press("Enter")
    expect(desk.locator(".found")).to_be_visible()
    expect(desk.locator("#waiting-now")).to_contain_text(show(code))

    # the colleague's board knows it when they look back at it, and their cursor stays
    colleague.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(colleague.locator("#waiting-now")).to_contain_text(show(code))
    expect(colleague.locator("[name=code]")).to_be_focused()


def test_a_card_before_the_camera_checks_in_and_the_camera_is_let_go(
    site: Site, signed_in: Callable[..., Page]
):
    case, code = site.make.case(site.poznan)
    book_today(site, case)
    desk = signed_in(site.reception)
    expect(desk.locator("[data-camera]")).to_be_hidden()  # this Chromium has no reader
    desk.goto("/desk/camera")
    expect(desk.locator("[data-camera-refused]")).to_be_visible()
    expect(desk.locator("[name=code]")).to_be_focused()

    desk.add_init_script(READER.replace("CODE", show(code)))
    desk.goto("/desk")
    desk.locator("[data-camera]").click()
    desk.wait_for_url("**/desk")
    expect(desk.locator("#waiting-now")).to_contain_text(show(code))
    assert desk.evaluate("sessionStorage.stopped") == "yes"


def test_only_the_page_of_the_camera_may_use_it(site: Site, signed_in: Callable[..., Page]):
    desk = signed_in(site.reception)
    for path, may in (("/desk", "camera=()"), ("/desk/camera", "camera=(self)")):
        answer = desk.goto(path)
        assert answer is not None
        assert answer.headers["permissions-policy"].startswith(f"{may}, ")


def test_taps_of_a_half_filled_form_do_not_outlive_the_signing_out(
    site: Site, signed_in: Callable[..., Page]
):
    desk = signed_in(site.reception)
    desk.locator("[name=gender][value=woman]").click()
    assert desk.evaluate("sessionStorage.length") > 0

    desk.get_by_role("button", name="Sign out").click()
    assert desk.evaluate("sessionStorage.length") == 0
