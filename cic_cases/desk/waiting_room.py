"""The waiting room: numbers given, called, called again and skipped; the screen's address."""

from datetime import date

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from cic_cases.bookings import queries as bookings
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk import open_case, queries_tickets
from cic_cases.desk.frame import current_centre
from cic_cases.desk.service import call_number, skip_number
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import read_reference
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.i18n import _, in_language, locale
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications.occasions import language_of
from cic_cases.notifications.paper import qr
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.visits import tickets

bp = Blueprint("waiting_room", __name__, url_prefix="/waiting-room")
ROOM = "room"  # in the browser's session: where this member of staff calls people to
SLIP = "slip"  # in the browser's session: the number given last, until the next


@bp.get("")
@allows("ticket.call")
def overview() -> ResponseReturnValue:
    """Who waits with a number, who was called, who did not come."""
    return _page()


@bp.post("/numbers")
@allows("ticket.give")
def give() -> ResponseReturnValue:
    """The next number: of an appointment that is named, or of nobody in particular."""
    actor = current_actor()
    centre = current_centre(actor, "ticket.give")
    booking_id, language = _whose(request.form.get("reference"), actor)
    ticket, key = in_transaction(
        tickets.give, centre.id, booking_id, _today(centre), at=now(), by=actor
    )
    session[SLIP] = [ticket.number, key, language]
    return redirect(url_for(".slip"), code=303)


@bp.get("/slip")
@allows("ticket.give")
def slip() -> ResponseReturnValue:
    """The number that was given last, on paper, in the language of whoever holds it."""
    if SLIP not in session:
        return redirect(url_for(".overview"), code=303)
    number, key, language = session[SLIP]
    base = current_app.config["CIC"].base_url.rstrip("/")
    back = (url_for("desk.board"), _("Back to the desk"), locale())
    with in_language(language):
        code = qr(f"{base}{url_for('display.place', key=key)}", label=_("My place in the queue"))
        return render_template("letters/number.html", number=number, qr=code, back=back)


@bp.post("/next")
@allows("ticket.call")
def call_next() -> ResponseReturnValue:
    """Call whoever waits longest to the room that was chosen."""
    return _called(None)


@bp.post("/<int:ticket_id>/call")
@allows("ticket.call")
def call(ticket_id: int) -> ResponseReturnValue:
    """Call this number, or call it again."""
    return _called(ticket_id)


@bp.post("/<int:ticket_id>/skip")
@allows("ticket.call")
def skip(ticket_id: int) -> ResponseReturnValue:
    """Nobody came: the next one can be called."""
    actor = current_actor()
    centre = current_centre(actor)
    scope = actor.scope("ticket.call")
    in_transaction(skip_number, ticket_id, _today(centre), scope=scope, at=now(), by=actor)
    return redirect(url_for(".overview"), code=303)


@bp.post("/screen")
@allows("display.change")
def open_screen() -> ResponseReturnValue:
    """A new secret address for the centre's screen, shown once; the one before stops."""
    actor = current_actor()
    centre = current_centre(actor, "display.change")
    key = in_transaction(tickets.open_display, centre.id, at=now(), by=actor)
    base = current_app.config["CIC"].base_url.rstrip("/")
    return _page(address=f"{base}{url_for('display.screen', slug=centre.slug, key=key)}")


@bp.post("/screen/stop")
@allows("display.change")
def stop_screen() -> ResponseReturnValue:
    """Nothing is shown at the screen's address any more."""
    actor = current_actor()
    centre = current_centre(actor, "display.change")
    in_transaction(tickets.close_display, centre.id, at=now(), by=actor)
    flash(_("The address of the screen no longer works."), "ok")
    return redirect(url_for(".overview"), code=303)


def _today(centre: Centre) -> date:
    return local_day(now(), zone(centre.timezone))


def _whose(typed: str | None, actor: Actor) -> tuple[int | None, str]:
    """The booking a number is for, and the language of its holder as far as it is known."""
    if typed:
        scope = actor.scope("booking.see")
        booking = bookings.by_reference(db.session(), read_reference(typed), scope)
        return booking.id, language_of(booking.language)
    opened = open_case.read(db.session(), actor, "desk.see")
    return None, language_of(opened.case.contact_language) if opened else locale()


def _room_id(centre: Centre) -> int | None:
    """The room that was sent or chosen before, if it is one of this centre's; else reception."""
    sent = request.form.get("room", session.get(ROOM, ""))
    ids = {str(room.id): room.id for room in centres.rooms_of(db.session(), centre.id)}
    return ids.get(str(sent))


def _called(ticket_id: int | None) -> ResponseReturnValue:
    actor = current_actor()
    centre = current_centre(actor)
    room_id = _room_id(centre)
    if ticket_id is None:
        session[ROOM] = str(room_id or "")
    try:
        ticket = in_transaction(
            call_number,
            ticket_id,
            (centre.id, _today(centre), room_id),
            scope=actor.scope("ticket.call"),
            at=now(),
            by=actor,
        )
    except tickets.NobodyWaits as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Number %(number)s is called.", number=ticket.number), "ok")
    return redirect(url_for(".overview"), code=303)


def _page(address: str | None = None) -> ResponseReturnValue:
    actor, database = current_actor(), db.session()
    centre = current_centre(actor)
    today = _today(centre)
    holders = queries_tickets.of_day(database, centre.id, today, actor.scope("ticket.call"))
    return render_template(
        "desk/waiting_room.html",
        centre=centre,
        at=now(),
        zone=zone(centre.timezone),
        waiting=[one for one in holders if one.state == "waiting"],
        called=[one for one in reversed(holders) if one.state == "called"],
        skipped=[one for one in holders if one.state == "skipped"],
        rooms=centres.rooms_of(database, centre.id),
        room=session.get(ROOM, ""),
        address=address,
    )
