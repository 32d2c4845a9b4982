"""What no page may forget: nothing inline, symbols that exist, labels tied to their controls."""

import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_wtf import CSRFProtect, FlaskForm
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from cic_cases.foundation import i18n
from cic_cases.foundation.resources import PACKAGE, resource
from cic_cases.privacy import headers

TEMPLATES = resource("templates")
PAGES = sorted(TEMPLATES.rglob("*.html"))
INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "an event handler": r"<[^>]*\son\w+\s*=",
    "a script in the page": r"<script(?![^>]*\ssrc=)",
    "a style sheet in the page": r"<style",
    "a javascript address": r"javascript:",
    "a data: address": r"(?:src|href)\s*=\s*[\"']data:",
}
JINJA = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"
STATUSES = ["held", "booked", "arrived", "in_progress", "done", "no_show"]
STATUSES += ["cancelled", "needs_rebooking"]


def html_of(page: Path) -> str:
    """What a template writes itself, without its expressions."""
    return re.sub(JINJA, "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


ASKED = InputRequired("Choose one of the options.")
LANGUAGES = [SelectChoice("uk", "Українська"), SelectChoice("en", "English")]


class Form(FlaskForm):  # type: ignore[misc]
    language = RadioField("Language", choices=LANGUAGES, validators=[ASKED])
    services = SelectMultipleField("Matter", choices=["forms", "school"], validators=[ASKED])
    phone = StringField("Phone", validators=[Length(min=9, message="Enter a valid phone number.")])
    agreed = BooleanField("Agreed", validators=[InputRequired("Tick the box.")])


@pytest.fixture
def render(monkeypatch: pytest.MonkeyPatch):
    """Draw a piece of a page with the real macros, in English, without a database."""
    app = Flask("pages", template_folder=str(TEMPLATES), static_folder=str(PACKAGE / "static"))
    app.config.update(SECRET_KEY="only here", TESTING=True)
    CSRFProtect(app)
    i18n.init_app(app, Path("/nowhere"), lambda: "en")
    headers.init_app(app, https=False)

    def draw(markup: str, **posted: object) -> str:
        with app.test_request_context("/", method="POST", data=posted):
            form = Form(meta={"csrf": False})
            form.validate()
            opening = '{% import "macros/ui.html" as ui %}'
            return re.sub(r"\s+", " ", render_template_string(opening + markup, form=form))

    return draw


@pytest.mark.parametrize("pattern", INLINE.values(), ids=INLINE.keys())
def test_the_content_policy_would_allow_every_page(pattern: str):
    assert [page for page in PAGES if re.search(pattern, html_of(page), re.IGNORECASE)] == []


def test_every_symbol_that_a_page_names_is_in_the_sprite():
    sprite = (PACKAGE / "static" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'id="i-(\w+)"', sprite))
    for page in PAGES:
        named = set(re.findall(r"icon(?:\(|=)[\"'](\w+)[\"']", page.read_text(encoding="utf-8")))
        assert named <= drawn, page


def test_files_of_ours_load_nothing_from_elsewhere():
    for name in ("app.css", "app.js", "icons.svg"):
        text = (PACKAGE / "static" / name).read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*[\"']?(?:https?:|data:|//)|@import", text), name


def test_a_wrong_field_is_described_by_its_hint_and_its_error(render):
    html = render("{{ ui.field(form.phone, hint='With prefix') }}", phone="12")

    assert 'aria-describedby="phone-hint phone-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="phone-error"' in html
    assert "Enter a valid phone number." in html
    assert 'value="12"' in html


def test_a_right_field_carries_no_error(render):
    html = render("{{ ui.field(form.phone) }}", phone="600700800")

    assert "aria-" not in html
    assert "field-wrong" not in html


def test_what_was_typed_is_escaped(render):
    html = render("{{ ui.field(form.phone) }}", phone='"><script>')

    assert "<script>" not in html


def test_tiles_are_a_question_with_real_answers_in_their_own_language(render):
    html = render("{{ ui.tiles(form.language, number=1, lang=true) }}", language="uk")

    assert "<legend>1 Language</legend>" in html
    assert 'type="radio" name="language" id="language-0" value="uk" checked' in html
    assert '<span lang="uk">Українська</span>' in html


def test_a_question_with_several_answers_has_checkboxes(render):
    html = render("{{ ui.tiles(form.services) }}", services=["forms", "school"])

    assert html.count('type="checkbox"') == html.count(" checked") == 2


def test_the_summary_leads_to_every_wrong_field(render):
    html = render("{{ ui.errors(form) }}", phone="12", language="uk")

    assert 'role="alert"' in html
    assert '<a href="#phone">Enter a valid phone number.</a>' in html
    assert '<a href="#agreed">Tick the box.</a>' in html


def test_fields_that_share_a_sentence_are_told_apart_in_the_summary(render):
    html = render("{{ ui.errors(form) }}", phone="12")

    assert ">Language: Choose one of the options.<" in html
    assert ">Matter: Choose one of the options.<" in html
    assert ">Enter a valid phone number.<" in html


def test_a_form_without_mistakes_has_no_summary(render):
    html = render(
        "{{ ui.errors(form) }}", phone="600700800", language="uk", services="forms", agreed="y"
    )

    assert "errors" not in html


@pytest.mark.parametrize("status", STATUSES)
def test_a_state_is_an_icon_and_a_word(render, status: str):
    html = render(f"{{{{ ui.state_tag('{status}') }}}}")

    assert re.search(r'icons\.svg\?v=\w+#i-\w+"/></svg>\w', html)


def test_a_key_is_shown_bound_and_told_to_screen_readers(render):
    html = render("{{ ui.button('Save', key='Ctrl Enter') }}")

    assert 'data-key="Ctrl Enter" aria-keyshortcuts="Control+Enter"' in html
    assert "<kbd>Ctrl Enter</kbd>" in html
