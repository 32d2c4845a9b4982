"""What every process looks at in the database before it serves: one wrong answer stops it."""

import logging
from collections.abc import Callable, Collection

import click
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy import walls

log = logging.getLogger(__name__)


def wrong(
    app: Flask, look: Callable[[Session], list[str]], table: str, allowed: Collection[str]
) -> list[str]:
    """What `look` finds wrong; commands that are `allowed` start nevertheless, to mend it.

    A database without the `table` yet, or one that does not answer just now, is not held against
    the settings.
    """
    if _runs(allowed):
        return []
    with app.app_context(), walls.named("start"):
        try:
            if not inspect(db.engine).has_table(table):
                return []
            return in_transaction(look)
        except OperationalError as error:
            log.warning("%s not looked at: %s", table, type(error.orig).__name__)
            return []
        finally:
            db.session.remove()


def _runs(commands: Collection[str]) -> bool:
    context = click.get_current_context(silent=True)
    while context is not None:
        if context.info_name in commands:
            return True
        context = context.parent
    return False
