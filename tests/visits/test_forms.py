"""The desk's two forms: what is tapped becomes a value, what is missing is said at its question."""

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from cic_cases.cases import choices
from cic_cases.cases.attributes import AgeBand, Gender
from cic_cases.cases.rules import CaseAttributes
from cic_cases.centres.models import Region, Service
from cic_cases.foundation import clock
from cic_cases.foundation.i18n import in_language
from cic_cases.visits.channels import Channel
from cic_cases.visits.forms import RegistrationForm, VisitForm

pytestmark = pytest.mark.sqlite_only
REGION = Region(citizenships="UA BY GE AZ TR CO IN", languages="uk ru en pl es tr ka az")
SERVICES = [
    Service(id=number, key=key, names={"en": key, "pl": key})
    for number, key in enumerate(("information", "school_choice", "quick_contact"), start=1)
]
TAPPED = {
    "contact_language": "uk",
    "citizenship": "UA",
    "gender": "woman",
    "age_band": "18_60",
    "services": ["information", "school_choice"],
    "channel": "desk",
}
CHOOSE = "Choose one of the options."


@pytest.fixture
def fill(app: Flask):
    """A form as it comes from the desk in English; a question set to None was left out."""
    with app.test_request_context(method="POST", headers={"Accept-Language": "en"}):

        def fill(form_class=RegistrationForm, **change):
            asked = {**TAPPED, **change}
            sent = MultiDict({name: value for name, value in asked.items() if value is not None})
            form = form_class(sent)
            form.offer(REGION, SERVICES)
            return form

        yield fill


def test_six_taps_are_a_case_and_a_visit(fill):
    form = fill()

    assert form.validate(), form.errors
    assert form.attributes() == CaseAttributes("UA", Gender.WOMAN, AgeBand.FROM_18_TO_60, "uk")
    wish = form.visit(3, None, clock.now())
    assert (wish.centre_id, wish.case_id, wish.channel) == (3, None, Channel.DESK)
    assert (wish.service_ids, wish.language, wish.minutes) == (frozenset({1, 2}), "uk", None)


@pytest.mark.parametrize(
    ("change", "citizenship", "language"),
    [
        pytest.param({"citizenship": "other", "citizenship_other": "VN"}, "VN", "uk", id="other"),
        pytest.param({"citizenship": None, "citizenship_other": "XX"}, "XX", "uk", id="no tile"),
        pytest.param({"citizenship_other": "VN"}, "UA", "uk", id="a tile before the list"),
        pytest.param({"language_other": "vi"}, "UA", "vi", id="another language"),
        pytest.param(
            {"contact_language": None, "language_other": "ckb"}, "UA", "ckb", id="no language tile"
        ),
    ],
)
def test_what_is_not_a_tile_is_in_the_list(fill, change, citizenship, language):
    form = fill(**change)

    assert form.validate(), form.errors
    assert form.attributes().citizenship == citizenship
    assert form.visit(1, 1, clock.now()).language == language


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        pytest.param({"contact_language": None}, {"contact_language": [CHOOSE]}, id="language"),
        pytest.param({"contact_language": "xx"}, {"contact_language": [CHOOSE]}, id="odd language"),
        pytest.param({"citizenship": None}, {"citizenship": [CHOOSE]}, id="citizenship"),
        pytest.param(
            {"citizenship": "other"},
            {"citizenship_other": ["Choose a country from the list."]},
            id="other without a country",
        ),
        pytest.param({"gender": None}, {"gender": [CHOOSE]}, id="gender"),
        pytest.param({"gender": "x"}, {"gender": [CHOOSE]}, id="odd gender"),
        pytest.param({"age_band": None}, {"age_band": [CHOOSE]}, id="age"),
        pytest.param({"services": None}, {"services": [CHOOSE]}, id="no service"),
        pytest.param({"services": ["legal_advice"]}, {"services": [CHOOSE]}, id="no tile of it"),
        pytest.param({"services": ["quick_contact"]}, {"services": [CHOOSE]}, id="quick contact"),
        pytest.param({"channel": "fax"}, {"channel": [CHOOSE]}, id="odd channel"),
    ],
)
def test_each_question_answers_for_itself_and_the_rest_stays(fill, change, errors):
    form = fill(**change)

    assert not form.validate()
    assert {name: [str(one) for one in said] for name, said in form.errors.items()} == errors
    kept = {name: form[name].data for name in TAPPED if name not in change}
    assert kept == {name: value for name, value in TAPPED.items() if name not in change}


def test_an_empty_form_says_everything_at_once(fill):
    form = fill(**dict.fromkeys(TAPPED))

    assert not form.validate()
    asked = set(TAPPED) - {"channel"}
    assert asked <= set(form.errors)


def test_tiles_come_from_the_region_and_the_quick_contact_is_none_of_them(fill):
    form = fill()

    assert [code for code, _ in form.contact_language.choices] == REGION.languages.split()
    assert [code for code, _ in form.citizenship.choices] == [*REGION.citizenships.split(), "other"]
    assert [key for key, _ in form.services.choices] == ["information", "school_choice"]
    assert dict(form.contact_language.choices)["ka"] == "ქართული"


def test_a_visit_of_a_known_person_asks_language_and_services_only(fill):
    form = fill(VisitForm, language="ru")

    assert form.validate(), form.errors
    assert form.visit(1, 9, clock.now()).language == "ru"
    assert {name for name in form.data if name != "csrf_token"} == {
        "language",
        "language_other",
        "services",
        "channel",
    }


@pytest.mark.parametrize(
    ("known", "tile", "other"),
    [
        pytest.param("ka", "ka", None, id="a language with a tile"),
        pytest.param("vi", "vi", "vi", id="a language of the list"),
    ],
)
def test_the_known_language_is_chosen_already(app, known, tile, other):
    with app.test_request_context():
        form = VisitForm(formdata=None, language=known)
        form.offer(REGION, SERVICES)

        assert (form.language.data, form.language_other.data) == (tile, other)
        assert form.spoken() == known


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        pytest.param("pl", "Łotwa", "Macedonia Północna", id="Ł stands before M"),
        pytest.param("pl", "Luksemburg", "Łotwa", id="and after L"),
        pytest.param("pl", "Szwecja", "Świę", id="Ś stands after S"),
        pytest.param("uk", "Єгипет", "Ямайка", id="Є is not behind Я"),
        pytest.param("uk", "Уганда", "Угорщина", id="letter by letter"),
        pytest.param("en", "Åland Islands", "Albania", id="Å is read as A"),
    ],
)
def test_names_are_sorted_as_readers_look_for_them(language, before, after):
    first, second = (choices.order_of(name, language) for name in (before, after))

    assert first < second


def test_stateless_and_not_stated_come_first_and_every_country_once(app):
    with app.test_request_context(), in_language("uk"):
        codes = [code for code, _ in choices.countries()]
        spoken = [code for code, _ in choices.languages()]

    assert codes[:2] == ["XX", "ZZ"]
    assert len(codes) == len(set(codes)) > 240
    assert {"uk", "vi", "ckb"} <= set(spoken)
