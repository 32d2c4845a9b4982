"""Floor 7: what an administrator types at a terminal, as `flask --app wsgi …` or `cic …`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask

from cic_cases.cli import (
    access,
    audit,
    demo,
    doctor,
    keys,
    region,
    report,
    retention,
    staff,
    worker,
)
from cic_cases.privacy import walls

GROUPS = (region, demo, staff, worker, doctor, report, keys, retention, access, audit)


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    for group in GROUPS:
        group.init_app(app)
    for command in app.cli.commands.values():
        _name_its_work(command)


def _name_its_work(command: click.Command) -> None:
    """What an administrator does at a terminal is done as `command` (see `privacy.walls`)."""
    for part in command.commands.values() if isinstance(command, click.Group) else ():
        _name_its_work(part)
    if command.callback is not None:
        command.callback = _named(command.callback)


def _named(work: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(work)
    def named(*args: Any, **kwargs: Any) -> Any:
        with walls.named("command"):
            return work(*args, **kwargs)

    return named
