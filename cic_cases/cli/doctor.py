"""`doctor`: is everything this installation stands on in order? One line for each answer."""

from collections.abc import Callable

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import db
from cic_cases.notifications import leaving, neutral_senders
from cic_cases.portal import checks
from cic_cases.privacy import audit_chain, keys
from cic_cases.privacy.vault import VaultError, open_sealed, seal

PLACE = {"table": "doctor", "row": "1", "column": "probe"}
PROBE = "Zażółć gęślą jaźń"


def _settings(_session: Session) -> str | None:
    """They were checked when the program started; a wrong one would have stopped it."""
    settings = current_app.config["CIC"]
    click.echo(f"environment {settings.env}; mail {'on' if settings.mail_url else 'off'}")
    return None


def _database(session: Session) -> str | None:
    return None if checks.database_answers(session) else "it does not answer"


def _migrations(session: Session) -> str | None:
    return None if checks.migrated(session) else "not at the newest: run `db upgrade`"


def _guard(session: Session) -> str | None:
    return None if checks.guarded(session) else "nothing in the database stops double booking"


def _keys(_session: Session) -> str | None:
    try:
        opened = open_sealed(seal(PROBE, **PLACE), **PLACE)
    except VaultError as error:
        return str(error)
    return None if opened == PROBE else "what was sealed does not open to the same text"


def _keys_in_use(session: Session) -> str | None:
    extensions = current_app.extensions
    found = keys.problems(session, extensions["keyring"], extensions["match_keys"])
    return "; ".join(found) or None


def _senders(session: Session) -> str | None:
    return "; ".join(neutral_senders.problems(session, current_app.config["CIC"])) or None


def _clock(session: Session) -> str | None:
    skew = checks.clock_skew(session, clock.now())
    if skew <= checks.LARGEST_SKEW:
        return None
    return f"{skew.total_seconds():.0f} seconds from the database's: set the clocks"


def _outbox(session: Session) -> str | None:
    age = checks.outbox_age(session, clock.now())
    if age <= leaving.LONGEST_WAIT:
        return None
    return f"a message waits for {age.total_seconds() // 60:.0f} minutes: is the worker running?"


def _worker(session: Session) -> str | None:
    silent = checks.worker_silence(session)
    if not silent:
        return None
    return f"nobody has sent what is due for {silent.total_seconds() // 60:.0f} minutes: start it"


def _trail_guard(session: Session) -> str | None:
    if checks.trail_guarded(session):
        return None
    return "the database would let lines of the audit trail be changed: who took its triggers away?"


def _trail_sealed(session: Session) -> str | None:
    late = audit_chain.late(session, clock.now())
    return (
        f"{late} lines wait to be sealed for more than a minute: start the worker" if late else None
    )


def _walls(session: Session) -> str | None:
    """In production it fails; a trial whose role owns its tables is only told."""
    reason = checks.walls_stand(session)
    if reason and not current_app.config["CIC"].production:
        click.echo(f"walls around people: {reason}; production needs it")
        return None
    return reason


Check = Callable[[Session], str | None]
ALWAYS: dict[str, Check] = {"settings": _settings, "keys": _keys, "database": _database}
WITH_DATABASE: dict[str, Check] = {"clock": _clock, "migrations": _migrations}
WITH_TABLES: dict[str, Check] = {
    "keys in use": _keys_in_use,
    "neutral senders": _senders,
    "double booking guard": _guard,
    "audit trail guard": _trail_guard,
    "audit trail sealed": _trail_sealed,
    "walls around people": _walls,
    "outbox": _outbox,
    "worker": _worker,
}


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check settings, keys, database, clock, migrations, outbox and worker; exit 1 with reasons."""
    well = True
    for examined in (ALWAYS, WITH_DATABASE, WITH_TABLES):
        if not well:
            click.echo(f"not checked: {', '.join(examined)}")
            continue
        answers = [_told(name, check) for name, check in examined.items()]
        well = all(answers)
    if not well:
        raise SystemExit(1)


def _told(name: str, check: Check) -> bool:
    reason = check(db.session())
    click.echo(f"{name}: {f'FAILS: {reason}' if reason else 'ok'}")
    return reason is None


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(doctor)
