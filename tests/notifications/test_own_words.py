"""A region's own words are refused for every reason there is, each with its own sentence."""

import pytest

from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications import own_texts, own_words
from cic_cases.notifications.forbidden_words import of_region
from tests.notifications.speech import speaking

REMINDER = "Jutro {date}, {time}: {centre}. Tel. {phone}"


@pytest.fixture
def refused(session, make):
    centres = [make.centre(), make.centre("pila")]
    make.institution("WUW")
    listed = of_region(session, centres[0].region_id)

    def refused(text, key="reminder_day_before", language="pl"):
        found = own_words.refusals(key, language, text, centres=centres, listed=listed)
        return [str(one) for one in found]

    return refused


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_the_usual_words_would_pass_in_every_language(refused, language):
    with speaking(language):
        usual = {key: own_texts.usual(key) for key in own_texts.every_key()}

    assert {key: refused(text, key, language) for key, text in usual.items()} == dict.fromkeys(
        usual, []
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write the message"),
        (REMINDER.replace("{date}", "dnia"), "{date} is missing"),
        (REMINDER + " {code}", "{code} cannot stand in this message"),
        (REMINDER + " {centre.__class__}", "{centre.__class__} cannot stand"),
        (REMINDER + " }", "Braces belong only around a name"),
        (REMINDER + "\nZapraszamy", "Write on one line"),
        (REMINDER + "\u202e", "Write on one line"),
        (REMINDER + "\u200b", "Write on one line"),
        (REMINDER + " https://example.org/a", "Take the link or address out"),
        (REMINDER + " cic-poznan.pl", "Take the link or address out"),
        (REMINDER + " biuro@example", "Take the link or address out"),
        (REMINDER + " lub 61 850 45 00", "Take the number out"),
        (REMINDER + " lub \uff16\uff11\uff18\uff15\uff10\uff14", "Take the number out"),
        (REMINDER + " u psychologa", "Take “psychologa” out: it may tell"),
        (REMINDER + " z WUW", "Take “WUW” out: it may tell"),
        (REMINDER + " x" * 90, "the text is"),
        (REMINDER + " x" * 300, "Shorten it to 600"),
    ],
)
def test_words_are_refused_with_a_sentence_that_says_what_to_do(refused, text, said):
    assert any(said in sentence for sentence in refused(text))


def test_words_of_the_region_that_keep_every_promise_pass(refused):
    assert refused(REMINDER) == []
    assert refused("Pamiętaj! {date}, {time}. {centre}, {address}, {phone}") == []


@pytest.mark.parametrize("word", ["Poznaniu", "POZNAŃ", "CIC", "Pile", "Познань", "Przykładowej"])
def test_a_discreet_message_may_not_name_the_centre_or_its_place(refused, word):
    text = f"Termin: {{date}}, {{time}}, {{phone}}. {word}"

    assert refused(text, "discreet_reminder") == [
        f"Take “{word}” out: this message must not name the Centre or its place."
    ]


@pytest.mark.parametrize("word", ["pilne", "now", "pilnie", "January"])
def test_a_discreet_message_may_say_what_only_resembles_a_place(refused, word):
    assert refused(f"{{date}}, {{time}}, {{phone}}. {word}", "discreet_reminder") == []


def test_a_discreet_message_cannot_be_given_the_name_of_the_centre(refused):
    text = "{date}, {time}, {phone}, {centre}"

    assert refused(text, "discreet_reminder") == [
        "{centre} cannot stand in this message. Use only the names below the field."
    ]


def test_an_overrun_names_the_worst_centre_and_the_number_of_characters(refused):
    text = "{date} {time} {centre} {phone}" + "x" * 140

    [sentence] = refused(text)
    assert sentence.startswith("As an SMS from Poznań the text is ")
    assert sentence.endswith(" 15 characters too long. Shorten it.")
