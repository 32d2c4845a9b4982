"""Floor 7: what an administrator types at a terminal, as `flask --app wsgi …` or `cic …`."""

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

GROUPS = (region, demo, staff, worker, doctor, report, keys, retention, access, audit)


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    for group in GROUPS:
        group.init_app(app)
