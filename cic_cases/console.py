"""The `cic` command: the same commands as `flask --app wsgi …`, on the application of `wsgi.py`."""

from importlib import import_module
from typing import cast

import click
from flask import Flask
from flask.cli import FlaskGroup


def _load() -> Flask:
    return cast(Flask, import_module("wsgi").app)


@click.group(cls=FlaskGroup, create_app=_load, add_default_commands=True)
def main() -> None:
    """Case management and appointments of the centres for the integration of foreigners."""
