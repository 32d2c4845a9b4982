"""Within a request: whose cases were read is gathered, and written once when the page is ready.

What a reader sees is on record before it leaves: when the line cannot be written, the page is not
sent. Pages that ask by themselves and acts (which have lines of their own) are not readings.
"""

from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, current_app, g, has_request_context, request
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy import on_record, reading
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.reading import Standing, TooManyReads

_READ, _STANDING, _LISTS = "cases_read", "reading_standing", "lists_read"  # in g


def saw(session: Session, case_id: int) -> None:
    """The person of this case is shown to whoever asks. One statement for the first of a request.

    Whoever has read unusually many is asked who they are; a program has to wait: `TooManyReads`.
    """
    reader = _reader()
    if reader is None:
        return
    if _READ not in g:
        at = clock.now()
        found = reading.standing(session, reader, case_id, at=at)
        _stop(reader, found, at)
        setattr(g, _READ, set())
        setattr(g, _STANDING, (reader, found, at))
    g.get(_READ).add(case_id)


def listed(name: str, centre_id: int) -> None:
    """A list that calls people by their codes is shown: `name` says which, of which centre."""
    if _reader() is not None:
        if _LISTS not in g:
            setattr(g, _LISTS, set())
        g.get(_LISTS).add((name, centre_id))


def init_app(app: Flask) -> None:
    """Write what was read before a page leaves."""
    app.after_request(_write)


def _reader() -> Actor | None:
    """Who reads in this request; None when nobody does, or the request is no reading."""
    if not has_request_context() or request.method != "GET":
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    who: Any = g.get("token_owner") or g.get("_login_user")
    reads = getattr(who, "is_authenticated", False) and not getattr(view, "by_itself", False)
    return who if reads else None


def _stop(reader: Actor, found: Standing, at: datetime) -> None:
    if found.alarm_at is None:
        return
    if reader.browser is None:
        if at - found.alarm_at < reading.HOUR:
            raise TooManyReads()
    elif reader.browser.proven_at <= found.alarm_at:
        abort(current_app.login_manager.needs_refresh())  # type: ignore[attr-defined]


def _write(answer: Response) -> Response:
    _write_lists(answer, g.pop(_LISTS, set()))
    cases: set[int] = g.pop(_READ, set())
    if cases and answer.status_code == 200:
        who: tuple[Actor, Standing, datetime] = g.get(_STANDING)
        reader, before, at = who
        in_transaction(reading.record, reader, cases, before, at=at)
    return answer


def _write_lists(answer: Response, lists: set[tuple[str, int]]) -> None:
    """One line for each list and quarter of an hour, written by whoever shows it first."""
    reader = _reader() if lists and answer.status_code == 200 else None
    if reader is None:
        return
    at, known = clock.now(), on_record.of(db.session.get_bind().engine)
    for name, centre_id in lists:
        what = (reader.id, name, centre_id)
        if not known.has(what, at):
            in_transaction(reading.record_list, reader, name, centre_id, at=at)
            known.add(what, at)
