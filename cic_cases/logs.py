"""What the program writes about itself: one JSON object a line, about work and never about people.

Our own lines hold numbers of rows and counts (tests look for anything else at DEBUG). A library's
line is written without its arguments, and without addresses, networks, queries and long numbers;
an error is its kind and the places it passed, for its words may repeat what somebody typed.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

OURS = "cic_cases"
GONE = "…"
TELLING = re.compile(
    r"\w+://\S+"  # addresses of pages
    r"|\S+@\S+"  # addresses of mail
    r"|\?\S+"  # queries
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?"  # networks, old
    r"|(?<![\w:])[0-9a-f]*(?::[0-9a-f]*){2,}(?:%\w+)?"  # and new
    r"|\d{6,}",
    re.IGNORECASE,
)


class Lines(logging.Formatter):
    """A record as one line of JSON; `at` in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; what was said cannot end it."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "process": record.process,
            "said": _said(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
            told["places"] = [
                f"{Path(one.filename).name}:{one.lineno} {one.name}"
                for one in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(told, ensure_ascii=False)


class GunicornLog(Logger):  # type: ignore[misc]
    """Gunicorn's own lines in the same form; it keeps no record of who asked for which page."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn does, and then our form for what it writes."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Lines())


def set_up(level: str) -> None:
    """Write our lines from `level` on, and warnings of libraries, to standard error; once."""
    root = logging.getLogger()
    if not any(isinstance(one.formatter, Lines) for one in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(Lines())
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it would write every address
    logging.getLogger(OURS).setLevel(level)


def _said(record: logging.LogRecord) -> str:
    if record.name.split(".")[0] == OURS:
        return record.getMessage()
    return TELLING.sub(GONE, str(record.msg))
