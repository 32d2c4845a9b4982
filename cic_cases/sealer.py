"""Beside everything else a worker does, the audit trail is sealed every few seconds, by one of all.

It has its own beat and its own lease, so that no long run of messages makes lines wait. The head of
the chain is logged after every batch and kept once a day in a file (`privacy.audit_heads`).
"""

import logging
import threading
from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cic_cases.foundation import leases
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy import audit_chain, audit_heads
from cic_cases.privacy.audit_chain import Head

log = logging.getLogger(__name__)
EVERY_SECONDS = 2
SEALING = "sealing"
TURN = timedelta(seconds=3)  # when its holder died, another seals after so long


class Sealer:
    """Seals what was committed; `holder` is what this process is called."""

    def __init__(self, app: Flask, holder: str) -> None:
        self._app, self._holder = app, holder
        self._path = audit_heads.path_in(app.config["CIC"])
        self._kept_on: date | None = None

    def look(self) -> int:
        """Seal what waits; how many batches. A database that is away is asked again next time."""
        try:
            with self._app.app_context():
                try:
                    return self._look()
                finally:
                    db.session.remove()
        except DBAPIError as error:
            log.warning("nothing sealed: %s", type(error.orig).__name__)
            return 0

    def in_background(self, stopping: threading.Event) -> threading.Thread:
        """Look again and again in a thread of its own, until `stopping` is set."""

        def run() -> None:
            while not stopping.is_set():
                self.look()
                stopping.wait(EVERY_SECONDS)
            self.look()

        thread = threading.Thread(target=run, name=SEALING)
        thread.start()
        return thread

    def _look(self) -> int:
        at = now()
        new_day = self._kept_on != at.date()
        if not new_day and not audit_chain.waiting(db.session()):
            return 0
        token = in_transaction(leases.take, SEALING, self._holder, TURN)
        if token is None:
            return 0
        batches = 0
        while head := in_transaction(_next, (SEALING, token), at, everywhere=new_day):
            batches += 1
            log.info("audit trail sealed up to %s, head %s", head.seq, head.hash.hex())
        if new_day:
            self._keep_head(at)
        return batches

    def _keep_head(self, at: datetime) -> None:
        head = audit_chain.head(db.session(), at)
        if head is None:
            return
        try:
            audit_heads.keep(self._path, head)
        except OSError as error:
            log.error("the head of the audit trail is not kept: %s", error.strerror)
            return
        self._kept_on = at.date()


def _next(
    session: Session, turn: tuple[str, int], at: datetime, *, everywhere: bool
) -> Head | None:
    """The next batch, if the turn (name and token) is still ours."""
    if not leases.still_ours(session, *turn):
        return None
    return audit_chain.seal(session, at=at, everywhere=everywhere)
