"""`flask --app wsgi demo ...`: synthetic data to try the product with; never in production."""

import os
import secrets
from datetime import date, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from cic_cases.centres import queries as centres
from cic_cases.demo import load as demo_data
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.localtime import local_day
from cic_cases.people import passwords

demo = AppGroup("demo", help="Synthetic staff, people and bookings.")
ACCOUNTS_FILE = "demo-accounts.txt"
SHOWN = ("reception", "psychologist", "lawyer", "adviser", "interpreter", "partner", "coordinator")
PASSPHRASE_WORDS = 5
WORDS = (  # noqa: SIM905 - five of about seventy, easier to read as one text
    "anchor autumn basket bridge candle canvas cherry cloud copper corner cotton desert domino "
    "ember engine fabric falcon feather forest garden ginger hammer harbour hazel island jacket "
    "kettle ladder lantern lemon maple marble meadow mirror needle nickel ocean orange paper "
    "pebble pencil pepper pillow planet pocket puzzle quartz rabbit ribbon river saddle salmon "
    "silver spring stone summer thunder timber tulip velvet walnut window winter yellow"
).split()


def _folder() -> Path:
    return Path(current_app.config["CIC"].instance_dir)


def _refuse_production() -> None:
    if current_app.config["CIC"].env == "production":
        raise click.ClickException("Demonstration data are refused in production.")


@demo.command()
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same data."
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day the data are made for.")
def load(seed: int, today: datetime | None) -> None:
    """Fill every centre with synthetic staff, duties, people and bookings."""
    _refuse_production()
    if demo_data.is_loaded(db.session()):
        click.echo("The demonstration is loaded already.")
        return
    at = now()
    passphrase = "-".join(secrets.choice(WORDS) for _ in range(PASSPHRASE_WORDS))
    password_hash = passwords.hashed(passphrase)
    day = today.date() if today else _today(at)
    try:
        accounts = in_transaction(
            demo_data.load, seed=seed, today=day, at=at, password_hash=password_hash
        )
    except demo_data.NoCentres:
        raise click.ClickException(
            "There is no centre yet: run `region load FILE` first."
        ) from None
    _keep(passphrase, accounts)
    click.echo(f"Demonstration loaded: {len(accounts)} accounts, synthetic people in every centre.")


@demo.command()
def accounts() -> None:
    """Print one sign-in per role, and the passphrase of them all."""
    _refuse_production()
    path = _folder() / ACCOUNTS_FILE
    if not path.exists():
        raise click.ClickException("No demonstration here: run `demo load` first.")
    passphrase, *addresses = path.read_text(encoding="utf-8").split()
    slug = addresses[-1].partition("@")[0].rpartition(".")[2]
    first = next((a for a in addresses if a.startswith("reception.poznan@")), None)
    slug = "poznan" if first else slug
    region = [a for a in addresses if a.startswith(("region.", "auditor.", "admin."))]
    for address in [f"{role}.{slug}@{demo_data.DOMAIN}" for role in SHOWN] + region:
        click.echo(f"  {address}")
    click.echo(f"  passphrase of them all: {passphrase}")


def _today(at: datetime) -> date:
    places = centres.all_centres(db.session())
    return local_day(at, zone(places[0].timezone)) if places else at.date()


def _keep(passphrase: str, addresses: list[str]) -> None:
    """For the owner of this folder only, beside the generated keys."""
    path = _folder() / ACCOUNTS_FILE
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join([passphrase, *addresses]) + "\n")


def init_app(app: Flask) -> None:
    """Let `flask demo` be called."""
    app.cli.add_command(demo)
