"""Browsers in which somebody is signed in, as a sign-in leaves them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import db
from cic_cases.people import session_service
from cic_cases.people.models import Staff
from cic_cases.people.session_models import BrowserSession
from cic_cases.people.tokens import digest


class BusyBrowser(FlaskClient):
    """Somebody is at this browser all the time, however far the test moves the clock."""

    token = ""
    seen: datetime | None = None

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if self.token and clock.now() != self.seen:
            self.seen = clock.now()
            with _in_session(self.application) as session:
                ours = BrowserSession.token_hash == digest(self.token)
                moments = dict.fromkeys(("begun_at", "active_at", "proven_at"), self.seen)
                session.execute(update(BrowserSession).where(ours).values(moments))
                session.commit()
        return super().open(*args, **kwargs)


@contextmanager
def _in_session(app: Flask) -> Iterator[Session]:
    """The test's own session where there is one, so that nobody waits for themselves."""
    if has_app_context():
        yield db.session()
        return
    with app.app_context():
        yield db.session()


def cookie_of(app: Flask, staff_id: int, at: datetime | None = None) -> dict[str, object]:
    """What the cookie of somebody who has just signed in holds."""
    with _in_session(app) as session:
        token = session_service.begin(session, staff_id, at=at or clock.now())
        session.commit()
    return {"_user_id": token, "_fresh": True}


def browser_of(app: Flask, staff: Staff) -> FlaskClient:
    """A browser in which this member of staff is signed in and stays."""
    client = BusyBrowser(app, app.response_class, use_cookies=True)
    carried = cookie_of(app, staff.id)
    client.token, client.seen = str(carried["_user_id"]), clock.now()
    with client.session_transaction() as cookie:
        cookie.update(carried)
    return client
