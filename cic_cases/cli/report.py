"""`report`: the numbers of the statistics page, for a file or another program."""

from datetime import datetime

import click
from flask import Flask
from flask.cli import with_appcontext

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.privacy import walls_record
from cic_cases.reports import queries, rules, tables

FORMATS = ("csv", "json")
TIERS = ("exact",)
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("report")
@click.argument("name")
@click.option("--from", "first", type=DAY, required=True, help="First day, like 2026-01-01.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, counted too.")
@click.option("--centre", help="Only the centre with this slug.")
@click.option("--format", "form", default="csv", show_default=True, help="csv or json.")
@click.option("--tier", default="exact", show_default=True, help="exact: for internal use only.")
@with_appcontext
def report(
    name: str, first: datetime, last: datetime, centre: str | None, form: str, tier: str
) -> None:
    """Print the report NAME: overview, countries or support."""
    _known("report", name, tuple(tables.TABLES))
    _known("format", form, FORMATS)
    _known("tier", tier, TIERS)
    session = db.session()
    places = queries.places(session)
    if centre is not None:
        _known("centre", centre, tuple(place.slug for place in places))
        places = [place for place in places if place.slug == centre]
    try:
        span = rules.chosen_span(first.date(), last.date())
    except Refusal as refusal:
        raise click.ClickException(refusal.msgid) from refusal
    in_transaction(walls_record.passed, walls_record.REPORT, at=clock.now())
    counted = tables.table(session, name, places, span, clock.now())
    click.echo("Exact numbers for internal use. Do not publish.", err=True)
    if form == "csv":
        click.echo(counted.as_csv(), nl=False)
        return
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    click.echo(
        counted.as_json(report=name, tier=tier, **days, centres=[place.slug for place in places])
    )


def _known(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise click.ClickException(f"There is no {what} {given!r}. Choose: {', '.join(known)}.")


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(report)
