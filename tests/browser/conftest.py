"""A real server, a real browser, a real mail server; five real centres from the region file."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from cic_cases import scheduler
from cic_cases.application import create_app
from cic_cases.centres import service as centres
from cic_cases.centres.models import Centre, Room, Service
from cic_cases.centres.region_file import read
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.resources import resource
from cic_cases.people import passwords
from cic_cases.people.models import Staff
from tests.conftest import Clock, settings_for
from tests.factory import Factory
from tests.notifications.smtp_server import SmtpServer

PASSPHRASE = "quiet river walks home"
REGION = "regions/wielkopolska.toml"
SIGNED_IN = re.compile(r"/(morning|desk|my-day|reports|account)")


@dataclass
class Site:
    """Poznań with a lawyer on duty on Mondays and Tuesdays, and the mail server it posts to."""

    app: Flask
    url: str
    clock: Clock
    make: Factory
    mail: SmtpServer
    poznan: Centre
    reception: Staff
    lawyer: Staff
    coordinator: Staff

    def send_due(self) -> int:
        """What the worker does when it looks."""
        return scheduler.send_due(self.app)


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def site(database_url: str, tmp_path: Path, clock: Clock, mail: SmtpServer) -> Iterator[Site]:
    app = create_app(settings_for(database_url, tmp_path, mail_url=mail.url))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with app.app_context():
        yield _poznan(app, f"http://127.0.0.1:{server.port}", clock, mail)
        server.shutdown()
        thread.join()
        server.server_close()
        db.session.remove()
        db.engine.dispose()


def _poznan(app: Flask, url: str, clock: Clock, mail: SmtpServer) -> Site:
    session = db.session()
    in_transaction(centres.load, read(resource(REGION)), at=clock.at)
    make = Factory(session)
    poznan = session.scalars(select(Centre).where(Centre.slug == "poznan")).one()
    advice = session.scalars(select(Service).where(Service.key == "legal_advice")).one()
    room = session.scalars(select(Room).where(Room.centre_id == poznan.id, Room.label == "2")).one()
    secret = passwords.hashed(PASSPHRASE)

    def member(role: str, initials: str) -> Staff:
        staff = make.staff(role, poznan, initials=initials, email=f"{role}.poznan@example.org")
        staff.password_hash = secret
        return make.save(staff)

    people = {
        "reception": member("reception", "A.K."),
        "lawyer": member("lawyer", "J.K."),
        "coordinator": member("coordinator", "E.B."),
    }
    for weekday in (0, 1):
        make.duty(people["lawyer"], poznan, room, [advice], weekday=weekday, grid=40)
    return Site(app, url, clock, make, mail, poznan, **people)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(site: Site, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open the site in a fresh browser; any complaint of its console fails the test."""
    contexts, complaints = [], []

    def listen(message: ConsoleMessage) -> None:
        refused = "status of 422" in message.text or "status of 409" in message.text
        if message.type == "error" and not refused:
            complaints.append(message.text)

    def open_page(path: str = "/", *, language: str = "en", **options: Any) -> Page:
        chosen = {"viewport": {"width": 1440, "height": 900}, "locale": language, **options}
        context = chromium.new_context(base_url=site.url, **chosen)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def signed_in(site: Site, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Sign in as a person would: by typing, and Enter."""

    def signed_in(staff: Staff, path: str | None = None, **options: Any) -> Page:
        page = open_page("/login", **options)
        page.locator("[name=email]").fill(staff.email)
        page.locator("[name=password]").fill(PASSPHRASE)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(SIGNED_IN)
        if path is not None:
            page.goto(path)
        return page

    return signed_in


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical on the page, as readable lines."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def whole(page: Page) -> list[str]:
    """What is wrong with a page on a desk, a small screen and a telephone."""
    found = []
    for width in (1440, 1024, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {line}" for line in serious(page)]
        found += [f"{width} scrolls sideways"] if scrolls_sideways(page) else []
    return found


def scrolls_sideways(page: Page) -> bool:
    """Whether the page itself is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
