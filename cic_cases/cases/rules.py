"""What a case may say of a person, and how somebody may be written to. Pure: no database."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import NamedTuple, Self, TypeVar

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from cic_cases.cases.attributes import AgeBand, ContactMode, Gender
from cic_cases.foundation.errors import N_, Invalid, Refusal

OWN_FOR = timedelta(days=365)
"""For how long after a booking or visit a case stays with its specialist."""

STATELESS, NOT_STATED = "XX", "ZZ"
NOT_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
NOT_LANGUAGES = frozenset({"mis", "mul", "root", "und", "zxx"})
Word = TypeVar("Word", bound=StrEnum)


class UnknownCitizenship(Invalid):
    """Not a country of ISO 3166, nor «stateless», nor «not stated»."""

    field = "citizenship"


class UnknownGender(Invalid):
    """Not one of the four answers."""

    field = "gender"


class UnknownAgeBand(Invalid):
    """Not one of the three bands."""

    field = "age_band"


class UnknownLanguage(Invalid):
    """Not a language that anybody has a name for."""

    field = "contact_language"


class CardReplaced(Refusal):
    """The card was reported lost: its code opens nothing any more. Only staff hear this."""

    msgid = N_("This card was replaced. Ask for the new card.")
    field = "code"
    problem = "not-found"
    status = 404


class PhoneInvalid(Refusal):
    """No telephone has this number."""

    msgid = N_("Enter a valid phone number.")
    field = "phone"


class EmailInvalid(Refusal):
    """No mailbox can have this address."""

    msgid = N_("Enter a valid email address.")
    field = "email"


class AddressMissing(Refusal):
    """Messages were asked for, and there is nowhere to send them."""

    msgid = N_("Enter a phone number or an email address, or choose no messages.")
    field = "phone"


@cache
def countries() -> frozenset[str]:
    """Every citizenship that can be recorded: ISO 3166 alpha-2, `XX` stateless, `ZZ` not stated."""
    named = map(str, Locale.parse("en").territories)
    known = {code for code in named if len(code) == 2 and code.isalpha()}
    return frozenset(known - NOT_COUNTRIES | {STATELESS, NOT_STATED})


@cache
def languages() -> frozenset[str]:
    """Every language that can be recorded: primary codes of BCP 47, two or three letters."""
    named = map(str, Locale.parse("en").languages)
    known = {code for code in named if 2 <= len(code) <= 3}
    return frozenset(known - NOT_LANGUAGES)


def known_country(code: str) -> bool:
    """Whether `code` can be somebody's citizenship."""
    return code in countries()


def known_language(code: str) -> bool:
    """Whether `code` can be somebody's language."""
    return code in languages()


@dataclass(frozen=True, slots=True)
class CaseAttributes:
    """All that is known of a person: four answers, none of which names anybody."""

    citizenship: str
    gender: Gender
    age_band: AgeBand
    contact_language: str

    @classmethod
    def of(cls, citizenship: str, gender: str, age_band: str, contact_language: str) -> Self:
        """The answers as typed, checked; raises an `Invalid` whose `field` is the wrong one."""
        if not known_language(contact_language):
            raise UnknownLanguage()
        if not known_country(citizenship):
            raise UnknownCitizenship()
        return cls(
            citizenship=citizenship,
            gender=_word(Gender, gender, UnknownGender),
            age_band=_word(AgeBand, age_band, UnknownAgeBand),
            contact_language=contact_language,
        )


def _word(words: type[Word], text: str, wrong: type[Invalid]) -> Word:
    try:
        return words(text)
    except ValueError:
        raise wrong() from None


class Addresses(NamedTuple):
    """Where messages go: a number in E.164, a mailbox. Never shown, never logged."""

    phone: str | None = None
    email: str | None = None

    def __repr__(self) -> str:
        return "Addresses(…)"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What pages see of a contact: the mode, and which kinds of address are kept."""

    id: str
    mode: ContactMode
    has_phone: bool
    has_email: bool

    @property
    def reachable(self) -> bool:
        """Whether any message can go out."""
        return self.mode is not ContactMode.NONE and (self.has_phone or self.has_email)


@dataclass(frozen=True, slots=True, repr=False)
class ContactWish:
    """How a person wants to be told things, as typed.

    An empty phone or email keeps what is stored; `forget_…` takes it away. `country` (ISO 3166)
    is where a number without «+» belongs.
    """

    mode: ContactMode
    phone: str = ""
    email: str = ""
    country: str = "PL"
    forget_phone: bool = False
    forget_email: bool = False

    def typed(self) -> Addresses:
        """The addresses that were typed, in their one spelling.

        Raises `PhoneInvalid` or `EmailInvalid`. Without messages nothing is read or kept.
        """
        if self.mode is ContactMode.NONE:
            return Addresses()
        phone, email = self.phone.strip(), self.email.strip()
        return Addresses(
            read_phone(phone, self.country) if phone else None,
            read_email(email) if email else None,
        )

    def keeps(self, known: ContactFacts | None) -> tuple[bool, bool]:
        """Whether the stored phone and email stay as they are."""
        if known is None or self.mode is ContactMode.NONE:
            return False, False
        return (
            known.has_phone and not self.forget_phone and not self.phone.strip(),
            known.has_email and not self.forget_email and not self.email.strip(),
        )


def read_phone(text: str, country: str) -> str:
    """The number in E.164; raises `PhoneInvalid` for one that no telephone can have."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise PhoneInvalid() from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PhoneInvalid()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_in_groups(number: str) -> str:
    """A number in E.164, as people read it out: «+48 600 100 200»."""
    return phonenumbers.format_number(
        phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )


def read_email(text: str) -> str:
    """The address in its ASCII spelling; raises `EmailInvalid`. Nobody is asked on the network."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise EmailInvalid() from None
    return found.ascii_email or found.normalized


def calling_code(phone: str) -> int | None:
    """The calling code (48, 380) of a number in E.164: it decides which gateways reach it."""
    code = phonenumbers.parse(phone).country_code
    return None if code is None else int(code)
