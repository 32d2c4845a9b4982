"""Two who act at the same moment: let go together, or one stopped just where it hurts most."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from cic_cases.calendar import guard
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import Refusal

Work = Callable[[], object]
PATIENCE = 30  # seconds
SHORT = 0.25  # seconds in which whoever need not wait has long finished


def outcome_of(work: Work) -> str:
    """«done», the name of the refusal, or what broke."""
    try:
        work()
    except Refusal as refusal:
        return type(refusal).__name__
    except Exception as surprise:
        return f"broken: {surprise!r}"
    finally:
        db.session.remove()
    return "done"


def waits_for_another(app: Flask) -> bool:
    """Whether somebody waits for another's turn, as all writers but one do on SQLite."""
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return True
        waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        here = "AND datname = current_database()"
        return bool(connection.scalar(text(f"SELECT EXISTS ({waits} {here})")))


def at_once(app: Flask, works: list[Work]) -> Counter[str]:
    """Run them all at the same moment, each with its own session; what became of each."""
    start, results = threading.Barrier(len(works)), Counter[str]()

    def run(work: Work) -> None:
        with app.app_context():
            start.wait()
            results[outcome_of(work)] += 1

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Pause:
    """Stops one thread before it first asks the guard for one of some things.

    By then it has read all that it decides by, and holds nothing of what it is about to ask for.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *before: str) -> None:
        self._whose, self._reached, self._go = (
            threading.local(),
            threading.Event(),
            threading.Event(),
        )
        for name in before or ("lock", "claim", "keep"):
            monkeypatch.setattr(guard, name, self._stopping(getattr(guard, name)))

    def _stopping(self, verb: Callable[..., object]) -> Callable[..., object]:
        def stopping(*args: object, **more: object) -> object:
            if getattr(self._whose, "mine", False):
                self._whose.mine = False
                self._reached.set()
                assert self._go.wait(PATIENCE)
            return verb(*args, **more)

        return stopping

    def between(self, app: Flask, stopped: Work, other: Work) -> tuple[str, str]:
        """Stop the one, let the other act, let the one go on; what became of both.

        When the other has to wait for the one (all writers do on SQLite), it ends after it.
        """
        results: dict[str, str] = {}

        def run(name: str, work: Work) -> None:
            self._whose.mine = name == "stopped"
            with app.app_context():
                results[name] = outcome_of(work)
            self._reached.set()  # it may have ended without asking

        threads = {
            name: threading.Thread(target=run, args=(name, work))
            for name, work in (("stopped", stopped), ("other", other))
        }
        threads["stopped"].start()
        assert self._reached.wait(PATIENCE)
        threads["other"].start()
        threads["other"].join(SHORT)
        while threads["other"].is_alive() and not waits_for_another(app):
            threads["other"].join(SHORT)
        self._go.set()
        for thread in threads.values():
            thread.join(PATIENCE)
        return results["stopped"], results["other"]
