"""A duty with sixteen people is cancelled in a browser: shown first, undone, and cancelled."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from cic_cases.bookings import service
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.bookings.statuses import Status
from cic_cases.centres.models import Institution, Room, Service
from cic_cases.foundation.db import in_transaction
from tests.browser.conftest import Site, scrolls_sideways, serious

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
FIRST = datetime(2030, 1, 8, 8, tzinfo=UTC)  # Tuesday, 09:00 in Poznań
TWENTY = timedelta(minutes=20)
LANGUAGES = ("uk", "ru", "en", "ka")
MODES = ("full",) * 11 + ("discreet",) * 2 + ("none",) * 3
TOLD = 13  # everybody but the three whom no message may reach
CLICKS = 6  # menu, date, «Cancel», save, reason, confirm
FOLDED = 1  # on a phone the days but today's are folded: one more opens Tuesday


class Clicks:
    """Clicks as a person does, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, target: Locator) -> None:
        self.count += 1
        target.click()

    def choose(self, target: Locator, value: str) -> None:
        """One click opens the list, the letter keys and Enter do the rest."""
        self.count += 1
        target.select_option(value)


@pytest.fixture
def sixteen(site: Site) -> None:
    """Sixteen people with the voivodeship office's consultant on Tuesday, from 09:00 to 14:20."""
    session, make = site.make.session, site.make
    advice = session.scalars(select(Service).where(Service.key == "wuw_consultation")).one()
    room = session.scalars(
        select(Room).where(Room.centre_id == site.poznan.id, Room.label == "1")
    ).one()
    office = make.staff(
        "partner",
        site.poznan,
        languages=("pl", *LANGUAGES),
        initials="R.T.",
        institution=session.get(Institution, advice.institution_id),
    )
    make.duty(office, site.poznan, room, [advice], weekday=1, starts="09:00", ends="14:20", grid=20)
    actor = make.actor(site.reception)
    for place, mode in enumerate(MODES):
        language = LANGUAGES[place % len(LANGUAGES)]
        case, _code = make.case(site.poznan, language=language)
        reach = {} if mode == "none" else {"email": f"person{place}@example.org"}
        make.contact(case, mode=mode, **reach)
        key = SlotKey("wuw_consultation", office.key, "poznan", FIRST + place * TWENTY)
        wish = Wish(key.encode(), case.id, language, False, site.poznan.id)
        in_transaction(service.book, wish, at=site.clock.at, by=actor)
    assert site.send_due() == TOLD  # they were told of the appointment
    site.mail.messages.clear()


def _statuses(site: Site) -> dict[Status, int]:
    site.make.session.rollback()
    found = site.make.session.scalars(select(Booking.status).where(Booking.held_for.is_(None)))
    statuses = list(found)
    return {one: statuses.count(one) for one in set(statuses)}


def _is_whole(page: Page) -> None:
    assert serious(page) == []
    assert not scrolls_sideways(page)


def _to_the_preview(page: Page, click: Clicks) -> None:
    """From the menu to the duty's date, and «Cancel»."""
    click(page.locator("nav.main a[href^='/rosters']"))
    if (
        folded := page.locator("details:not([open]) > summary:visible", has_text="Tuesday")
    ).count():
        click(folded)
    click(page.locator("a.duty:visible", has_text="09:00–14:20"))
    click(page.get_by_label("Cancel", exact=True))
    click(page.get_by_role("button", name="Save the change"))
    page.wait_for_url("**/cancel?on=2030-01-08")


def _everybody_is_shown(page: Page) -> list[str]:
    """Sixteen lines, a time for each, and the words of each message; the words."""
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(MODES))
    times = [row.locator("option").first.inner_text() for row in rows.all()]
    assert len(set(times)) == len(MODES)
    assert all(one.startswith("Tue 15.01, ") for one in times), times
    assert [row.locator("td").first.inner_text().strip() for row in rows.all()][::15] == [
        "09:00",
        "14:00",
    ]
    expect(page.get_by_text("Nothing is sent.")).to_have_count(3)
    return [one.inner_text() for one in page.locator(".sms[lang]").all()]


def _confirm(page: Page, click: Clicks) -> None:
    click(page.get_by_role("button", name="Cancel the duty and send 13 messages"))
    page.wait_for_url("**/disruptions/*")
    expect(page.get_by_text("16 people have not answered yet")).to_be_visible()


@pytest.mark.usefixtures("sixteen")
@pytest.mark.parametrize(("width", "clicks"), [(1440, CLICKS), (320, CLICKS + FOLDED)])
def test_a_duty_with_sixteen_people_is_cancelled_in_few_clicks_and_can_be_undone(
    site: Site, signed_in: Callable[..., Page], width: int, clicks: int
):
    page = signed_in(site.coordinator, viewport={"width": width, "height": 900})
    click = Clicks()
    _to_the_preview(page, click)
    words = _everybody_is_shown(page)
    assert len(words) == TOLD
    assert _statuses(site) == {Status.BOOKED: 16}
    _is_whole(page)
    click.choose(page.get_by_label("Reason (for the team only)"), "training")
    _confirm(page, click)
    assert click.count == clicks
    assert _statuses(site) == {Status.NEEDS_REBOOKING: 16}
    _is_whole(page)

    # a minute long everything can be taken back, and nobody has heard of it
    site.clock.forward(timedelta(seconds=59))
    assert site.send_due() == 0
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("every appointment is as before")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert _statuses(site) == {Status.BOOKED: 16}
    _is_whole(page)
    site.clock.forward(timedelta(minutes=2))
    assert site.send_due() == 0

    # cancelled again: the messages leave after the minute, in the words that were shown
    _to_the_preview(page, Clicks())
    assert sorted(_everybody_is_shown(page)) == sorted(words)
    _confirm(page, Clicks())
    site.clock.forward(timedelta(seconds=59))
    assert site.send_due() == 0
    site.clock.forward(timedelta(seconds=2))
    assert site.send_due() == TOLD
    recipients = {str(message["To"]) for message in site.mail.messages}
    assert recipients == {f"person{place}@example.org" for place in range(TOLD)}
    page.reload()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert _statuses(site) == {Status.NEEDS_REBOOKING: 16}
