"""What the pages of a region's own words show: no code, no person, the longest real values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, get_territory_currencies
from sqlalchemy.orm import Session

from cic_cases.centres import queries as centres
from cic_cases.centres.models import Region
from cic_cases.desk.frame import current_centre
from cic_cases.desk.words import message_kind
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import in_language, locale, pgettext
from cic_cases.notifications import (
    forbidden_words,
    ics,
    manage_links,
    own_texts,
    own_words,
    sms_text,
    texts,
)
from cic_cases.notifications.as_written import Written, sender_of
from cic_cases.notifications.channels import post_settings
from cic_cases.notifications.cost import THOUSANDTHS, Cost, dearest, longest_values
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.rules import Way
from cic_cases.privacy.actor import Actor


@dataclass(frozen=True)
class TextLine:
    """One message of the list: what it tells, its words, whether they are the region's own."""

    key: str
    title: str
    discreet: bool
    text: str
    own: bool


@dataclass(frozen=True)
class TextPage:
    """One message to be edited, as an SMS (`written`) and as a mail.

    Both and the cost are None while a name cannot be filled.
    """

    key: str
    language: str
    title: str
    discreet: bool
    usual: str
    in_use: str
    own: bool
    must: Sequence[str]
    may: Sequence[str]
    written: Written | None
    mail: Written | None
    cost: Cost | None
    city: str
    price: str | None


def region(actor: Actor) -> Region:
    """The region of the centre that the actor works in now; raises `NotFound`."""
    centre = current_centre(actor, "message_text.change")
    return centres.region_of(db.session(), centre.id)


def title(key: str) -> str:
    """What the text under `key` tells, in the reader's language."""
    kinds = [kind for kind, _mode in own_texts.kinds_of(key)]
    names = [_name(kinds[0])] if len(kinds) == 1 else map(message_kind, kinds)
    return ", ".join(dict.fromkeys(names))


def _name(kind: Kind) -> str:
    """The kind's name; reminders are told apart here, because each has words of its own."""
    return {
        Kind.REMINDER_DAY_BEFORE: pgettext("message kind", "reminder on the eve"),
        Kind.REMINDER_ON_DATE: pgettext("message kind", "reminder with the date"),
        Kind.REMINDER_EXTERNAL: pgettext("message kind", "reminder, outside, on the eve"),
        Kind.REMINDER_EXTERNAL_ON_DATE: pgettext(
            "message kind", "reminder, outside, with the date"
        ),
    }.get(kind) or message_kind(kind)


def lines(session: Session, region: Region, language: str) -> list[TextLine]:
    """Every message in `language`, in the words that are in use."""
    with in_language(language):
        usual = {key: own_texts.usual(key) for key in own_texts.every_key()}
    own = {key: own_texts.text_of(session, region.id, key, language) for key in usual}
    return [
        TextLine(key, title(key), own_texts.is_discreet(key), own[key] or words, bool(own[key]))
        for key, words in usual.items()
    ]


def refusals(
    session: Session, region: Region, key: str, language: str, text: str
) -> list[own_words.WordsRefused]:
    """Every reason against `text`, at any centre of the region."""
    listed = forbidden_words.of_region(session, region.id)
    places = centres.all_centres(session, region_id=region.id)
    return own_words.refusals(key, language, text, centres=places, listed=listed)


def of(
    session: Session, region: Region, key: str, language: str, *, typed: str | None = None
) -> TextPage:
    """The message as it is in use, or as it was `typed`, on the phone of the longest values."""
    with in_language(language):
        usual = own_texts.usual(key)
    own = own_texts.text_of(session, region.id, key, language)
    in_use = own or usual
    text = in_use if typed is None else typed
    may = own_texts.may_name(key)
    written, mail, cost, city = None, None, None, ""
    places = centres.all_centres(session, region_id=region.id)
    if text and places and set(own_texts.named_in(text)) <= set(may):
        centre, cost = dearest(text, language, places, region.sms_part_price)
        written, city = _written(key, language, cost), centre.city
        mail = _mail(key, language, own_texts.fill(text, longest_values(centre)))
    return TextPage(
        key=key,
        language=language,
        title=title(key),
        discreet=own_texts.is_discreet(key),
        usual=usual,
        in_use=in_use,
        own=own is not None,
        must=own_texts.must_name(key),
        may=may,
        written=written,
        mail=mail,
        cost=cost,
        city=city,
        price=_money(cost.price, region.country) if cost else None,
    )


def _mail(key: str, language: str, body: str) -> Written:
    """The same words as a mail: its subject, and the link that only a full one carries."""
    kind, mode = own_texts.kinds_of(key)[0]
    way = Way(Means.EMAIL, mode)
    link = manage_links.carries(kind, way.channel, mode)
    with in_language(language):
        subject = texts.subject(kind, mode)
        if link:
            body = f"{body}\n\n{manage_links.line(kind, manage_links.shown(language))}"
    return Written(
        way=way,
        language=language,
        sender=sender_of(way, post_settings()),
        subject=subject,
        body=body,
        entry=ics.has_entry(kind),
        link=link,
        parts=sms_text.parts(body),
        used=0,
        room=0,
        encoding=sms_text.encoding(body),
    )


def _written(key: str, language: str, cost: Cost) -> Written:
    mode = Mode.DISCREET if own_texts.is_discreet(key) else Mode.FULL
    way = Way(Means.SMS, mode)
    return Written(
        way=way,
        language=language,
        sender=sender_of(way, post_settings()),
        subject=None,
        body=cost.body,
        entry=False,
        link=False,
        parts=cost.parts,
        used=cost.used,
        room=cost.room,
        encoding=cost.encoding,
    )


def _money(price: int | None, country: str) -> str | None:
    """A price in the country's currency, with as many decimals as a part's price has."""
    if price is None:
        return None
    currency = get_territory_currencies(country)[0]
    amount = Decimal(price) / THOUSANDTHS
    exact = price % 10 != 0
    pattern = "#,##0.000 ¤" if exact else "#,##0.00 ¤"
    return str(format_currency(amount, currency, pattern, locale=locale(), currency_digits=False))
