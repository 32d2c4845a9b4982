"""A passkey from its making to a sign-in without a password, with Chromium's own authenticator."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import PASSPHRASE, Site, scrolls_sideways, serious

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SHOTS = os.environ.get("CIC_SHOTS")  # a folder, to look at the pages


@pytest.fixture
def address(site: Site) -> str:
    """The same server by name: browsers know no passkeys of a number."""
    named = site.url.replace("127.0.0.1", "localhost")
    site.app.config["CIC"] = replace(site.app.config["CIC"], base_url=named)
    return named


def with_device(page: Page) -> tuple[CDPSession, str]:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, made["authenticatorId"]


def whole(page: Page, name: str) -> None:
    """No serious complaint of axe, nothing wider than a phone."""
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    assert (serious(page), scrolls_sideways(page)) == ([], False)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-320.png", full_page=True)
    page.set_viewport_size(size or {"width": 1440, "height": 900})
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def type_password(page: Page, site: Site) -> None:
    page.locator("[name=email]").fill(site.reception.email)
    page.locator("[name=password]").fill(PASSPHRASE)
    page.locator("[name=password]").press("Enter")


def test_a_passkey_is_added_and_signs_in_alone_and_as_the_second_step(
    site: Site, address: str, open_page: Callable[..., Page]
):
    page = open_page(f"{address}/login")
    device, number = with_device(page)
    type_password(page, site)
    page.wait_for_url("**/desk")
    page.goto(f"{address}/account")
    whole(page, "account-before")
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.locator("[data-passkey-missing]")).to_be_hidden()
    whole(page, "passkey-new")
    page.locator("[name=name]").fill("work phone")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.locator(".recovery li, ol.codes li, li").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("recovery codes", ignore_case=True)
    page.goto(f"{address}/account")
    expect(page.get_by_text("work phone")).to_be_visible()
    whole(page, "account-after")

    page.locator("form[action$='/logout'] button").first.click(force=True)
    page.wait_for_url("**/login")
    whole(page, "login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/desk")

    page.context.clear_cookies()
    page.goto(f"{address}/login")
    type_password(page, site)
    page.wait_for_url("**/second-step")
    whole(page, "second-step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/desk")

    page.context.clear_cookies()
    device.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})
    page.goto(f"{address}/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(
        "The passkey was not used. Try again, or sign in another way."
    )
    whole(page, "login-refused")


def test_a_browser_without_passkeys_says_so_and_offers_the_rest(
    site: Site, address: str, open_page: Callable[..., Page]
):
    page = open_page("/login")
    page.context.add_init_script("delete window.PublicKeyCredential")
    page.goto(f"{address}/login")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    type_password(page, site)
    page.wait_for_url("**/desk")

    page.goto(f"{address}/account/passkeys/new")

    expect(page.get_by_text("This browser cannot use passkeys here.")).to_be_visible()
    expect(page.get_by_role("button", name="Add the passkey")).to_be_hidden()
    whole(page, "passkey-missing")
