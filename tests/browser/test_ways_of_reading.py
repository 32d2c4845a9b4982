"""The desk's pages by keyboard alone, at 200 % zoom, without motion, and in forced colours."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from cic_cases.visits import tickets
from tests.browser.conftest import Site, scrolls_sideways, serious

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]
PAGES = ("/desk", "/urgent", "/waiting-room", "/help?step=2", "/bookings?service=legal_advice")
HALF = {"width": 720, "height": 450}  # what 1440 × 900 shows at 200 %
STEPS = """() => {
  const seen = new Set();
  const all = "a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex='0']";
  return [...document.querySelectorAll(all)].filter((one) => {
    const shown = one.checkVisibility({ visibilityProperty: true });
    if (one.disabled || one.tabIndex < 0 || !shown) return false;
    if (one.type !== "radio") return true;
    const group = one.name + (one.form?.action || "");
    return !seen.has(group) && seen.add(group);
  }).length;
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const look = getComputedStyle(one);
  const place = one.getBoundingClientRect();
  const ringed = (part) => part.outlineStyle !== "none" || part.boxShadow !== "none";
  window.order = (window.order || 0) + (one.dataset.reached ? 0 : 1);
  one.dataset.reached = "yes";
  return {
    what: one.outerHTML.slice(0, 90),
    ring: one.type === "date" /* its parts draw their own */ || ringed(look)
      || ringed(getComputedStyle(one.parentElement)),
    inside: place.right > 0 && place.left < innerWidth
      && place.bottom > 0 && place.top < innerHeight,
  };
}"""
MOVES = """() => [...document.querySelectorAll("*")].filter((one) => {
  const look = getComputedStyle(one);
  const lasts = (text) => text.split(",").some((part) => parseFloat(part) > 0.01);
  const animated = look.animationName !== "none" && lasts(look.animationDuration);
  return animated || lasts(look.transitionDuration);
}).map((one) => one.outerHTML.slice(0, 90))"""
BORDERLESS = """() => [...document.querySelectorAll(
  "main .btn,main input:not([type=hidden]),main select,.topbar .urgent")]
  .filter((one) => one.checkVisibility() && !one.matches(".scan input"))
  .filter((one) => parseFloat(getComputedStyle(one).borderTopWidth) === 0)
  .map((one) => one.outerHTML.slice(0, 90))"""


@pytest.fixture
def busy(site: Site) -> None:
    """Somebody with a number waits, so that no page is empty."""
    by = site.make.actor(site.reception)
    day = site.clock.at.date()
    tickets.give(site.make.session, site.poznan.id, None, day, at=site.clock.at, by=by)
    site.make.session.commit()


def _by_tab(page: Page, path: str) -> Iterator[str]:
    """Everything is reached by Tab, in sight and with a ring; a trap would hide the rest."""
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); window.scrollTo(0, 0)")
    number = page.evaluate(STEPS)
    for _step in range(2 * number):  # a date has parts of its own
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        if not at["ring"]:
            yield f"{path}: the focus is not seen on {at['what']}"
        if not at["inside"]:
            yield f"{path}: the focus is out of sight on {at['what']}"
    if (reached := page.evaluate("window.order || 0")) < number:
        yield f"{path}: {reached} of {number} are reached by Tab"


@pytest.mark.usefixtures("busy")
def test_the_desks_pages_are_read_and_worked_in_other_ways(
    site: Site, signed_in: Callable[..., Page]
):
    page = signed_in(site.reception)
    found: list[str] = []
    for path in PAGES:
        page.goto(path)
        found += _by_tab(page, path)

    page.set_viewport_size(HALF)
    for path in PAGES:
        page.goto(path)
        found += [f"{path} at 200 %: {line}" for line in serious(page)]
        if scrolls_sideways(page):
            found.append(f"{path} at 200 % scrolls sideways")

    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    for path in PAGES:
        page.goto(path)
        found += [f"{path} still moves: {line}" for line in page.evaluate(MOVES)]
        found += [f"{path} loses its edge: {line}" for line in page.evaluate(BORDERLESS)]
    page.goto("/desk")
    tile = page.locator("[name=gender][value=woman]")
    edges = []
    for _state in ("open", "chosen"):
        edges.append(tile.evaluate("(one) => getComputedStyle(one).borderTopWidth"))
        tile.click()
    assert edges[0] != edges[1], "a chosen tile differs by more than its colour"
    assert not found, "\n".join(found)
