"""A region's own words instead of the catalogue's: read, filled, kept, given back.

They are written with plain names in braces, e.g. {date}. Nothing but those names is ever filled
in: no attribute, no format, and what a value holds is not read again. Own words that no longer
fit the message (a name was added or taken away since) are passed over for the usual ones.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, SessionTransaction, object_session

from cic_cases.centres.models import Centre
from cic_cases.foundation.i18n import pgettext
from cic_cases.notifications import texts
from cic_cases.notifications.kinds import OF_PEOPLE, Kind, Mode
from cic_cases.notifications.models import MessageText
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor

NAME = re.compile(r"\{([^{}]*)\}")
_OF_CATALOGUE = re.compile(r"%\((\w+)\)s")
_MAY_BE_LEFT_OUT = frozenset({"address"})
_OF_THE_CENTRE = frozenset({"centre", "address", "phone"})
Words = Mapping[tuple[str, str], str]
"""A region's own words by key and language."""
_KEPT = "own texts"


def every_key() -> list[str]:
    """The keys of all texts that are ever sent, each once."""
    found = (texts.text_key(kind, mode) for mode in Mode for kind in OF_PEOPLE)
    return list(dict.fromkeys(key for key in found if key))


def kinds_of(key: str) -> list[tuple[Kind, Mode]]:
    """Which messages read the text under `key`."""
    return [
        (kind, mode) for mode in Mode for kind in OF_PEOPLE if texts.text_key(kind, mode) == key
    ]


def is_discreet(key: str) -> bool:
    """Whether the text is read by people whose messages must not name the Centre."""
    return all(mode is Mode.DISCREET for _kind, mode in kinds_of(key))


def usual(key: str) -> str:
    """The catalogue's words in the current language, in the notation of own words."""
    return _OF_CATALOGUE.sub(r"{\1}", pgettext(key, texts.TEXTS[key]))


def named_in(text: str) -> list[str]:
    """The names in braces, in their order."""
    return NAME.findall(text)


def may_name(key: str) -> list[str]:
    """The names that own words under `key` may have: those of the usual text come first."""
    of_usual = list(dict.fromkeys(_OF_CATALOGUE.findall(texts.TEXTS[key])))
    more = () if is_discreet(key) else sorted(_OF_THE_CENTRE - set(of_usual))
    return [*of_usual, *more]


def must_name(key: str) -> list[str]:
    """The names without which the message would leave its reader in the dark."""
    of_usual = dict.fromkeys(_OF_CATALOGUE.findall(texts.TEXTS[key]))
    return [name for name in of_usual if name not in _MAY_BE_LEFT_OUT]


def fits(key: str, text: str) -> bool:
    """Whether `text` has the names it must have, and none that nobody can fill."""
    named = set(named_in(text))
    return set(must_name(key)) <= named <= set(may_name(key)) and not has_stray_brace(text)


def has_stray_brace(text: str) -> bool:
    """Whether a brace stands alone."""
    return bool(re.search(r"[{}]", NAME.sub("", text)))


def fill(text: str, values: texts.MessageValues) -> str:
    """`text` with its names filled, each once; raises KeyError for a name that is no value's."""
    known = asdict(values)
    return NAME.sub(lambda found: str(known[found[1]]), text)


def text_of(session: Session, region_id: int, key: str, language: str) -> str | None:
    """The region's own words; None when the usual ones are in use, or its own no longer fit.

    All of a region's words are read with one statement a transaction, however many are asked for.
    """
    return _fitting(_kept(session, region_id), key, language)


def _fitting(words: Words, key: str, language: str) -> str | None:
    text = words.get((key, language))
    return text if text is not None and fits(key, text) else None


def body(
    kind: Kind,
    mode: Mode,
    values: texts.MessageValues,
    centre: Centre,
    language: str,
    known: Words | None = None,
) -> str | None:
    """The whole message in `language`, in the words of the centre's region; None: send none.

    `known` are the region's own words, if they have been read already.
    """
    key, session = texts.text_key(kind, mode), object_session(centre)
    own = None
    if key and known is not None:
        own = _fitting(known, key, language)
    elif key and session:
        own = text_of(session, centre.region_id, key, language)
    return texts.body(kind, mode, values) if own is None else fill(own, values)


def all_of(session: Session, region_id: int) -> dict[tuple[str, str], str]:
    """All own words of the region by key and language."""
    rows = select(MessageText.key, MessageText.language, MessageText.text)
    found = session.execute(rows.where(MessageText.region_id == region_id))
    return {(key, language): text for key, language, text in found}


def _kept(session: Session, region_id: int) -> Words:
    """`all_of`, read once in a transaction: the next one may see other words."""
    kept: tuple[SessionTransaction | None, dict[int, dict[tuple[str, str], str]]]
    kept = session.info.get(_KEPT, (None, {}))
    if kept[0] is None or kept[0] is not session.get_transaction():
        first = all_of(session, region_id)  # reading begins the transaction
        kept = session.info[_KEPT] = (session.get_transaction(), {region_id: first})
    if region_id not in kept[1]:
        kept[1][region_id] = all_of(session, region_id)
    return kept[1][region_id]


def save(
    session: Session,
    region_id: int,
    key: str,
    language: str,
    text: str,
    *,
    at: datetime,
    by: Actor,
) -> None:
    """Let the region say `text`, which has been checked (`own_words`); the audit names no words."""
    row = session.get(MessageText, (region_id, key, language))
    if row is None:
        row = MessageText(region_id=region_id, key=key, language=language)
        session.add(row)
    row.text, row.changed_at, row.by_id = text, at, by.id
    audit.note(session, "message_text.changed", "region", region_id, by=by.id, at=at)
    _changed(session)


def give_back(
    session: Session, region_id: int, key: str, language: str, *, at: datetime, by: Actor
) -> bool:
    """Back to the usual words; False when they are in use already."""
    row = session.get(MessageText, (region_id, key, language))
    if row is None:
        return False
    session.delete(row)
    audit.note(session, "message_text.restored", "region", region_id, by=by.id, at=at)
    _changed(session)
    return True


def _changed(session: Session) -> None:
    session.flush()
    session.info.pop(_KEPT, None)
