"""What can be recorded of a person, and which addresses are addresses."""

import pytest

from cic_cases.cases import rules
from cic_cases.cases.attributes import AgeBand, ContactMode, Gender
from cic_cases.cases.rules import CaseAttributes, ContactFacts, ContactWish
from cic_cases.foundation.errors import Invalid, Refusal

GOOD = {
    "citizenship": "UA",
    "gender": "woman",
    "age_band": "18_60",
    "contact_language": "uk",
}


def test_four_answers_make_a_case():
    assert CaseAttributes.of(**GOOD) == CaseAttributes(
        "UA", Gender.WOMAN, AgeBand.FROM_18_TO_60, "uk"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("citizenship", "XX", id="stateless"),
        pytest.param("citizenship", "ZZ", id="citizenship not stated"),
        pytest.param("citizenship", "XK", id="Kosovo"),
        pytest.param("gender", "unstated", id="gender not stated"),
        pytest.param("contact_language", "ckb", id="a language of three letters"),
        pytest.param("contact_language", "vi", id="a language without a tile"),
    ],
)
def test_unusual_answers_are_answers(field, value):
    assert getattr(CaseAttributes.of(**{**GOOD, field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("citizenship", "", id="no country"),
        pytest.param("citizenship", "ua", id="a country in small letters"),
        pytest.param("citizenship", "EU", id="a union is no citizenship"),
        pytest.param("citizenship", "QQ", id="no such country"),
        pytest.param("citizenship", "616", id="a number for a country"),
        pytest.param("gender", "female", id="another word for woman"),
        pytest.param("age_band", "34", id="an age instead of a band"),
        pytest.param("contact_language", "", id="no language"),
        pytest.param("contact_language", "ukr", id="a code that BCP 47 shortens"),
        pytest.param("contact_language", "uk-UA", id="a language with a country"),
        pytest.param("contact_language", "und", id="an undetermined language"),
    ],
)
def test_what_is_no_answer_is_refused_at_its_field(field, value):
    with pytest.raises(Invalid, match="Choose one of the options") as refused:
        CaseAttributes.of(**{**GOOD, field: value})

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        pytest.param("600 100 200", "PL", "+48600100200", id="a Polish mobile as people say it"),
        pytest.param("61 850-87-77", "PL", "+48618508777", id="a landline with hyphens"),
        pytest.param("+380 50 123 45 67", "PL", "+380501234567", id="a Ukrainian number abroad"),
        pytest.param("050 123 45 67", "UA", "+380501234567", id="the same at home"),
        pytest.param("0048 600 100 200", "PL", "+48600100200", id="00 instead of +"),
    ],
)
def test_a_phone_number_has_one_spelling(typed, country, stored):
    assert rules.read_phone(typed, country) == stored


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("12", id="too short"),
        pytest.param("600 100 200 300 400", id="too long"),
        pytest.param("000 000 000", id="of no operator"),
        pytest.param("call my sister", id="words"),
        pytest.param("600 100 200 ext 5", id="an extension that no message reaches"),
        pytest.param("112", id="an emergency number"),
        pytest.param("\0" * 300, id="rubbish"),
    ],
)
def test_an_impossible_phone_number_is_refused(typed):
    with pytest.raises(rules.PhoneInvalid, match="Enter a valid phone number") as refused:
        rules.read_phone(typed, "PL")

    assert refused.value.field == "phone"


def test_an_email_address_of_an_example_domain_is_accepted():
    assert rules.read_email("Some.Body@EXAMPLE.org") == "Some.Body@example.org"


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("somebody", id="no at sign"),
        pytest.param("a@b@example.org", id="two at signs"),
        pytest.param("a@localhost", id="no domain"),
        pytest.param("a@example.org\r\nBcc: b@example.org", id="a smuggled header"),
        pytest.param("ł@example.org", id="letters that most servers refuse"),
    ],
)
def test_an_impossible_email_address_is_refused(typed):
    with pytest.raises(rules.EmailInvalid, match="Enter a valid email address"):
        rules.read_email(typed)


KNOWN = ContactFacts("id", ContactMode.FULL, has_phone=True, has_email=True)
FULL, NONE = ContactMode.FULL, ContactMode.NONE


@pytest.mark.parametrize(
    ("wish", "known", "kept"),
    [
        pytest.param(ContactWish(FULL), KNOWN, (True, True), id="empty fields keep both"),
        pytest.param(ContactWish(FULL, phone="1"), KNOWN, (False, True), id="a new phone"),
        pytest.param(ContactWish(FULL, email="a"), KNOWN, (True, False), id="a new email"),
        pytest.param(
            ContactWish(FULL, forget_phone=True), KNOWN, (False, True), id="the phone removed"
        ),
        pytest.param(ContactWish(NONE), KNOWN, (False, False), id="no messages keep nothing"),
        pytest.param(ContactWish(FULL), None, (False, False), id="nothing was stored"),
    ],
)
def test_what_is_stored_stays_unless_it_is_replaced(wish, known, kept):
    assert wish.keeps(known) == kept


def test_without_messages_what_was_typed_is_not_even_read():
    assert ContactWish(NONE, phone="not a number", email="nothing").typed() == (None, None)


@pytest.mark.parametrize(
    ("facts", "reachable"),
    [
        pytest.param(ContactFacts("i", FULL, True, False), True, id="a phone"),
        pytest.param(ContactFacts("i", ContactMode.DISCREET, False, True), True, id="discreet"),
        pytest.param(ContactFacts("i", FULL, False, False), False, id="no address"),
        pytest.param(ContactFacts("i", NONE, False, False), False, id="no messages"),
    ],
)
def test_who_can_be_reached(facts, reachable):
    assert facts.reachable is reachable


def test_addresses_do_not_slip_into_a_log():
    spoken = repr(rules.Addresses("+48600100200", "a@example.org"))
    wished = repr(ContactWish(FULL, phone="600100200"))

    assert "600100200" not in spoken + wished
    assert issubclass(rules.CardReplaced, Refusal)
