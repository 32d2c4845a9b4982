"""`keys`: which keys are in use, changing them while everybody works, and the look at every start.

To change a key put a new one first into CIC_DATA_KEYS (`new:base64,old:base64`), restart every
process, run `keys rotate`, and take the old one out once it says so.
"""

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from cic_cases.cases import matching
from cic_cases.cli import at_start
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy import keys
from cic_cases.privacy.keys import SealedColumn
from cic_cases.privacy.models import KeyCanary
from cic_cases.privacy.vault import Keyring

EXPLAINING = ("doctor", "keys")
"""Commands that must run although a key is wrong: they say what to do about it."""
group = AppGroup("keys", help="The keys of what is sealed.")


def refuse_wrong_keys(app: Flask) -> None:
    """Stop the start when a key is missing or wrong; raises SystemExit with what to do."""

    def look(session: Session) -> list[str]:
        return keys.check(session, *_rings(), at=now())

    if found := at_start.wrong(app, look, KeyCanary.__tablename__, EXPLAINING):
        raise SystemExit("\n".join(f"Wrong keys: {line}." for line in found))


def _rings() -> tuple[Keyring, Keyring | None]:
    return current_app.extensions["keyring"], current_app.extensions["match_keys"]


@group.command("status")
def status() -> None:
    """Say which key seals, how many values rest under each, and what is wrong; exit 1 then."""
    data, match = _rings()
    for one in keys.in_use(db.session(), data):
        seals = " (seals)" if one.seals else ""
        click.echo(f"data {one.key_id}{seals}: {one.values} values")
    for epoch, number in matching.epochs(db.session()).items():
        click.echo(f"match {epoch}: {number} numbers")
    found = keys.problems(db.session(), data, match)
    for line in found:
        click.echo(f"WRONG: {line}")
    if found:
        raise SystemExit(1)


@group.command("rotate")
def rotate() -> None:
    """Seal everything with the first key, and the blind index too; may be stopped and run again."""
    data, match = _rings()
    if found := in_transaction(keys.check, data, match, at=now()):
        raise SystemExit("\n".join(f"Nothing was changed: {line}." for line in found))
    unreadable = sum(_column(where, data) for where in keys.sealed_columns())
    if match is not None:
        click.echo(f"blind index: {_index(match)} numbers")
        in_transaction(keys.forget_epochs, match)
    if unreadable:
        raise SystemExit(f"{unreadable} values cannot be opened and stay as they are.")
    for key_id in in_transaction(keys.forget_unused, data):
        click.echo(f"{key_id} seals nothing any more: take it out of CIC_DATA_KEYS.")


def _column(where: SealedColumn, ring: Keyring) -> int:
    """Go through one column; returns how many values could not be opened."""
    resealed = unreadable = 0
    last: object | None = None
    while True:
        done = in_transaction(keys.reseal_some, where, last, ring=ring)
        resealed, unreadable, last = (
            resealed + done.resealed,
            unreadable + done.unreadable,
            done.last,
        )
        if last is None:
            break
    click.echo(f"{where.name}: {resealed} sealed anew")
    return unreadable


def _index(ring: Keyring) -> int:
    total, last = 0, ""
    while batch := in_transaction(matching.renew_some, last, ring=ring):
        total, last = total + len(batch), batch[-1]
    return total


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
