"""Whether a region may say it in its own words: every reason against, as a sentence for the page.

A message on a phone is read by others too, so own words are held to what the usual ones promise:
no kind of help, no specialist, no institution; no link and no number but the centre's; one SMS of
the length that is allowed; and in a discreet message nothing that names the Centre.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from cic_cases.centres.models import Centre
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.readable import misleads
from cic_cases.notifications import own_texts
from cic_cases.notifications.cost import dearest
from cic_cases.notifications.forbidden_words import PLACES, Forbidden, plain

LONGEST = 600
SHORTEST_NAME, STREET, ENDING = 3, 6, 3  # letters: CIC; of a street; of a case
_LINK = re.compile(r"https?:|www\.|://|@|\b[\w-]{2,}\.(?:[a-z]{2,6})\b(?:/|\b)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\d[\s().\-/]*){6,}")
_WORD = re.compile(r"[^\W\d_]+")


class WordsRefused(Refusal):
    """The region may not say it like this; nothing was saved."""

    field = "text"
    problem = "words-refused"


class NoWords(WordsRefused):
    """The text is empty."""

    msgid = N_("Write the message, or go back to the usual words.")


class TooLong(WordsRefused):
    """Longer than is kept at all."""

    msgid = N_("The text has %(number)s characters. Shorten it to %(most)s.")


class Overruns(WordsRefused):
    """Too many parts at one of the centres."""

    msgid = N_("As an SMS from %(city)s the text is %(number)s characters too long. Shorten it.")


class HiddenSigns(WordsRefused):
    """Line breaks, control characters, signs that turn the direction of reading."""

    msgid = N_("Write on one line, without tabs and hidden characters.")


class UnknownName(WordsRefused):
    """A placeholder that this message cannot fill."""

    msgid = N_("%(name)s cannot stand in this message. Use only the names below the field.")


class MissingName(WordsRefused):
    """The reader would not know when, or whom to call."""

    msgid = N_("%(name)s is missing. Without it people do not know what they need.")


class StrayBrace(WordsRefused):
    """A brace that belongs to no name."""

    msgid = N_("Braces belong only around a name, like {date}.")


class HasLink(WordsRefused):
    """An address of a page or of mail."""

    msgid = N_("Take the link or address out: a message has none, so that nobody imitates it.")


class HasNumber(WordsRefused):
    """A telephone number that nobody keeps up to date."""

    msgid = N_("Take the number out. {phone} is the number of the person's own Centre.")


class TellsHelp(WordsRefused):
    """A word for the kind of help, the specialist or the institution."""

    msgid = N_("Take “%(word)s” out: it may tell others which help the person gets.")


class NamesCentre(WordsRefused):
    """A discreet message that says where."""

    msgid = N_("Take “%(word)s” out: this message must not name the Centre or its place.")


def tidy(text: str) -> str:
    """What was typed, without the spaces around it, its letters in their usual form."""
    return unicodedata.normalize("NFC", text).strip(" ")


def refusals(
    key: str, language: str, text: str, *, centres: Sequence[Centre], listed: Forbidden
) -> list[WordsRefused]:
    """Every reason why `text`, tidy, cannot be the region's words; empty: it may be saved."""
    if not text:
        return [NoWords()]
    found = [*_of_shape(text), *_of_names(key, text), *_of_content(key, text, centres, listed)]
    fillable = set(own_texts.named_in(text)) <= set(own_texts.may_name(key))
    if fillable and centres:
        centre, cost = dearest(text, language, centres)
        if cost.too_many:
            found.append(Overruns(city=centre.city, number=cost.too_many))
    return found


def _of_shape(text: str) -> Iterator[WordsRefused]:
    if len(text) > LONGEST:
        yield TooLong(number=len(text), most=LONGEST)
    if misleads(text):
        yield HiddenSigns()


def _of_names(key: str, text: str) -> Iterator[WordsRefused]:
    named = own_texts.named_in(text)
    if own_texts.has_stray_brace(text):
        yield StrayBrace()
    for name in dict.fromkeys(named):
        if name not in own_texts.may_name(key):
            yield UnknownName(name=f"{{{name}}}")
    for name in own_texts.must_name(key):
        if name not in named:
            yield MissingName(name=f"{{{name}}}")


def _of_content(
    key: str, text: str, centres: Iterable[Centre], listed: Forbidden
) -> Iterator[WordsRefused]:
    said = unicodedata.normalize("NFKC", own_texts.NAME.sub(" ", text))
    if _LINK.search(said):
        yield HasLink()
    if _NUMBER.search(said):
        yield HasNumber()
    for word in dict.fromkeys(listed.words_in(said)):
        yield TellsHelp(word=word)
    if own_texts.is_discreet(key):
        places = _places(centres)
        for word in dict.fromkeys(_WORD.findall(said)):
            if any(_is_form_of(place, plain(word)) for place in places):
                yield NamesCentre(word=word)


def _places(centres: Iterable[Centre]) -> set[str]:
    """Words that name a centre or where it is: cities, short names, streets of some length."""
    named = (f"{one.city} {one.sms_name}" for one in centres)
    streets = (word for one in centres for word in _WORD.findall(one.address))
    words = {word for names in named for word in _WORD.findall(names)}
    words |= {word for word in streets if len(word) >= STREET}
    return {plain(word) for word in words | PLACES if len(word) >= SHORTEST_NAME}


def _is_form_of(place: str, word: str) -> bool:
    """Whether `word` is `place` in some case; a short name changes its last letter only."""
    stem = place[:-1] if len(place) > SHORTEST_NAME else place
    longest = len(place) + (ENDING if len(place) > STREET - 2 else 0)
    return word.startswith(stem) and len(word) <= longest
