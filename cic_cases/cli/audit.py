"""`audit`: is the trail whole; its head, for keeping out of reach of database administrators."""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db
from cic_cases.privacy import audit_chain, audit_heads, audit_verify
from cic_cases.privacy.audit_chain import Head

group = AppGroup("audit", help="The audit trail: proving it, and keeping its head elsewhere.")
HEADS = click.Path(path_type=Path, dir_okay=False)


@group.command("verify")
@click.option("--heads", type=HEADS, help="A file of heads; else the one in the instance folder.")
def verify(heads: Path | None) -> None:
    """Look through the whole trail; exit 1 and say the first line that is wrong."""
    kept = _read(heads or audit_heads.path_in(current_app.config["CIC"]))
    found = audit_verify.verify(db.session(), kept, at=now())
    click.echo(f"{found.lines} lines, {found.sealed} of them sealed, {len(kept)} heads compared")
    if found.problem:
        raise SystemExit(f"WRONG: {found.problem}")
    click.echo("the trail is whole")
    if not kept:
        click.echo("no head was kept outside the database: a cut end would not show")


@group.command("export")
@click.argument("file", type=HEADS, required=False)
def export(file: Path | None) -> None:
    """Print the head of the chain; add it to FILE, once a day, when one is given."""
    head = audit_chain.head(db.session(), now())
    if head is None:
        raise SystemExit("nothing is sealed yet: is the worker running?")
    if file is not None:
        audit_heads.keep(file, head)
    click.echo(str(head))


def _read(path: Path) -> list[Head]:
    try:
        return audit_heads.read(path)
    except ValueError:
        raise SystemExit(f"{path} is no file of heads") from None


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
