"""A table of a region file, read key by key.

It never stops at the first mistake: what is wrong is collected with the path of its key and a
sentence that says what to write instead, so that one reading shows everything there is to mend.
The values returned after a mistake are stand-ins; whoever reads must look at the problems first.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")
LANGUAGES = ("pl", "uk", "en", "ru", "es", "tr", "ka", "az")
WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MANY = 20  # a longer list of known words helps nobody in a message
LABEL = 40  # characters of a table's own name in a path
Span = tuple[time, time]


def nearest(word: str, known: Iterable[str]) -> str:
    """How to go on after an unknown word: the known one meant, or all of them."""
    words = list(known)
    if close := get_close_matches(word, words, n=1):
        return f"did you mean «{close[0]}»?"
    if len(words) > MANY:
        return f"write one of the {len(words)} known ones, e.g. {words[0]}"
    return f"write one of: {', '.join(words)}" if words else "the file has none of them, add it"


def _short(label: object) -> str:
    return str(label)[:LABEL] if isinstance(label, str | date) else ""


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)


class Table:
    """One table; `path` says where it is in the file, `problems` gathers what is wrong."""

    def __init__(self, values: Mapping[str, object], path: str, problems: list[str]) -> None:
        self.values = values
        self.path = path
        self.problems = problems
        self._asked: dict[str, None] = {}

    def wrong(self, key: str, reason: str) -> None:
        """Note that `key` is wrong; `reason` ends with what to do."""
        self.problems.append(_printable(f"{self._path(key)}: {reason}"))

    def only_once(self, tables: str, label: str, names: list[str]) -> None:
        """Note each of the tables [[tables]] that is called the same as another."""
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self.wrong(f"{tables}.{name}.{label}", f"«{name}» is there twice, rename or remove one")

    def has(self, key: str) -> bool:
        """Whether the file gives `key`; asking makes it a known one."""
        self._asked[key] = None
        return key in self.values

    def close(self) -> None:
        """Nobody reads further: every key that was not asked for is unknown."""
        for key in self.values:
            if key not in self._asked:
                self.wrong(key, f"is not a known key, {nearest(key, self._asked)}")

    def value(self, key: str, kind: type[T], example: str, *, needed: bool = True) -> T | None:
        """The value of `key`; None when it is wrong or left out, which is wrong if `needed`."""
        if not self.has(key):
            if needed:
                self.wrong(key, f"is missing, add {key} = {example}")
            return None
        found = self.values[key]
        if isinstance(found, kind) and (kind is bool or not isinstance(found, bool)):
            return found
        self.wrong(key, f"{found!r} is not what belongs here, write {key} = {example}")
        return None

    def text(self, key: str, longest: int, example: str = '"…"') -> str:
        """A text that is not empty and fits its column of `longest` characters."""
        found = self.value(key, str, example)
        if found is None:
            return ""
        if not found or found != found.strip() or not found.isprintable():
            self.wrong(key, "is empty, or has spaces around it or line breaks, write plain text")
            return ""
        if len(found) > longest:
            self.wrong(key, f"has {len(found)} characters, shorten it to {longest}")
        return found

    def name(self, key: str, longest: int, pattern: str, example: str) -> str:
        """A text of a fixed shape, such as a slug."""
        found = self.text(key, longest, f'"{example}"')
        if found and not re.fullmatch(pattern, found):
            self.wrong(key, f"«{found}» has the wrong shape, write it like {example}")
        return found

    def choice(self, key: str, known: Iterable[str], *, needed: bool = True) -> str | None:
        """One of the known words; None when it is wrong or left out."""
        words = list(known)
        found = self.value(key, str, f'"{words[0] if words else "…"}"', needed=needed)
        if found is None or found in words:
            return found
        self.wrong(key, f"«{found}» is not known, {nearest(found, words)}")
        return None

    def choices(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        """A list of known words, none of them twice."""
        words = list(known)
        listed = self.value(key, list, '["…"]') or []
        for number, word in enumerate(listed):
            if word not in words:
                self.wrong(key, f"«{word}» is not known, {nearest(str(word), words)}")
            elif word in listed[:number]:
                self.wrong(key, f"«{word}» is there twice, take one away")
        return tuple(map(str, listed))

    def flag(self, key: str) -> bool:
        """true or false; false when left out."""
        return self.value(key, bool, "true", needed=False) or False

    def whole(self, key: str, least: int, most: int, otherwise: int | None = None) -> int:
        """A whole number from `least` to `most`; may be left out when there is an `otherwise`."""
        if otherwise is not None and not self.has(key):
            return otherwise
        found = self.value(key, int, str(least))
        if found is not None and not least <= found <= most:
            self.wrong(key, f"{found} is out of range, write a number from {least} to {most}")
        return found or least

    def thousandths(self, key: str, most: int) -> int | None:
        """A price such as 0.08, up to `most`, in thousandths; None when left out or wrong."""
        if not self.has(key):
            return None
        found = self.values[key]
        if type(found) not in (int, float):
            self.wrong(key, f"{found!r} is not what belongs here, write {key} = 0.08")
            return None
        price = Decimal(str(found))
        if not price.is_finite() or not 0 <= price <= most or price != round(price, 3):
            self.wrong(key, f"{found} is no price, write 0 to {most} with up to three decimals")
            return None
        return int(price * 1000)

    def wholes(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers from `least` to `most`, none twice, the largest first."""
        listed = self.value(key, list, f"[{least}]") or []
        good = [n for n in listed if type(n) is int and least <= n <= most]
        if not good or len(good) != len(listed) or len(set(good)) != len(good):
            self.wrong(key, f"is no list of different numbers, write some from {least} to {most}")
        return tuple(sorted(set(good), reverse=True))

    def day(self, key: str) -> date | None:
        """A date, which TOML writes without quotes; None when wrong."""
        found = self.value(key, date, "2026-12-12")
        if isinstance(found, datetime):
            self.wrong(key, "has a time of day, write the date alone, like 2026-12-12")
            return None
        return found

    def wall_time(self, key: str) -> time | None:
        """A local time such as "10:00"; None when wrong."""
        found = self.value(key, str, '"10:00"')
        return None if found is None else self._wall_time(key, found)

    def span(self, key: str) -> Span | None:
        """Opening and closing time; None when wrong."""
        example = '["07:30", "15:30"]'
        found = self.value(key, list, example)
        if found is None:
            return None
        if len(found) != 2 or not all(isinstance(end, str) for end in found):
            self.wrong(key, f"needs two times, write {key} = {example}")
            return None
        opens, closes = (self._wall_time(key, end) for end in found)
        if opens is None or closes is None:
            return None
        if closes <= opens:
            self.wrong(key, f"{closes:%H:%M} is not after {opens:%H:%M}, write opening time first")
            return None
        return opens, closes

    def _wall_time(self, key: str, written: str) -> time | None:
        if WALL_TIME.fullmatch(written):
            return time.fromisoformat(written)
        self.wrong(key, f"«{written}» is not a time, write hours and minutes like 07:30")
        return None

    def in_languages(self, longest: int, languages: Iterable[str] = LANGUAGES) -> dict[str, str]:
        """The whole table as one text in each language, by default of the people who come."""
        texts = {language: self.text(language, longest) for language in languages}
        self.close()
        return texts

    def table(self, key: str, *, needed: bool = True) -> "Table | None":
        """The table [key] inside this one; None when it is wrong or left out."""
        found = self.value(key, dict, "… in a table of its own", needed=needed)
        return None if found is None else Table(found, self._path(key), self.problems)

    def tables(self, key: str, label: str) -> list["Table"]:
        """The tables [[key]], each called by the text of its `label`, else by its number."""
        found = self.value(key, list, "… in tables of its own", needed=False) or []
        if not all(isinstance(values, dict) for values in found):
            self.wrong(key, f"is not a list of tables, write [[{key}]] above each of them")
            return []
        return [
            Table(values, f"{self._path(key)}.{_short(values.get(label)) or number}", self.problems)
            for number, values in enumerate(found, start=1)
        ]

    def _path(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key
