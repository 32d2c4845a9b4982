"""Reception's one screen: scan, register, count a quick question, today's board, next free."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import queries as bookings
from cic_cases.bookings import service as booking_service
from cic_cases.bookings.statuses import Status
from cic_cases.cases import service as cases
from cic_cases.desk import board_page, booking_page, open_case, rules, service
from cic_cases.desk.board_page import DeskPage
from cic_cases.desk.frame import current_centre
from cic_cases.desk.kept import drawn
from cic_cases.desk.live_board import Live
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import REFERENCE_LENGTH, WrongCode, clean, read_reference, show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, by_itself, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.visits import service as visits
from cic_cases.visits.channels import Channel

SCANNER = "scanner"  # how a code came in; static/desk.js knows by its speed
bp = Blueprint("desk", __name__, url_prefix="/desk")


@bp.get("")
@allows("desk.see")
def board() -> ResponseReturnValue:
    """The whole desk of the centre one works in."""
    page = DeskPage.read(current_actor(), show=request.args.get("show"))
    reads.listed("board", page.centre.id)
    return _page(page)


@bp.get("/live")
@allows("desk.see")
@by_itself
def live() -> ResponseReturnValue:
    """The parts that change by themselves, or «not modified»; the desk asks every ten seconds."""
    parts = Live(db.session(), current_actor(), request.args.get("show"))
    answer = Response()
    answer.set_etag(parts.tag)
    answer.make_conditional(request)
    if answer.status_code == HTTPStatus.OK:
        answer.set_data(drawn("desk/live.html", {"live": parts}))
    return answer


@bp.post("/scan")
@allows("desk.scan")
def scan() -> ResponseReturnValue:
    """Open the case of a card or a booking; Enter once more does the offered act.

    A card under the scanner, at the time of its holder's appointment, checks in at once: a code
    that is typed may be that of somebody on the telephone.
    """
    actor, typed = current_actor(), request.form.get("code", "")
    page = DeskPage.read(actor)
    if page.is_open(typed) and page.line is not None and page.line.status is Status.BOOKED:
        open_case.forget()
        return _arrive(actor, page.line.reference)
    try:
        case_id = _case_of(typed, page, actor)
    except Refusal as refusal:
        return _page(page, typed=typed, wrong=refusal.text(), status=422)
    open_case.remember(case_id)
    line = rules.of_case(page.lines, case_id)
    if request.form.get("by") == SCANNER and line and rules.comes_now(line, now()):
        return _arrive(actor, line.reference)
    return redirect(url_for(".board"), code=303)


@bp.post("/close")
@allows("desk.see")
def close() -> ResponseReturnValue:
    """Clear the counter for the next person."""
    open_case.forget()
    return redirect(url_for(".board"), code=303)


@bp.post("/visits")
@allows("desk.record")
def record() -> ResponseReturnValue:
    """Save a visit: of the case on the counter, or of a new person."""
    actor = current_actor()
    page = DeskPage.read(actor, bound=True)
    if not page.form.validate():
        return _page(page, status=422)
    try:
        _save_visit(page, actor)
    except Refusal as refusal:
        page.form.refuse(refusal)
        return _page(page, status=422)
    after = "bookings.search" if request.form.get("then") == "book" else ".board"
    return redirect(url_for(after), code=303)


@bp.post("/quick-contacts")
@allows("quick_contact.count")
def count() -> ResponseReturnValue:
    """One more question answered in a minute: a counter, nobody's record."""
    actor = current_actor()
    centre = current_centre(actor, "quick_contact.count")
    in_transaction(visits.quick_contact, centre.id, Channel.DESK, at=now(), by=actor)
    flash(_("Quick enquiry counted."), "ok")
    return redirect(url_for(".board"), code=303)


@bp.post("/quick-contacts/undo")
@allows("quick_contact.count")
def take_back() -> ResponseReturnValue:
    """Take the last quick question back."""
    actor = current_actor()
    centre = current_centre(actor, "quick_contact.count")
    try:
        in_transaction(visits.undo_quick_contact, None, centre_id=centre.id, at=now(), by=actor)
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Quick enquiry taken back."), "ok")
    return redirect(url_for(".board"), code=303)


def _case_of(typed: str, page: DeskPage, actor: Actor) -> int:
    """Whose case was scanned or typed: a card's whole code, a booking, or five characters today."""
    if line := rules.of_today(page.lines, typed):
        return _of_booking(line.case_id, page, actor)
    if len(clean(typed)) == REFERENCE_LENGTH:
        scope = actor.scope("booking.see")
        try:
            booking = bookings.by_reference(db.session(), read_reference(typed), scope)
        except NotFound:
            raise WrongCode() from None
        return _of_booking(booking.case_id, page, actor)
    case = in_transaction(cases.open_by_code, typed, centre_id=page.centre.id, at=now(), by=actor)
    return case.id


def _of_booking(case_id: int, page: DeskPage, actor: Actor) -> int:
    verb, centre_id = cases.open_for_booking, page.centre.id
    return in_transaction(verb, case_id, centre_id=centre_id, at=now(), by=actor).id


def _arrive(actor: Actor, reference: str) -> ResponseReturnValue:
    try:
        booking = in_transaction(
            booking_service.set_status,
            reference,
            Status.ARRIVED,
            scope=actor.scope("booking.status"),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        booking_page.offer_undo(booking)
    return redirect(url_for(".board"), code=303)


def _save_visit(page: DeskPage, actor: Actor) -> None:
    at = now()
    if page.open is not None:
        wish = page.form.visit(page.centre.id, page.open.case.id, at)
        in_transaction(visits.record, wish, at=at, by=actor)
        flash(_("Visit saved."), "ok")
        return
    attributes, wish = page.form.attributes(), page.form.visit(page.centre.id, None, at)
    new = in_transaction(service.register, attributes, wish, at=at, by=actor)
    open_case.remember(new.case_id)
    flash(_("Visit saved. New card: %(code)s", code=show(new.code)), "ok")


def _page(
    page: DeskPage, *, typed: str = "", wrong: str | None = None, status: int = 200
) -> ResponseReturnValue:
    context = board_page.context(page)
    html = render_template("desk/board.html", typed=typed, wrong=wrong, **context)
    return html, status
