"""`flask --app wsgi region ...`: a network of centres from a file."""

from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from cic_cases.centres import service
from cic_cases.centres.changes import Change
from cic_cases.centres.models import Centre
from cic_cases.centres.region_entries import RegionFile
from cic_cases.centres.region_file import RegionFileProblems, read
from cic_cases.cli import at_start
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import cost, neutral_senders
from cic_cases.notifications.channels import post_settings

MENDING = ("doctor", "keys", "region", "db")
"""Commands that must run although a neutral sender tells: they say so, or change the region."""
region = AppGroup("region", help="Centres, institutions, services, places, rooms and hours.")


@region.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
def load(file: Path, dry_run: bool) -> None:
    """Make the database say what FILE says; print what changed."""
    try:
        changes = in_transaction(load_checked, read(file), at=now(), dry_run=dry_run)
    except RegionFileProblems as problems:
        for line in problems.lines:
            click.echo(line, err=True)
        raise SystemExit(1) from None
    for change in changes:
        click.echo(str(change))
    shown = sum(not change.kept for change in changes)
    if not shown:
        click.echo("no changes")
    elif dry_run:
        click.echo(f"dry run: changes shown: {shown}, made: 0")


def load_checked(
    session: Session, file: RegionFile, *, at: datetime, dry_run: bool = False
) -> list[Change]:
    """`service.load`, unless a centre's name, address or number makes a message too long.

    Nor while a neutral sender would say a name of the region's. Raises `RegionFileProblems` with a
    sentence for each such text and language, and each such sender.
    """
    telling = neutral_senders.problems_of(file, post_settings())
    if found := cost.problems(session, file) + telling:
        raise RegionFileProblems(found)
    return service.load(session, file, at=at, dry_run=dry_run)


def refuse_telling_senders(app: Flask) -> None:
    """Stop the start when a neutral sender gives a Centre away; raises SystemExit with which."""

    def look(session: Session) -> list[str]:
        return neutral_senders.problems(session, app.config["CIC"])

    if found := at_start.wrong(app, look, Centre.__tablename__, MENDING):
        raise SystemExit("\n".join(f"{line}." for line in found))


def init_app(app: Flask) -> None:
    """Let `flask region` be called."""
    app.cli.add_command(region)
