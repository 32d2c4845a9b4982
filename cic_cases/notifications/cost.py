"""What a text costs as an SMS with the real values of a centre, and by how much it is too long.

A text may take as many parts as the catalogue's own texts do: one where letters are folded to
GSM-7, two where the alphabet needs UCS-2. Dates, times and codes always have the same length, so
the worst case is the centre with the longest name, address and number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Region
from cic_cases.centres.region_entries import RegionFile
from cic_cases.foundation.codes import REFERENCE_LENGTH, show
from cic_cases.foundation.i18n import PERSON_LOCALES, in_language
from cic_cases.notifications import own_texts, sms_text, texts

THOUSANDTHS = 1000


class Address(Protocol):
    """What messages say of a centre; a row and an entry of a region file both have it."""

    @property
    def slug(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def sms_name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def phone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Cost:
    """One SMS: `used` of `room` units of its encoding, `too_many` of them beyond what is allowed.

    `price` is in thousandths of the country's currency; None where the region names no price.
    """

    body: str
    encoding: sms_text.Encoding
    used: int
    room: int
    parts: int
    allowed: int
    too_many: int
    price: int | None


@dataclass(frozen=True, slots=True)
class Overrun:
    """A text that is too long in one language at one centre, by so many characters."""

    slug: str
    key: str
    language: str
    too_many: int

    def __str__(self) -> str:
        """The sentence for whoever loads a region file."""
        return (
            f"centre.{self.slug}: the message «{self.key}» in «{self.language}» is"
            f" {self.too_many} characters too long as an SMS,"
            " shorten the sms_name or the address of this centre"
        )


def allowed_parts(language: str) -> int:
    """How many parts an SMS in `language` may take."""
    return 1 if language in sms_text.FOLDED_LANGUAGES else 2


def cost(text: str, language: str, part_price: int | None = None) -> Cost:
    """What `text`, its placeholders filled, costs once it is folded as for sending."""
    body = sms_text.fold(text, language)
    how, parts, allowed = sms_text.encoding(body), sms_text.parts(body), allowed_parts(language)
    used, room = sms_text.size(body)
    most = sms_text.ONE_PART[how] if allowed == 1 else allowed * sms_text.OF_SEVERAL[how]
    too_many = max(used - most, 1) if parts > allowed else 0  # a split letter wastes a unit
    price = None if part_price is None else parts * part_price
    return Cost(body, how, used, room, parts, allowed, too_many, price)


def longest_values(centre: Address) -> texts.MessageValues:
    """The values of a message from `centre` in the worst case, written as messages write them."""
    return texts.MessageValues(
        centre=centre.sms_name,
        address=f"{centre.address}, {centre.city}",
        date="28.12",
        time="23:55",
        code=show("W" * REFERENCE_LENGTH),
        phone=centre.phone,
        new_date="29.12",
        new_time="23:55",
        deadline="28.12 23:55",
    )


def dearest(
    text: str, language: str, centres: Iterable[Address], part_price: int | None = None
) -> tuple[Address, Cost]:
    """The centre at which `text`, in a region's own notation, is longest, and what it costs there.

    Raises ValueError without a centre.
    """
    found = (
        (one, cost(own_texts.fill(text, longest_values(one)), language, part_price))
        for one in centres
    )
    return max(found, key=lambda each: (each[1].too_many, each[1].parts, each[1].used))


def overruns(centres: Iterable[Address], own: Mapping[tuple[str, str], str]) -> Iterator[Overrun]:
    """Every text that is too long at a centre; `own` are the region's words by key and language."""
    places = list(centres)
    for language in PERSON_LOCALES:
        with in_language(language):
            words = {key: own_texts.usual(key) for key in own_texts.every_key()}
        for key, usual in words.items():
            text = own.get((key, language), usual)
            if not own_texts.fits(key, text):
                text = usual
            for one in places:
                found = cost(own_texts.fill(text, longest_values(one)), language)
                if found.too_many:
                    yield Overrun(one.slug, key, language, found.too_many)


def problems(session: Session, file: RegionFile) -> list[str]:
    """Why the centres of `file` cannot be loaded: a sentence for each text that gets too long."""
    region_id = session.scalar(select(Region.id).where(Region.slug == file.slug))
    own = own_texts.all_of(session, region_id) if region_id is not None else {}
    return [f"{file.source}: {one}" for one in overruns(file.centres, own)]
