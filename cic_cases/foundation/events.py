"""What happened, told once, inside the transaction in which it happened.

The table event → handlers is `cic_cases.wiring`; rooms emit without knowing who listens.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

Handler = Callable[[Session, Any], None]
_table: Mapping[type, tuple[Handler, ...]] = {}


def connect(table: Mapping[type, tuple[Handler, ...]]) -> None:
    """Use `table` from now on; called once, when the application is built."""
    global _table
    _table = table


def emit(session: Session, event: object) -> None:
    """Tell every handler of this event, in the table's order, in this transaction."""
    for handler in _table.get(type(event), ()):
        handler(session, event)
