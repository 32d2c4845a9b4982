"""The page of searching, shared by all that can be refused on it: book, hold, move."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import HoldExpired, SlotTaken, Wish
from cic_cases.cases.rules import known_language
from cic_cases.desk import finder, open_case, refusals
from cic_cases.desk.frame import current_centre_id, read_again_at
from cic_cases.desk.search_page import NothingBooked, SearchPage, ServiceEnded
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import Refusal
from cic_cases.privacy.actor import Actor


def wish(database: Session, actor: Actor) -> Wish | None:
    """What the form asks for, for the case on the counter; None when there is none."""
    case = open_case.read(database, actor, told=True)
    if case is None:
        return None
    return Wish(
        slot=request.form.get("slot", ""),
        case_id=case.case.id,
        language=_spoken(request.form.get("language"), case.case.contact_language),
        interpreter=request.form.get("interpreter") == "y",
        booked_centre_id=current_centre_id(actor),
    )


def _spoken(asked: str | None, own: str) -> str:
    """The language of the meeting: as asked, if it is one; else the person's own."""
    return asked if asked and known_language(asked) else own


def page(
    actor: Actor,
    problem: str | None = None,
    *,
    refused: Refusal | None = None,
    moving: Booking | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The search as asked, with what was refused above it and other times when one was lost."""
    session, at = db.session(), now()
    try:
        search = SearchPage.read(session, actor, moving=moving)
    except (NothingBooked, ServiceEnded) as nothing:
        html = render_template("desk/no_search.html", nothing=nothing, moving=moving)
        return html, status
    if request.method == "POST":
        read_again_at(search.link())
    found = finder.find(session, search.asked, at)
    others = []
    if isinstance(refused, (SlotTaken, HoldExpired)) and found.chosen:
        others = finder.alternatives(session, search.asked, at, after=search.asked_start(at))
    context = search.context(session, found, at)
    context["beside"] = refused and refusals.beside_time(session, search, refused)
    problem = problem or (refused.text() if refused else None)
    html = render_template("desk/bookings.html", problem=problem, others=others, **context)
    return html, status
