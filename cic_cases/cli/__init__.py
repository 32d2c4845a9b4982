"""Floor 7: what an administrator types at a terminal, as `flask --app wsgi …` or `cic …`."""

from importlib import import_module
from typing import cast

import click
from flask import Flask
from flask.cli import FlaskGroup

from cic_cases.cli import demo, doctor, region, report, staff, worker

GROUPS = (region, demo, staff, worker, doctor, report)


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    for group in GROUPS:
        group.init_app(app)


def _load() -> Flask:
    return cast(Flask, import_module("wsgi").app)


@click.group(cls=FlaskGroup, create_app=_load, add_default_commands=True)
def main() -> None:
    """Case management and appointments of the centres for the integration of foreigners."""
