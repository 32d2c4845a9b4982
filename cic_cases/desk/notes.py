"""Confidential notes about one case: for their author, and for whom the author keeps them.

Every page that opens a text leaves a line in the audit trail. Whoever has no right, and whoever
asks for a case or a note that is not theirs, gets the same 404.
"""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings.models import Booking
from cic_cases.cases.forms import refuse
from cic_cases.cases.models import Case
from cic_cases.desk import notes_page as page
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import visible_case
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import clean
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _, wall_clock
from cic_cases.notes import queries, service
from cic_cases.notes.forms import CorrectionForm, NoteForm, OpeningForm
from cic_cases.notes.words import OpeningReason
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.free_text import findings
from cic_cases.privacy.guarded_text import warning

bp = Blueprint("notes", __name__, url_prefix="/cases/<code>/notes")


@bp.get("")
@allows("note.read")
def show(code: str) -> ResponseReturnValue:
    """The notes this reader may read, and an empty sheet with what was typed before."""
    case, actor = _case(code, "note.read"), current_actor()
    made = page.own_appointments(db.session(), case.id, actor)
    kept = queries.draft(db.session(), case.id, actor.id, service.NEW)
    asked = clean(request.args.get("appointment", ""))
    form = NoteForm(formdata=None, text=queries.draft_text(kept) if kept else "", appointment=asked)
    return _page(code, case, form, made)


@bp.post("")
@allows("note.write")
def write(code: str) -> ResponseReturnValue:
    """Keep a new note."""
    case, actor = _case(code, "note.write"), current_actor()
    made, form = page.own_appointments(db.session(), case.id, actor), NoteForm()
    form.offer(actor, page.offered(db.session(), made))
    if form.validate():
        chosen = next((one for one in made if one.reference == form.appointment.data), None)
        centre_id = chosen.centre_id if chosen else current_centre(actor, None).id
        wish = form.wish(centre_id, chosen.id if chosen else None)
        try:
            in_transaction(service.write, case.id, wish, at=now(), by=actor)
        except Refusal as refusal:
            refuse(form, refusal, "text")
        else:
            flash(_("The note has been saved. It is encrypted."), "ok")
            return redirect(url_for(".show", code=code), code=303)
    return _page(code, case, form, made)


@bp.post("/draft")
@allows("note.write")
def draft(code: str) -> ResponseReturnValue:
    """Keep what was typed so far; a script asks for JSON, a button for the page again."""
    case, actor = _case(code, "note.write"), current_actor()
    text, about = request.form.get("text", ""), request.form.get("about", service.NEW)
    in_transaction(service.keep_draft, case.id, about, text, at=now(), by=actor)
    here = zone(current_centre(actor).timezone)
    saved = _("Draft saved at %(time)s.", time=wall_clock(now(), here))
    if request.accept_mimetypes.best == "application/json":
        return jsonify(saved=saved, warnings=[warning(one) for one in findings(text)])
    flash(saved, "ok")
    if about == service.NEW:
        return redirect(url_for(".show", code=code), code=303)
    return redirect(url_for(".history", code=code, note_id=about), code=303)


@bp.get("/<int:note_id>")
@allows("note.read")
def history(code: str, note_id: int) -> ResponseReturnValue:
    """Every version of a note; its author can write another."""
    return _history(code, _case(code, "note.read"), note_id)


@bp.post("/<int:note_id>")
@allows("note.write")
def correct(code: str, note_id: int) -> ResponseReturnValue:
    """Keep another version of one's own note."""
    case, actor, form = _case(code, "note.write"), current_actor(), CorrectionForm()
    queries.own_note(db.session(), case.id, note_id, actor.id)
    if form.validate():
        seen, text = form.number_seen(), form.text.data or ""
        try:
            in_transaction(service.correct, case.id, note_id, text, seen=seen, at=now(), by=actor)
        except Refusal as refusal:
            refuse(form, refusal, "text")
        else:
            flash(_("The correction has been saved. Earlier versions stay."), "ok")
            return redirect(url_for(".show", code=code), code=303)
    return _history(code, case, note_id, form)


@bp.post("/opening")
@allows("note.ask")
def ask(code: str) -> ResponseReturnValue:
    """Ask to read a colleague's notes of this case; a second person decides."""
    case, actor, form = _case(code, "note.ask"), current_actor(), OpeningForm()
    form.offer()
    if not form.validate():
        flash(_("Say why you have to read them."), "warn")
        return redirect(url_for(".show", code=code), code=303)
    centre_id = current_centre(actor).id
    reason = OpeningReason(form.reason.data)
    try:
        in_transaction(
            service.ask_opening,
            case.id,
            form.author_id(),
            reason,
            centre_id=centre_id,
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Asked. A coordinator decides; reload this page to see the answer."), "ok")
    return redirect(url_for(".show", code=code), code=303)


def _case(code: str, action: str) -> Case:
    return visible_case(db.session(), code, current_actor().scope(action), now())


def _page(code: str, case: Case, form: NoteForm, made: list[Booking]) -> ResponseReturnValue:
    actor = current_actor()
    form.offer(actor, page.offered(db.session(), made))
    pages = in_transaction(service.read, case.id, at=now(), by=actor)
    context = page.context(db.session(), case, actor, pages, made)
    return render_template("desk/notes.html", form=form, **context), 422 if form.errors else 200


def _history(
    code: str, case: Case, note_id: int, form: CorrectionForm | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    versions = in_transaction(service.history, case.id, note_id, at=now(), by=actor)
    if form is None and versions[0].author_id == actor.id:
        kept = queries.draft(db.session(), case.id, actor.id, str(note_id))
        text = queries.draft_text(kept) if kept else versions[0].text
        form = CorrectionForm(formdata=None, text=text, seen=versions[0].number)
    context: dict[str, Any] = page.history_context(db.session(), case, actor, versions)
    status = 422 if form is not None and form.errors else 200
    return render_template("desk/notes_one.html", form=form, **context), status
