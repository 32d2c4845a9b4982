"""What a task costs a person: taps, keys and seconds, counted while a browser does it."""

from dataclasses import dataclass, field
from time import monotonic

from playwright.sync_api import Locator, Page

TAP, KEY = 1.3, 0.28
"""Seconds of pointing and pressing, and of one key of an average typist: the keystroke-level model
(Card, Moran and Newell, "The Keystroke-Level Model for User Performance Time", 1980)."""


@dataclass
class Hand:
    """Does what a person does on a page and counts it; `with Hand(page) as hand` starts anew."""

    page: Page
    taps: int = 0
    keys: int = 0
    _began: float = field(default_factory=monotonic)

    def tap(self, *targets: Locator) -> None:
        """Press each of these once."""
        for target in targets:
            target.click()
            self.taps += 1

    def answer(self, **answers: str) -> None:
        """One tap for each question: `name="value"` of a tile."""
        self.tap(*(self.page.locator(f"[name={name}][value='{v}']") for name, v in answers.items()))

    def type(self, text: str, pace: float = 0) -> None:
        """Type where the cursor is; `pace` is in milliseconds, for what answers to a slow hand."""
        self.page.keyboard.type(text, delay=pace)
        self.keys += len(text)

    def press(self, *keys: str) -> None:
        """Press these keys."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    @property
    def seconds(self) -> float:
        """The hand's own time by the model, and what the pages took."""
        return self.taps * TAP + self.keys * KEY + monotonic() - self._began
