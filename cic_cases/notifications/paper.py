"""What people take home on paper: the slip of a booking and the card with the code.

Both can be printed without any name of a centre, for people to whom such a paper is a danger.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import phonenumbers
import segno
from markupsafe import Markup

from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import STAFF_LOCALES, _, endonym, in_language, wall_clock
from cic_cases.foundation.localtime import local_day

HOME = "pl"
QUIET_ZONE = 2  # modules of white around a QR code; the paper around it is white as well
LANGUAGES_ON_BACK = 4


@dataclass(frozen=True, kw_only=True)
class SlipFacts:
    """What a slip tells of a booking; no kind of help, no specialist, no room."""

    day: date
    time: str
    centre: str
    address: str
    city: str
    phone: str
    reference: str

    @classmethod
    def of(
        cls,
        *,
        starts_at: datetime,
        timezone: ZoneInfo,
        centre: str,
        address: str,
        city: str,
        phone: str,
        reference: str,
    ) -> "SlipFacts":
        """Day and time as in `timezone`; `phone` is E.164, `reference` as stored."""
        return cls(
            day=local_day(starts_at, timezone),
            time=wall_clock(starts_at, timezone),
            centre=centre,
            address=address,
            city=city,
            phone=readable_phone(phone),
            reference=show(reference),
        )

    @classmethod
    def at(cls, centre: Centre, starts_at: datetime, reference: str) -> "SlipFacts":
        """Of what starts at `starts_at` and is arranged by `centre`."""
        return cls.of(
            starts_at=starts_at,
            timezone=zone(centre.timezone),
            centre=centre.name,
            address=centre.address,
            city=centre.city,
            phone=centre.phone,
            reference=reference,
        )


@dataclass(frozen=True)
class Line:
    """A sentence of the card with the language it is in."""

    language: str
    endonym: str
    text: str


@dataclass(frozen=True)
class CardWords:
    """The sentences of a card: the front for reception, the back for whoever holds it."""

    front: tuple[Line, ...]
    back: tuple[Line, ...]


def readable_phone(number: str) -> str:
    """An E.164 number in groups, with its country: «+48 887 063 112»."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def qr(text: str, *, label: str) -> Markup:
    """`text` as a QR code: SVG markup for the page, named `label` for screen readers."""
    rows = segno.make_qr(text, error="m").matrix
    size = len(rows) + 2 * QUIET_ZONE
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return Markup(
        '<svg class="qr" viewBox="{0} {0} {1} {1}" role="img" aria-label="{2}"'
        ' shape-rendering="crispEdges"><path d="{3}"/></svg>'
    ).format(-QUIET_ZONE, size, label, path)


def card_words(language: str) -> CardWords:
    """The card's sentences: for reception in the person's language and in Polish; behind, in
    the person's language first and then in those of the staff, four in all.
    """
    front = dict.fromkeys((language, HOME))
    back = list(dict.fromkeys((language, *STAFF_LOCALES)))[:LANGUAGES_ON_BACK]
    return CardWords(tuple(map(_front, front)), tuple(map(_back, back)))


def _front(language: str) -> Line:
    with in_language(language):
        return Line(language, endonym(language), _("Show this card at reception"))


def _back(language: str) -> Line:
    with in_language(language):
        sentence = _(
            "There is no name on this card. Lost it?"
            " We give you a new one and the old one stops working."
        )
    return Line(language, endonym(language), sentence)
