"""Recording a visit by taps: for a person with a card, or together with a new case."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField
from wtforms.validators import ValidationError

from cic_cases.cases import choices
from cic_cases.cases.forms import (
    AttributesForm,
    Listed,
    OpenTiles,
    Rest,
    blank_first,
    language_tiles,
    refuse,
)
from cic_cases.cases.rules import known_language
from cic_cases.cases.tiles import Met, first
from cic_cases.centres.models import Region, Service
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _, in_reader_language, lazy, pgettext
from cic_cases.visits.channels import Channel
from cic_cases.visits.rules import QUICK_CONTACT, VisitWish

NOBODY = Met()


def channel_choices() -> choices.Choices:
    """How the person came, in words."""
    return [
        (Channel.DESK, pgettext("channel", "at the Centre")),
        (Channel.PHONE, pgettext("channel", "phone")),
        (Channel.ONLINE, pgettext("channel", "online")),
        (Channel.OUTREACH, pgettext("channel", "outside the Centre")),
    ]


class ServicesForm(FlaskForm):  # type: ignore[misc]
    """What the visit was for, and how the person came. Call `offer_services` before use."""

    services = SelectMultipleField(lazy("What for (several can be chosen)"), validate_choice=False)
    channel = Listed(lazy("Contact"), default=Channel.DESK)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ids: dict[str, int] = {}

    def offer_services(self, services: Iterable[Service]) -> None:
        """The kinds of help that can be tapped, in the region's order."""
        offered = [service for service in services if service.key != QUICK_CONTACT]
        self._ids = {service.key: service.id for service in offered}
        self.services.choices = [(s.key, in_reader_language(s.names)) for s in offered]
        self.channel.choices = channel_choices()

    def validate_services(self, field: Field) -> None:
        """At least one kind of help, and only such as are offered."""
        if not field.data or not set(field.data) <= self._ids.keys():
            raise ValidationError(_("Choose one of the options."))

    def wish(self, centre_id: int, case_id: int | None, language: str, at: datetime) -> VisitWish:
        """The visit that was tapped, as of `at`."""
        return VisitWish(
            centre_id=centre_id,
            channel=Channel(self.channel.data),
            service_ids=frozenset(self._ids[key] for key in self.services.data or ()),
            case_id=case_id,
            language=language,
            minutes=None,
            occurred_at=at,
        )

    def refuse(self, refusal: Refusal) -> None:
        """Carry a refusal to its field."""
        refuse(self, refusal, "services")


class VisitForm(ServicesForm):
    """A visit of somebody whose case is open: the language of this conversation, and what for."""

    language = OpenTiles(lazy("Language of the conversation"))
    language_other = Rest(lazy("Another language"))

    def offer(self, region: Region, services: Sequence[Service], met: Met = NOBODY) -> None:
        """Fill the tiles; a language that is no tile is chosen in the list."""
        tiles = first(met.languages, region.languages.split())
        self.offer_services(services)
        self.language.choices = language_tiles(tiles)
        self.language_other.choices = blank_first(_("Another language…"), choices.languages())
        prefilled = self.language.raw_data is None
        if prefilled and self.language.data not in (*tiles, None):
            self.language_other.data = self.language.data

    def spoken(self) -> str:
        """The language: from the list when one was chosen there, else the tile."""
        return self.language_other.data or self.language.data or ""

    def validate_language(self, field: Field) -> None:
        """Some language was chosen."""
        if not known_language(self.spoken()):
            raise ValidationError(_("Choose one of the options."))

    def visit(self, centre_id: int, case_id: int, at: datetime) -> VisitWish:
        """The visit as a value."""
        return self.wish(centre_id, case_id, self.spoken(), at)


class RegistrationForm(AttributesForm, ServicesForm):
    """The desk's new visit: four answers about the person, and what for. Nothing is typed."""

    def offer(self, region: Region, services: Sequence[Service], met: Met = NOBODY) -> None:
        """Fill the tiles: what the centre met most, then what the region lists."""
        self.offer_attributes(
            first(met.languages, region.languages.split()),
            first(met.countries, region.citizenships.split()),
        )
        self.offer_services(services)

    def visit(self, centre_id: int, case_id: int | None, at: datetime) -> VisitWish:
        """The visit as a value, in the person's contact language."""
        return self.wish(centre_id, case_id, self.spoken(), at)
