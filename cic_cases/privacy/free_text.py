"""What must not slip into free text: numbers and addresses that name a person. Pure.

Detected are PESEL (checksum and date), numbers of documents, cases at offices, payment cards and
accounts, phones, e-mail addresses and codes of other cards. What the register never collects
(data minimisation, GDPR art. 5(1)(c)) may not be saved at all; an address or a code may, once
somebody has said that it must be there: it can be an institution's.
"""

import enum
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from stdnum import iban, luhn
from stdnum.pl import nip, pesel
from stdnum.ua import rntrc

from cic_cases.foundation.codes import WrongCode, read_case_code

PHONE_COUNTRIES = ("PL", "UA")  # whose numbers people write without «+»
CARD_DIGITS = range(13, 20)
SHORTEST_KEPT_PART = 2  # letters of what was found that are shown, at each end
DIGIT = r"(?<![\w.,])(?:\d[ \-]?)"
PESEL = re.compile(rf"{DIGIT}{{10}}\d(?![\w])")
TEN_DIGITS = re.compile(r"(?<![\w.,+])\d{10}(?![\w])")
CARD = re.compile(rf"{DIGIT}{{12,18}}\d(?![\w])")
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[0-9A-Z]){11,30}(?!\w)")
ACCOUNT = re.compile(r"(?<!\w)\d{2}(?: ?\d{4}){6}(?!\w)")
AT = r"(?:@|\s?[\[(]\s?(?:at|małpa|собака)\s?[\])]\s?)"
EMAIL = re.compile(rf"[\w.+%'-]+{AT}[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
CODE = re.compile(r"(?<![\w-])[0-9A-Za-z]{3}([- ]?)[0-9A-Za-z]{3}\1[0-9A-Za-z]{3}(?![\w-])")
OFFICE_CASE = re.compile(
    r"(?<!\d)(?:[A-Z]{2,4}[-.][A-Z0-9.\-]{1,14}\.)?\d{4}\.\d{1,6}\.(?:19|20)\d\d(?!\d)"
)
LETTER = "A-ZА-ЯІЇЄҐ"
SERIES = re.compile(
    rf"(?<!\w)(?:[{LETTER}]{{1,3}}[ \-]?\d{{6,9}}|[{LETTER}{LETTER.lower()}]{{2,3}}\d{{6,7}})(?!\w)"
)
MONEY = ("PLN", "EUR", "USD", "UAH", "GBP", "CHF")
DOCUMENTS = (
    r"passport|paszport\w*|dow[oó]d\w*|kart\w* pobytu|pozwolen\w*|wiz\w+|visa|residence card"
    r"|паспорт\w*|посвідк\w*|посвідчен\w*|віз\w+|виз\w+|удостоверен\w*|вид\w* на жительство"
)
NAMED = re.compile(
    rf"(?:{DOCUMENTS})\W{{0,3}}(?:(?:nr|no|numer|number|№|номер|seria|серія|серия)\W{{0,3}}){{0,2}}"
    rf"((?=[{LETTER}]*\d)[0-9{LETTER}]{{6,10}})(?!\w)",
    re.IGNORECASE,
)


class Found(enum.StrEnum):
    """What was recognised in a text, those first that decide when two overlap."""

    PESEL = "pesel"
    PAYMENT = "payment"
    EMAIL = "email"
    OFFICE_CASE = "office_case"
    CODE = "code"
    PHONE = "phone"
    DOCUMENT = "document"


NEVER = frozenset({Found.PESEL, Found.PAYMENT, Found.OFFICE_CASE, Found.DOCUMENT})
"""What may not be saved, whoever confirms it."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something recognised, from `start` to `end` of the text."""

    start: int
    end: int
    kind: Found
    text: str

    @property
    def masked(self) -> str:
        """Enough of it to be found again by whoever wrote it: «44…59»."""
        shown = SHORTEST_KEPT_PART
        return f"{self.text[:shown]}…{self.text[-shown:]}"

    def __repr__(self) -> str:
        return f"Finding({self.kind.value}, {self.start}–{self.end})"


def findings(text: str) -> list[Finding]:
    """Everything in `text` that could name a person, in its order; nothing is found twice."""
    plain = _plain(text)
    kept: list[Finding] = []
    for kind, start, end in _candidates(plain):
        if all(end <= one.start or start >= one.end for one in kept):
            kept.append(Finding(start, end, kind, text[start:end]))
    return sorted(kept)


def mark(found: list[Finding]) -> str:
    """A short word for exactly what was found and may be confirmed: a confirmation is for it."""
    told = "\0".join(sorted(one.text for one in found if one.kind not in NEVER))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _plain(text: str) -> str:
    """The text with every digit, space and hyphen of any script as the usual one, same length."""
    return "".join(map(_usual, text))


def _usual(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if unicodedata.category(letter) in ("Zs", "Cf"):
        return " "
    if unicodedata.category(letter) == "Pd":
        return "-"
    return letter


def _digits(text: str) -> str:
    return re.sub(r"[ \-]", "", text)


def _candidates(text: str) -> Iterator[tuple[Found, int, int]]:
    for kind, look in LOOKS.items():
        for start, end in look(text):
            yield kind, start, end


Spans = Iterator[tuple[int, int]]


def _pesels(text: str) -> Spans:
    return (one.span() for one in PESEL.finditer(text) if pesel.is_valid(_digits(one[0])))


def _payments(text: str) -> Spans:
    for one in IBAN.finditer(text):
        if iban.is_valid(one[0]):
            yield one.span()
    for one in ACCOUNT.finditer(text):
        if iban.is_valid(f"PL{one[0]}"):
            yield one.span()
    for one in CARD.finditer(text):
        number = _digits(one[0])
        if len(number) in CARD_DIGITS and number[0] in "23456" and luhn.is_valid(number):
            yield one.span()


def _emails(text: str) -> Spans:
    return (one.span() for one in EMAIL.finditer(text))


def _office_cases(text: str) -> Spans:
    return (one.span() for one in OFFICE_CASE.finditer(text))


def _codes(text: str) -> Spans:
    for one in CODE.finditer(text):
        digits = sum(letter.isdigit() for letter in one[0])
        if _digits(one[0]).isdigit() or (not one[1] and digits < 2):
            continue  # a phone, or a word of nine letters
        try:
            read_case_code(one[0].replace(" ", "-"))
        except WrongCode:
            continue
        yield one.span()


def _phones(text: str) -> Spans:
    for country in PHONE_COUNTRIES:
        for one in phonenumbers.PhoneNumberMatcher(text, country):
            yield one.start, one.end


def _documents(text: str) -> Spans:
    for one in NAMED.finditer(text):
        yield one.span(1)
    for one in SERIES.finditer(text):
        if not one[0].startswith(MONEY):
            yield one.span()
    for one in TEN_DIGITS.finditer(text):
        if rntrc.is_valid(one[0]) and not nip.is_valid(one[0]):
            yield one.span()


LOOKS = {
    Found.PESEL: _pesels,
    Found.PAYMENT: _payments,
    Found.EMAIL: _emails,
    Found.OFFICE_CASE: _office_cases,
    Found.CODE: _codes,
    Found.PHONE: _phones,
    Found.DOCUMENT: _documents,
}
