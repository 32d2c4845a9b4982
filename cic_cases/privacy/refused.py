"""Who asks for what is not theirs, or not there, is on record; what they asked for is not.

A missing page and a foreign one are one answer, so they are one line too: for its reader, its kind
of page and its quarter of an hour. A hundred of them are somebody who tries codes.
"""

from typing import Any

from flask import Flask, Response, g, request

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy import on_record, reading

NOT_FOUND = 404
FILES = "static"


def init_app(app: Flask) -> None:
    """Look at every answer before it leaves."""
    app.after_request(_note)


def _note(answer: Response) -> Response:
    who: Any = g.get("token_owner") or g.get("_login_user")
    page = request.endpoint
    if answer.status_code != NOT_FOUND or page in (None, FILES):
        return answer
    if not getattr(who, "is_authenticated", False):
        return answer
    at, known = clock.now(), on_record.of(db.session.get_bind().engine)
    what = (who.id, page)
    if not known.has(what, at):
        in_transaction(reading.record_refused, who, str(page), at=at)
        known.add(what, at)
    return answer
