"""Which language a request speaks, and the traps of the library that are closed here."""

from datetime import UTC, date, datetime

import flask_babel
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Blueprint, Flask, render_template_string
from flask.testing import FlaskClient

from cic_cases.foundation import i18n
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import PERSON_LOCALES, STAFF_LOCALES, in_language

SCRIPT = "<script>alert(1)</script>"
NUMBERS = (1, 2, 5, 12, 22, 25)
FORMS = {
    "pl": ("%(num)s wizyta", "%(num)s wizyty", "%(num)s wizyt"),
    "uk": ("%(num)s візит", "%(num)s візити", "%(num)s візитів"),
    "ru": ("%(num)s визит", "%(num)s визита", "%(num)s визитов"),
    "en": ("%(num)s visit", "%(num)s visits"),
}
WHICH = {"pl": (0, 1, 2, 2, 1, 2), "uk": (0, 1, 2, 2, 1, 2), "ru": (0, 1, 2, 2, 1, 2)}
WHICH["en"] = (0, 1, 1, 1, 1, 1)
HELLO = {"pl": "Dzień dobry", "uk": "Добрий день", "ru": "Здравствуйте", "ka": "გამარჯობა"}


@pytest.fixture
def small(tmp_path) -> Flask:
    """An application that says one sentence, on a page for people and on one for staff."""
    for language in PERSON_LOCALES:
        catalogue = Catalog(locale=language)
        catalogue.add("Hello, %(name)s", f"{HELLO.get(language, 'Hello')}, %(name)s")
        if language in FORMS:
            catalogue.add(("%(num)s visit", "%(num)s visits"), FORMS[language])
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "messages.mo").open("wb") as file:
            write_mo(file, catalogue)
    app = Flask("small")
    app.testing = True
    i18n.init_app(app, tmp_path, lambda: app.config.get("OWN"))
    for name in ("portal", "desk"):
        bp = Blueprint(name, name, url_prefix=f"/{name}")
        bp.add_url_rule(
            "/", "page", lambda: f"{i18n.locale()}: {i18n._('Hello, %(name)s', name='A')}"
        )
        app.register_blueprint(bp)
    return app


def spoken(client: FlaskClient, path: str, **headers: str) -> str:
    answer = client.get(path, headers={n.replace("_", "-"): v for n, v in headers.items()})
    assert answer.headers["Content-Language"] == answer.text[:2]
    return answer.text[:2]


def test_a_value_in_a_lazy_sentence_is_escaped_on_a_page(small: Flask):
    with small.test_request_context():
        lazy = i18n.lazy("Hello, %(name)s", name=SCRIPT)
        page = render_template_string("{{ one }}", one=lazy)
        direct = render_template_string("{{ _('Hello, %(name)s', name=one) }}", one=SCRIPT)

    for html in (page, direct):
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


def test_a_naive_time_has_no_place_on_a_clock(small: Flask):
    warsaw = zone("Europe/Warsaw")
    with small.app_context():
        assert i18n.wall_clock(datetime(2030, 7, 1, 12, 30, tzinfo=UTC), warsaw) == "14:30"
        with pytest.raises(ValueError, match="naive"):
            i18n.wall_clock(datetime(2030, 7, 1, 12, 30), warsaw)  # noqa: DTZ001


def test_a_language_can_be_forced_without_a_request_and_ends_with_its_block(small: Flask):
    with small.app_context():
        assert i18n.locale() == "pl"
        with in_language("uk"):
            assert i18n._("Hello, %(name)s", name="A") == "Добрий день, A"
            with in_language("ka"):
                assert i18n._("Hello, %(name)s", name="A") == "გამარჯობა, A"
            assert i18n.locale() == "uk"
            assert i18n._("Hello, %(name)s", name="A") == "Добрий день, A"
        assert i18n._("Hello, %(name)s", name="A") == "Dzień dobry, A"


def test_a_forced_language_ends_also_when_something_goes_wrong(small: Flask):
    with small.app_context():
        with pytest.raises(ZeroDivisionError), in_language("uk"):
            raise ZeroDivisionError
        assert i18n.locale() == "pl"


def test_outside_the_application_the_sentence_is_english():
    assert i18n._("Hello, %(name)s", name="A") == "Hello, A"
    assert i18n.locale() == "pl"


def test_the_catalogue_is_looked_up_once_a_request(small: Flask, monkeypatch):
    looked: list[str] = []

    def look() -> object:
        looked.append("up")
        return flask_babel.get_translations()

    monkeypatch.setattr(i18n, "get_translations", look)
    small.add_url_rule("/many", "many", lambda: "".join(i18n._("Hello") for _ in range(50)))
    client = small.test_client()
    client.get("/many")
    client.get("/many")

    assert len(looked) == 2


