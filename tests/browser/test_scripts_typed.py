"""A script in whatever can be written is read as text: nothing runs, nothing is even refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from cic_cases.bookings import service
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.calendar.models import Closure
from cic_cases.centres.crisis_models import CrisisLine
from cic_cases.centres.models import Centre, Institution, Place, Region, Room, Service
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.people.factor_models import Passkey
from cic_cases.people.models import Staff
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
SCRIPT = """"'><img src=x onerror=alert(1)><script>alert(2)</script><svg/onload=alert(3)>{{7*7}}"""
LINK = "javascript:alert(4)"
NAMED = (Service, Place, Institution, CrisisLine)
SAID = {Room: ("label",), Staff: ("initials",), Centre: ("city", "address"), Closure: ("reason",)}
QUERY = "&".join(f"{name}={quote(SCRIPT)}" for name in ("show", "day", "service", "in", "about"))
HREF = f"next={quote(LINK)}&back={quote(LINK)}&lang={quote(SCRIPT)}"


@pytest.fixture
def dialogs() -> list[str]:
    """What any page said by itself."""
    return []


@pytest.fixture
def code_and_reference(site: Site) -> tuple[str, str]:
    """Somebody with an appointment, in a centre where a script is in every name."""
    make, session = site.make, site.make.session
    case, code = make.case(site.poznan)
    key = SlotKey("legal_advice", site.lawyer.key, "poznan", datetime(2030, 1, 7, 7, tzinfo=UTC))
    wish = Wish(key.encode(), case.id, "uk", False, site.poznan.id)
    by = make.actor(site.reception)
    booking = in_transaction(service.book, wish, at=site.clock.at, by=by)
    away = date(2031, 1, 6)
    session.add(Closure(centre_id=site.poznan.id, first_day=away, last_day=away, reason="x"))
    for kind in NAMED:
        for row in session.scalars(select(kind)):
            row.names = dict.fromkeys(row.names, SCRIPT)
    for told, columns in SAID.items():
        for row in session.scalars(select(told)):
            for column in columns:
                setattr(row, column, f"{SCRIPT}{row.id}")
    session.commit()
    return show(code), show(booking.reference)


def walk(page: Page, dialogs: list[str], paths: list[str]) -> int:
    """Open each address with scripts in its query; on how many the script is read as text."""
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
    read = 0
    for path in paths:
        for query in ("", QUERY, HREF):
            answer = page.goto(f"{path}{'&' if '?' in path else '?'}{query}")
            assert answer is not None
            assert answer.status in (200, 404), path
            assert page.locator("img[src=x], svg[onload], a[href^='javascript']").count() == 0
            read += "alert(1)" in page.locator("body").inner_text()
    return read


@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_no_script_in_any_name_or_address_runs(
    site: Site,
    signed_in: Callable[..., Page],
    open_page: Callable[..., Page],
    code_and_reference: tuple[str, str],
    dialogs: list[str],
    language: str,
):
    code, reference = code_and_reference
    for staff in (site.reception, site.coordinator, site.lawyer):
        staff.language = language
        site.make.save(staff)
    desk = [
        "/desk", "/bookings?service=legal_advice", f"/bookings/{reference}",
        f"/bookings/{reference}/slip", f"/cases/{code}", f"/cases/{code}/card",
        f"/cases/{code}/external", "/waiting-list", "/call-list", "/external", "/urgent",
        "/waiting-room", "/account", "/help",
    ]  # fmt: skip
    board = [
        "/morning", "/door-sheet?day=2030-01-07", "/reports", "/rosters", "/rosters?view=list",
        "/rosters/duties/1", "/rosters/closures", "/rosters/hours", "/admin",
    ]  # fmt: skip
    day = ["/my-day", "/my-day/week", f"/cases/{code}/notes", "/referrals"]
    read = [
        walk(signed_in(site.reception, language=language), dialogs, desk),
        walk(signed_in(site.coordinator, language=language), dialogs, board),
        walk(signed_in(site.lawyer, language=language), dialogs, day),
    ]
    walk(open_page(language=language), dialogs, ["/", "/privacy", "/login"])

    assert dialogs == []
    assert all(number > 2 for number in read), read  # so the scripts were there to be run


def test_what_is_typed_and_refused_comes_back_as_text(
    site: Site, signed_in: Callable[..., Page], dialogs: list[str]
):
    page = signed_in(site.coordinator, "/rosters/closures")
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
    page.locator("[name=closure-reason]").fill(SCRIPT)
    page.locator("[name=closure-first_day]").evaluate("one => one.value = ''")
    page.locator("form:has([name=closure-reason])").evaluate("one => one.noValidate = true")
    page.locator("form:has([name=closure-reason]) button[type=submit]").first.click()
    assert page.locator("[name=closure-reason]").input_value() == SCRIPT
    page.goto("/desk")
    page.locator("[name=code]").first.fill(SCRIPT)
    page.locator("[name=code]").first.press("Enter")
    page.wait_for_selector("[role=alert]")

    assert page.locator("[name=code]").first.input_value() == SCRIPT
    assert dialogs == []


@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_a_note_a_message_and_a_passkeys_name_are_read_as_text(
    site: Site, signed_in: Callable[..., Page], dialogs: list[str], language: str
):
    make, session = site.make, site.make.session
    case, code = make.case(site.poznan)
    key = SlotKey("legal_advice", site.lawyer.key, "poznan", datetime(2030, 1, 7, 7, tzinfo=UTC))
    wish = Wish(key.encode(), case.id, "uk", False, site.poznan.id)
    in_transaction(service.book, wish, at=site.clock.at, by=make.actor(site.reception))
    region = make.staff("region", region=session.get_one(Region, site.poznan.region_id))
    region.password_hash = site.lawyer.password_hash
    site.lawyer.language = region.language = language
    make.save(site.lawyer)
    lawyer = signed_in(site.lawyer, f"/cases/{show(code)}/notes", language=language)
    texts = signed_in(make.save(region), "/admin/texts/discreet_reminder/uk", language=language)
    for page in (lawyer, texts):
        page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
        page.locator("textarea[name=text]").fill(SCRIPT)
        page.locator("form:has(textarea[name=text]) button[type=submit]").first.click()
        page.wait_for_load_state()
        assert page.locator("img[src=x], svg[onload]").count() == 0
    assert texts.locator("textarea[name=text]").input_value() == SCRIPT  # refused, and not lost
    key_of = {"credential_id": b"c" * 16, "public_key": b"k", "sign_count": 0}
    session.add(Passkey(staff_id=site.lawyer.id, name=SCRIPT, made_at=site.clock.at, **key_of))
    session.commit()

    for path in (f"/cases/{show(code)}/notes", "/account"):
        lawyer.goto(path)
        assert "alert(1)" in lawyer.locator("main").inner_text()
        assert lawyer.locator("img[src=x], svg[onload]").count() == 0
    assert dialogs == []
