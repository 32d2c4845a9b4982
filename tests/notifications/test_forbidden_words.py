"""Words that no message may hold are found in every form, and harmless ones are not."""

import pytest

from cic_cases.notifications.forbidden_words import forbidden, of_region

LISTED = forbidden(["Doradztwo zawodowe (WUP)", "Zakład Ubezpieczeń Społecznych", "Kurs polskiego"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Wizyta u psychologa.", ["psychologa"]),
        ("Rozmowa z PRAWNIKIEM", ["PRAWNIKIEM"]),
        ("Sprawa w zakładzie", ["zakładzie"]),
        ("Zapraszamy do WUP", ["WUP"]),
        ("Wizyta u psy\u200bchologa", ["psychologa"]),
        ("Візит до психолога", ["психолога"]),
        ("ვიზიტი ფსიქოლოგთან", ["ფსიქოლოგთან"]),
        ("kurs polskiego, potem adwokat", ["kurs", "polskiego", "adwokat"]),
    ],
)
def test_a_word_that_tells_the_help_is_found_in_any_form(text, words):
    assert LISTED.words_in(text) == words


@pytest.mark.parametrize(
    "text", ["Twoja wizyta: {date}, {time}.", "Нагадування: завтра", "Your appointment", "CIC"]
)
def test_harmless_words_pass(text):
    assert LISTED.words_in(text) == []


def test_the_names_of_a_region_are_forbidden_there_and_institutions_by_their_sign(session, make):
    make.service("pottery_course")
    office = make.institution("WUW")

    found = of_region(session, office.region_id)

    assert found.words_in("Pottery on Monday, with the WUW.") == ["Pottery", "WUW"]
    assert of_region(session, office.region_id + 1).words_in("Pottery, WUW.") == []


@pytest.mark.parametrize("town", ["Gdańsk", "Łódź", "Zielona Góra", "Białystok"])
def test_the_town_of_a_centre_may_be_written_of_though_an_office_is_named_after_it(town):
    """Its stem, in whatever case, would otherwise forbid the very address of the Centre."""
    office = {
        "Gdańsk": "Urząd Miasta w Gdańsku",
        "Łódź": "Urząd Miasta Łódź",
        "Zielona Góra": "Zielona Góra, Urząd Miasta",
        "Białystok": "Urząd Miejski w Białymstoku i Białystok Plus",
    }[town]
    address = f"{town}, ul. Nowa 1"
    assert forbidden([office]).words_in(address) != []
    assert forbidden([office], [town]).words_in(address) == []
    assert forbidden([office], [town]).words_in("Urząd") == ["Urząd"]
