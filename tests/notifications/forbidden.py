"""How a message is searched for what it may not hold, wherever that may hide.

The words come from the region file (services, institutions, places), from the catalogues (roles)
and from the list that a region's own words are refused by (`notifications/forbidden_words.py`).
"""

import tomllib
from collections.abc import Iterable
from email import message_from_bytes
from email.policy import default
from functools import cache

import vobject

from cic_cases.foundation.resources import PACKAGE
from cic_cases.notifications.channels import TextMessage
from cic_cases.notifications.forbidden_words import INNOCENT, Forbidden, forbidden, plain
from cic_cases.notifications.letters import Letter, mail
from tests.notifications.speech import catalogue

__all__ = ["INNOCENT", "everywhere", "names_of_help", "plain", "said_in"]


@cache
def names_of_help() -> frozenset[str]:
    """Every name of a service, an institution, a place outside and a role, in every language."""
    text = (PACKAGE / "regions" / "wielkopolska.toml").read_text(encoding="utf-8")
    region = tomllib.loads(text)
    entries = [*region["service"], *region["institution"], *region["place"]]
    names = {name for entry in entries for name in entry["names"].values()}
    roles = (
        role
        for language in ("pl", "uk", "ru", "en")
        for role in catalogue(language)
        if role.msgctxt == "role"
    )
    return frozenset(names | {word for role in roles for word in (role.msgid, role.msgstr)})


@cache
def _listed() -> Forbidden:
    return forbidden(names_of_help())


def said_in(text: str) -> set[str]:
    """What of all that is forbidden stands in `text`."""
    return _listed().said_in(text)


def everywhere(sent: Letter | TextMessage) -> list[tuple[str, str]]:
    """All that leaves the house for one message, each piece with where it stands."""
    if isinstance(sent, TextMessage):
        return [("sms", sent.text), ("sms id", sent.message_id)]
    parsed = message_from_bytes(mail(sent).as_bytes(), policy=default)
    found: list[tuple[str, str]] = []
    for part in parsed.walk():
        found += [(f"header {name}", f"{name}: {value}") for name, value in part.items()]
        found.append(("filename", part.get_filename() or ""))
        if part.get_content_type() == "text/calendar":
            found += _of_calendar(part.get_content())
        elif not part.is_multipart():
            found.append(("body", part.get_content()))
    return found


def _of_calendar(text: str) -> Iterable[tuple[str, str]]:
    """Every property of every component with its parameters, unfolded, and the file as it is."""
    yield "calendar", text.replace("\r\n ", "").replace("\n ", "")
    [file] = vobject.readComponents(text)
    for part in (file, *file.components()):
        for line in part.lines():
            yield f"calendar {line.name}", f"{line.value} {line.params}"