@pytest.mark.parametrize("language", FORMS)
def test_numbers_take_the_form_of_their_language(small: Flask, language: str):
    with small.app_context(), in_language(language):
        said = [i18n.ngettext("%(num)s visit", "%(num)s visits", n) for n in NUMBERS]
        drawn = [
            render_template_string("{{ ngettext('%(num)s visit', '%(num)s visits', n) }}", n=n)
            for n in NUMBERS
        ]

    forms = [FORMS[language][which] for which in WHICH[language]]
    assert said == drawn == [form % {"num": n} for form, n in zip(forms, NUMBERS, strict=True)]


@pytest.mark.parametrize(
    ("offered", "path"), [(PERSON_LOCALES, "/portal/"), (STAFF_LOCALES, "/desk/")]
)
def test_the_portal_speaks_eight_languages_and_the_staff_four(small: Flask, offered, path):
    said = {one: spoken(small.test_client(), f"{path}?lang={one}") for one in PERSON_LOCALES}

    assert {one for one, answer in said.items() if one == answer} == set(offered)
    assert {answer for one, answer in said.items() if one not in offered} <= {"pl"}


def test_the_choice_is_kept_in_a_cookie_and_beats_the_browser(small: Flask):
    client = small.test_client()

    assert spoken(client, "/portal/", Accept_Language="ru") == "ru"
    assert spoken(client, "/portal/?lang=ka", Accept_Language="ru") == "ka"
    assert spoken(client, "/portal/", Accept_Language="ru") == "ka"
    cookie = client.get_cookie(i18n.COOKIE)
    assert (cookie.value, cookie.http_only, cookie.same_site) == ("ka", True, "Lax")
    assert cookie.max_age == i18n.COOKIE_SECONDS
    assert spoken(client, "/desk/", Accept_Language="ru") == "ru"  # staff have no Georgian


def test_the_own_language_of_a_signed_in_person_beats_the_browser_only(small: Flask):
    small.config["OWN"] = "uk"
    client = small.test_client()

    assert spoken(client, "/desk/", Accept_Language="ru") == "uk"
    assert spoken(client, "/desk/?lang=en", Accept_Language="ru") == "en"


@pytest.mark.parametrize("wish", ["xx", "", "pl-PL", "../../etc", "UK", "a" * 5000, SCRIPT])
def test_an_unknown_language_is_as_if_nobody_had_asked(small: Flask, wish: str):
    client = small.test_client()
    answer = client.get("/portal/", query_string={"lang": wish}, headers={"Accept-Language": "uk"})

    assert answer.text.startswith("uk")
    assert client.get_cookie(i18n.COOKIE) is None


@pytest.mark.parametrize("header", ["", "*", "fr,de;q=0.8", ";;;q=x", "q" * 9000])
def test_a_browser_that_asks_for_nothing_of_ours_reads_polish_or_what_is_there(small, header):
    said = small.test_client().get("/portal/", headers={"Accept-Language": header}).text[:2]

    assert said in PERSON_LOCALES


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("pl", "czwartek, 26 listopada", "czw. 26.11"),
        ("uk", "четвер, 26 листопада", "чт 26.11"),
        ("en", "Thursday, 26 November", "Thu 26.11"),
        ("ru", "четверг, 26 ноября", "чт 26.11"),
        ("es", "jueves, 26 de noviembre", "jue 26.11"),
        ("tr", "26 Kasım Perşembe", "Per 26.11"),
        ("ka", "ხუთშაბათი, 26 ნოემბერი", "ხუთ 26.11"),
        ("az", "cümə axşamı, 26 noyabr", "C.a. 26.11"),
    ],
)
def test_dates_are_written_as_the_language_does(small: Flask, language, long, short):
    day = date(2026, 11, 26)
    with small.app_context(), in_language(language):
        assert i18n.day_long(day) == long
        assert i18n.day_short(day) == short
        assert i18n.weekday_name(3).lower() in long.lower()


def test_names_are_told_in_the_reader_s_language(small: Flask):
    with small.app_context(), in_language("uk"):
        assert i18n.country_name("UA") == "Україна"
        assert i18n.language_name("pl") == "польська"
        assert i18n.endonym("ka") == "ქართული"
        assert i18n.in_reader_language({"pl": "po polsku", "en": "in English"}) == "in English"
        assert i18n.in_reader_language({"pl": "po polsku"}) == "po polsku"
        assert i18n.number(1234567) == "1\u00a0234\u00a0567"
