"""A region's own words for its messages: all of them, and one to write, to look at, to save."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.desk import texts_page
from cic_cases.desk.forms_texts import TextForm
from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.i18n import PERSON_LOCALES, _, locale
from cic_cases.notifications import own_texts, own_words
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("texts", __name__, url_prefix="/admin/texts")


@bp.get("")
@allows("message_text.change")
def overview() -> ResponseReturnValue:
    """Every message with the words in use, in one language at a time."""
    asked = request.args.get("in", "")
    language = asked if asked in PERSON_LOCALES else locale()
    region = texts_page.region(current_actor())
    lines = texts_page.lines(db.session(), region, language)
    return render_template(
        "desk/texts.html",
        lines=lines,
        language=language,
        region=region,
        message_languages=PERSON_LOCALES,
    )


@bp.get("/<key>/<language>")
@allows("message_text.change")
def edit(key: str, language: str) -> ResponseReturnValue:
    """One message in one language: the words in use, ready to be changed."""
    _known(key, language)
    region = texts_page.region(current_actor())
    page = texts_page.of(db.session(), region, key, language)
    return render_template("desk/texts_edit.html", page=page, form=TextForm(text=page.in_use))


@bp.post("/<key>/<language>")
@allows("message_text.change")
def save(key: str, language: str) -> ResponseReturnValue:
    """Save the words, or only show how they would read; refused words stay as they were typed."""
    _known(key, language)
    actor, form = current_actor(), TextForm()
    region = texts_page.region(actor)
    text = own_words.tidy(form.text.data or "")
    refused = texts_page.refusals(db.session(), region, key, language, text)
    if refused or request.form.get("act") != "save":
        form.refuse_all(refused)
        page = texts_page.of(db.session(), region, key, language, typed=text)
        status = 422 if refused else 200
        return render_template("desk/texts_edit.html", page=page, form=form), status
    what = (region.id, key, language, text)
    in_transaction(own_texts.save, *what, at=clock.now(), by=actor)
    flash(_("Saved. Messages say so from now on."), "ok")
    return redirect(url_for(".edit", key=key, language=language), code=303)


@bp.post("/<key>/<language>/usual")
@allows("message_text.change")
def restore(key: str, language: str) -> ResponseReturnValue:
    """Back to the usual words."""
    _known(key, language)
    actor = current_actor()
    region_id = texts_page.region(actor).id
    in_transaction(own_texts.give_back, region_id, key, language, at=clock.now(), by=actor)
    flash(_("The usual words are in use again."), "ok")
    return redirect(url_for(".edit", key=key, language=language), code=303)


def _known(key: str, language: str) -> None:
    if key not in own_texts.every_key() or language not in PERSON_LOCALES:
        abort(404)
