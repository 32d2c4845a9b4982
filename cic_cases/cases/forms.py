"""What reception answers about a person: taps and lists, never free text, never a name."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from wtforms import BooleanField, EmailField, Field, Form, RadioField, SelectField, TelField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError
from wtforms.widgets import Select, html_params

from cic_cases.cases import choices
from cic_cases.cases.attributes import AgeBand, ContactMode, Gender
from cic_cases.cases.rules import (
    CaseAttributes,
    ContactWish,
    EmailInvalid,
    PhoneInvalid,
    known_country,
    known_language,
    read_email,
)
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _, country_name, endonym, lazy, pgettext

OTHER = "other"


def gender_choices() -> choices.Choices:
    """The four answers, in words."""
    return [
        (Gender.WOMAN, pgettext("gender", "Woman")),
        (Gender.MAN, pgettext("gender", "Man")),
        (Gender.OTHER, pgettext("gender", "Other")),
        (Gender.UNSTATED, pgettext("gender", "No answer")),
    ]


def age_choices() -> choices.Choices:
    """The three bands, in words."""
    return [
        (AgeBand.UNDER_18, pgettext("age", "under 18")),
        (AgeBand.FROM_18_TO_60, pgettext("age", "18–60")),
        (AgeBand.OVER_60, pgettext("age", "over 60")),
    ]


def mode_choices() -> choices.Choices:
    """The three ways of being told things, in words."""
    return [
        (ContactMode.FULL, _("normal messages")),
        (ContactMode.DISCREET, _("messages without the Centre's name")),
        (ContactMode.NONE, _("no messages")),
    ]


def language_tiles(codes: Iterable[str]) -> choices.Choices:
    """Languages by their own names, so that the person can point at one."""
    return [(code, endonym(code)) for code in codes]


def blank_first(label: str, offered: choices.Choices) -> choices.Choices:
    """The same choices after one that says nothing."""
    return [("", label), *offered]


def refuse(form: Form, refusal: Refusal, otherwise: str) -> None:
    """Put the sentence of a `Refusal` at its field, or at the field called `otherwise`."""
    asked = refusal.field or otherwise
    field: Field = form[asked if asked in form else otherwise]
    field.errors = [*field.errors, refusal.text()]


def _must_be_offered(field: SelectField) -> None:
    offered = [value for value, _label in cast(choices.Choices, field.choices)]
    if field.data not in offered:
        raise ValidationError(_("Choose one of the options."))


class Tiles(RadioField):
    """One answer of a few; none, or one that is not offered, is refused in our words."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not offered."""
        _must_be_offered(self)


class Listed(SelectField):
    """The same as a list."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not offered."""
        _must_be_offered(self)


class OpenTiles(RadioField):
    """The common answers of a long list; the form itself checks what was chosen."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)


@lru_cache(maxsize=64)
def _options(offered: tuple[tuple[str, str], ...]) -> str:
    """The options of a list, none of them chosen."""
    lines = (
        f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in offered
    )
    return "".join(lines)


class LongList(Select):
    """Hundreds of choices: written once in each language, then only the chosen one is marked.

    WTForms' own builds every option anew, which was half of the desk's time.
    """

    def __call__(  # type: ignore[override] # a list, where any field with choices would do
        self, field: SelectField, **kwargs: Any
    ) -> Markup:
        """The list with what was chosen."""
        attributes = html_params(name=field.name, **{"id": field.id, **kwargs})
        options = _options(tuple(cast(choices.Choices, field.choices)))
        if field.data:
            value = f'value="{escape(field.data)}"'
            options = options.replace(f"<option {value}>", f"<option selected {value}>", 1)
        return Markup(f"<select {attributes}>{options}</select>")  # noqa: S704 - all of it escaped


class Rest(SelectField):
    """The whole of that list, for whoever is not among the tiles; the form checks it too."""

    widget = LongList()

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)


class AttributesForm(FlaskForm):  # type: ignore[misc]
    """Four questions about a person. Call `offer_attributes` before use."""

    contact_language = OpenTiles(lazy("Contact language"))
    language_other = Rest(lazy("Another language"))
    citizenship = OpenTiles(lazy("Citizenship"))
    citizenship_other = Rest(lazy("Another country"))
    gender = Tiles(lazy("Gender"))
    age_band = Tiles(lazy("Age"))

    def offer_attributes(self, languages: Iterable[str], citizenships: Iterable[str]) -> None:
        """Fill the tiles: languages and countries in the region's order, then the long lists."""
        self.contact_language.choices = language_tiles(languages)
        self.language_other.choices = blank_first(_("Another language…"), choices.languages())
        tiles = [(code, country_name(code)) for code in citizenships]
        self.citizenship.choices = [*tiles, (OTHER, pgettext("country", "Other…"))]
        self.citizenship_other.choices = blank_first(_("Choose a country"), choices.countries())
        self.gender.choices = gender_choices()
        self.age_band.choices = age_choices()

    def spoken(self) -> str:
        """The contact language: from the list when one was chosen there, else the tile."""
        return self.language_other.data or self.contact_language.data or ""

    def country(self) -> str:
        """The citizenship: the tile, or what the list says when the tile says «Other»."""
        tile = self.citizenship.data or OTHER
        return (self.citizenship_other.data or "") if tile == OTHER else tile

    def validate_contact_language(self, field: Field) -> None:
        """Some language was chosen."""
        if not known_language(self.spoken()):
            raise ValidationError(_("Choose one of the options."))

    def validate_citizenship(self, field: Field) -> None:
        """Some country was chosen; after «Other» the list answers for itself."""
        if field.data != OTHER and not known_country(self.country()):
            raise ValidationError(_("Choose one of the options."))

    def validate_citizenship_other(self, field: Field) -> None:
        """«Other» was followed by a country."""
        if self.citizenship.data == OTHER and not known_country(self.country()):
            raise ValidationError(_("Choose a country from the list."))

    def attributes(self) -> CaseAttributes:
        """The answers as a value; raises a `Refusal` for what the rules do not know."""
        return CaseAttributes.of(
            citizenship=self.country(),
            gender=self.gender.data,
            age_band=self.age_band.data,
            contact_language=self.spoken(),
        )


class ContactForm(FlaskForm):  # type: ignore[misc]
    """How a person wants to be told things. What is stored is never shown again, only replaced."""

    mode = Tiles(lazy("How may we write to this person?"))
    phone = TelField(lazy("Phone"))
    email = EmailField(lazy("Email"))
    forget_phone = BooleanField(lazy("Remove the stored phone number"))
    forget_email = BooleanField(lazy("Remove the stored email address"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mode.choices = mode_choices()

    def wish(self, country: str) -> ContactWish:
        """What was typed; numbers without «+» belong to `country` (ISO 3166)."""
        return ContactWish(
            mode=ContactMode(self.mode.data),
            phone=self.phone.data or "",
            email=self.email.data or "",
            country=country,
            forget_phone=self.forget_phone.data,
            forget_email=self.forget_email.data,
        )

    def refuse(self, refusal: Refusal) -> None:
        """Carry a refusal to its field; a wrong number does not hide a wrong mailbox."""
        refuse(self, refusal, "mode")
        mailbox = (self.email.data or "").strip()
        if isinstance(refusal, PhoneInvalid) and mailbox:
            try:
                read_email(mailbox)
            except EmailInvalid as wrong_too:
                refuse(self, wrong_too, "mode")
