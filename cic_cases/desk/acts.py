"""One act of a page: done, or refused with a sentence that the next page shows."""

from collections.abc import Callable
from typing import Any

from flask import flash

from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound, Refusal


def done(verb: Callable[..., object], *what: object, **how: Any) -> bool:
    """Do it in one transaction; whether it was. A refusal is told. Raises `NotFound`."""
    try:
        in_transaction(verb, *what, **how)
    except NotFound:
        raise
    except Refusal as refusal:
        flash(refusal.text(), "warn")
        return False
    return True
