"""Take a picture of every screen into docs/screens, and write the page that shows them all.

A demonstration is made in a folder of its own, for a fixed morning and a fixed seed, and served to
Chromium: the same code gives the same screens, but for codes, which are random. Pictures are WebP
of one window (about 40 kB each), in Polish, the language of the centres.
"""

import base64
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
SCREENS, INDEX = ROOT / "docs" / "screens", ROOT / "docs" / "screens.md"
MORNING = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)  # a Tuesday, 10:20 in Poznań
WIDE, PHONE = (1440, 900), (390, 844)
QUALITY = 60
CONFIGURED = "http://127.0.0.1:8000"  # what addresses begin with; the server has a port of its own


@dataclass(frozen=True)
class Screen:
    """One picture: its file, what it shows, whose it is, and how one comes there."""

    name: str
    caption: str
    who: str | None
    path: str
    size: tuple[int, int] = WIDE
    press: tuple[str, ...] = ()  # what is pressed before the picture, by selector
    opens: str | None = None  # then the address is opened that this element shows


SHOWN = (
    Screen("start", "The start page, without an account", None, "/"),
    Screen("sign-in", "Signing in", None, "/login"),
    Screen(
        "desk", "Reception: scan, register, next free times, today's board", "reception", "/desk"
    ),
    Screen(
        "desk-solve",
        "Late, missed, no interpreter: what is to be solved",
        "reception",
        "/desk?show=solve",
    ),
    Screen("desk-phone", "The desk on a phone", "reception", "/desk", PHONE),
    Screen(
        "appointment",
        "One appointment: what was sent, what can be done",
        "reception",
        "/desk",
        press=(".board a.code >> nth=0",),
    ),
    Screen(
        "case",
        "A case: no name, a card, a way of contact",
        "reception",
        "/desk",
        press=(".board a.code >> nth=0", ".defs a.code"),
    ),
    Screen(
        "card",
        "The card, with the Centre's name and without",
        "reception",
        "/desk",
        press=(".board a.code >> nth=0", ".defs a.code", "a[href$='/card']"),
    ),
    Screen(
        "slip",
        "The slip of paper, in the person's language",
        "reception",
        "/desk",
        press=(".board a.code >> nth=0", "a[href$='/slip']"),
    ),
    Screen("bookings", "Finding a free time", "reception", "/bookings?service=legal_advice"),
    Screen(
        "urgent",
        "Help in a crisis: who is free now, whom to call",
        "reception",
        "/urgent?language=uk",
    ),
    Screen("waiting-room", "Numbers of the waiting room", "reception", "/waiting-room"),
    Screen(
        "display",
        "The waiting room's screen speaks four languages in turn",
        "coordinator",
        "/waiting-room",
        press=(
            "form[action$='/numbers'] button",
            ".bar a",
            "#waiting-now a[href$='/waiting-room']",
            ".call-next button",
            "form[action$='/screen'] button",
        ),
        opens="code.address",
    ),
    Screen("waiting-list", "The waiting list", "reception", "/waiting-list"),
    Screen("call-list", "Whom no message reached", "reception", "/call-list"),
    Screen("outside", "Appointments elsewhere", "reception", "/external"),
    Screen("my-day", "A lawyer's day", "lawyer", "/my-day"),
    Screen("my-day-phone", "A psychologist's day on a phone", "psychologist", "/my-day", PHONE),
    Screen("my-week", "An adviser's week", "adviser", "/my-day/week"),
    Screen("morning", "The coordinator's board of the morning", "coordinator", "/morning"),
    Screen("door-sheet", "The sheets on the doors", "reception", "/door-sheet"),
    Screen("days-off", "Days off that a coordinator decides", "coordinator", "/rosters/days-off"),
    Screen("referrals", "Who was referred to one's help", "psychologist", "/referrals"),
    Screen("interpreter", "An interpreter's day", "interpreter", "/my-day"),
    Screen("rosters", "The rosters of a week", "coordinator", "/rosters"),
    Screen("closures", "Closures", "coordinator", "/rosters/closures"),
    Screen("messages", "What did not arrive", "coordinator", "/messages/failed"),
    Screen("reports", "Numbers of one's own Centres", "coordinator", "/reports"),
    Screen("accounts", "Accounts and roles", "coordinator", "/admin"),
    Screen("texts", "The region's own words", "region", "/admin/texts"),
    Screen("help", "The tour of one's role", "reception", "/help"),
    Screen("account", "One's own account", "reception", "/account"),
)


