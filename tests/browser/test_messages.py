"""A message that did not arrive, in a browser: found, read on a phone, sent again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Message
from tests.browser.conftest import Site, scrolls_sideways, serious
from tests.notifications.tried import Tried

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 800}


@pytest.fixture
def refused(site: Site) -> Message:
    """A mail to an address that does not exist; the SMS was taken."""
    told = Tried(site.make, site.lawyer.id)
    told.centre = site.poznan
    booking = told.booked()
    message = told.message(booking)
    told.fails(message)
    told.sent(told.message(booking, Means.SMS))
    site.clock.forward(timedelta(minutes=90))
    return message


def _is_whole(page: Page) -> None:
    """Nothing that axe minds, on a wide screen and on a narrow one."""
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        assert serious(page) == []
        assert not scrolls_sideways(page)


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_board_to_the_words_in_every_language_and_sent_again(
    site: Site, signed_in: Callable[..., Page], refused: Message, scripts: bool
):
    page = signed_in(site.coordinator, "/messages/failed", java_script_enabled=scripts)
    expect(page.get_by_role("heading", name="The address does not exist.")).to_be_visible()
    if scripts:
        _is_whole(page)
    page.get_by_role("link", name="confirmation").first.click()
    expect(page.get_by_text("Ask the person for the right address.")).to_be_visible()
    languages = page.get_by_role("navigation", name="Language of the message")
    for language in ("ქართული", "Polski", "Українська"):
        languages.get_by_role("link", name=language).click()
        expect(page.locator(".handset-screen")).to_contain_text("09.01")
    if scripts:
        _is_whole(page)
    page.get_by_label("The address has been corrected").check()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("The message leaves again within a few minutes.")).to_be_visible()

    assert site.send_due() >= 1
    site.make.session.rollback()
    wanted = select(Message.state).where(Message.id == refused.id)
    assert site.make.session.scalar(wanted) is State.SENT
    page.reload()
    expect(page.locator(".pagebar .tag")).to_have_text("sent")
