"""`retention`: what has to go by its period, forgetting people again after a restored backup.

Run it once a day (`deploy/README.md` has a timer); `--dry-run` only explains.
"""

import json
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from cic_cases.cases.queries import case_of_code
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import WrongCode
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy import walls_record
from cic_cases.retention import access_export, erasure_list, register, run

group = AppGroup("retention", help="How long what is kept, and what people may ask for.")


def _sync() -> int:
    return erasure_list.sync(db.session(), erasure_list.path_in(current_app.config["CIC"]), now)


@group.command("run")
@click.option("--dry-run", is_flag=True, help="Explain what would go; change nothing.")
def run_now(dry_run: bool) -> None:
    """Take away what may be kept no longer, and what a restored backup brought back."""
    at = now()
    if not dry_run:
        in_transaction(walls_record.passed, walls_record.RETENTION, at=at)
        click.echo(f"erasures applied again: {_sync()}")
    found = run.plan(db.session(), at)
    for step in found.steps:
        verb = "would go" if dry_run else "gone"
        number = step.number if dry_run else run.run(step, at)
        click.echo(f"{step.what}: {number} {verb}, {step.why}")
    for line in found.kept:
        click.echo(f"kept: {line}")


@group.command("reapply")
def reapply() -> None:
    """After restoring a backup: forget again whoever was forgotten since it was made."""
    click.echo(f"erasures applied again: {_sync()}")


@group.command("export")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
def export(code: str, file: Path) -> None:
    """Write a copy of everything about the person of CODE for them (GDPR art. 15) to FILE."""
    try:
        case = case_of_code(db.session(), code)
    except WrongCode as wrong:
        raise SystemExit(str(wrong)) from None
    told = in_transaction(access_export.of_case, case.id, at=now())
    file.touch(mode=0o600)
    file.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
    click.echo(f"written to {file}: hand it to the person, then delete it")


@group.command("register")
def print_register() -> None:
    """Print the register of processing, as it is kept in docs/processing-register.md."""
    click.echo(register.text(), nl=False)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