@contextmanager
def _demonstration() -> Iterator[tuple[str, str]]:
    """Address and passphrase of a demonstration that stands still on `MORNING`."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "CIC_ENV": "development",
            "CIC_INSTANCE_DIR": folder,
            "CIC_MAIL_URL": f"file:{folder}/outbox",
            "CIC_SMS_URL": f"file:{folder}/outbox",
            "CIC_MAIL_FROM": "centre@example.org",
            "CIC_MAIL_FROM_NEUTRAL": "post@example.org",
            "CIC_SECOND_STEP": "waived",
            "CIC_SCHEDULER": "off",
        }
        from cic_cases.foundation import clock  # reads the settings above
        from wsgi import app

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        clock.tick = lambda: MORNING  # type: ignore[assignment]
        runner = app.test_cli_runner()
        region = str(ROOT / "cic_cases/regions/wielkopolska.toml")
        said = ""
        for command in (
            ["db", "upgrade"],
            ["region", "load", region],
            ["demo", "load"],
            ["demo", "accounts"],
        ):
            done = runner.invoke(args=command)
            if done.exit_code:
                raise SystemExit(f"{' '.join(command)}: {done.output}")
            said = done.output
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = re.search(r"passphrase of them all: (\S+)", said)
        yield f"http://127.0.0.1:{server.port}", found[1] if found else ""
        server.shutdown()


def _sign_in(page: Page, who: str, passphrase: str) -> None:
    place = "wielkopolska" if who == "region" else "poznan"
    page.goto("/login")
    page.locator("[name=email]").fill(f"{who}.{place}@example.org")
    page.locator("[name=password]").fill(passphrase)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def _picture(page: Page, screen: Screen) -> bytes:
    """The window as WebP, which Playwright itself does not write."""
    page.set_viewport_size({"width": screen.size[0], "height": screen.size[1]})
    answer = page.goto(screen.path)
    if answer is None or not answer.ok:
        raise SystemExit(f"{screen.path}: {answer and answer.status}")
    for control in screen.press:
        page.locator(control).click()
        page.wait_for_load_state("networkidle")
    if screen.opens:
        page.goto(page.locator(screen.opens).inner_text().replace(CONFIGURED, ""))
    page.evaluate("document.activeElement?.blur(); document.fonts.ready")
    taken = page.context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    return base64.b64decode(taken["data"])


def _take(browser: Browser, address: str, passphrase: str) -> Iterator[tuple[Screen, bytes]]:
    pages: dict[str | None, Page] = {}
    for screen in SHOWN:
        if screen.who not in pages:
            context = browser.new_context(base_url=address, locale="pl-PL")
            pages[screen.who] = context.new_page()
            if screen.who:
                _sign_in(pages[screen.who], screen.who, passphrase)
        yield screen, _picture(pages[screen.who], screen)


def _index(screens: list[Screen]) -> str:
    made = "Made by `make screenshots` from the demonstration: all people are invented."
    head = f"# Every screen\n\n{made}\n"
    parts = [f"\n## {s.caption}\n\n![{s.caption}](screens/{s.name}.webp)\n" for s in screens]
    return head + "".join(parts)


def main() -> None:
    """Write the pictures anew; what is no longer shown goes."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not installed (apt-get install chromium).")
    shutil.rmtree(SCREENS, ignore_errors=True)
    SCREENS.mkdir(parents=True)
    with _demonstration() as (address, passphrase), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for screen, picture in _take(browser, address, passphrase):
            (SCREENS / f"{screen.name}.webp").write_bytes(picture)
            print(f"{screen.name:14} {len(picture) // 1000:4} kB  {screen.caption}")
        browser.close()
    INDEX.write_text(_index(list(SHOWN)), encoding="utf-8")


if __name__ == "__main__":
    main()
