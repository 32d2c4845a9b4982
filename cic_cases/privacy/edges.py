"""Which requests are answered at all: under our own name, and no form that another site sends.

A wrong name in `Host` could put a stranger's address into what is made of it. The second wall
against forged forms does not depend on tokens: browsers say themselves where a form comes from
(Fetch Metadata, `Sec-Fetch-Site`), and a neighbour under the same domain is a stranger too.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, request
from flask_wtf.csrf import CSRFError
from werkzeug.routing import IntegerConverter, Map
from werkzeug.sansio.utils import host_is_trusted

LOOPBACK = ("127.0.0.1", "localhost")  # who looks after the machine asks without a name
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FROM_HERE = frozenset({"same-origin", "none"})  # our own page, or typed by the person
GREATEST = 2**31 - 1


class RowNumber(IntegerConverter):
    """A number in an address that a row can have; a greater one is no page of ours.

    The databases refuse it with an error: 32 bits in PostgreSQL, 64 in SQLite.
    """

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": GREATEST, **options})


def init_app(app: Flask, base_url: str) -> None:
    """Refuse foreign names and foreign forms before anything else is asked."""
    app.url_map.converters["int"] = RowNumber
    names = [urlsplit(base_url).hostname or LOOPBACK[0], *LOOPBACK]

    @app.before_request
    def under_our_name() -> None:
        if not host_is_trusted(request.host.lower(), names):
            abort(400)

    @app.before_request
    def from_our_page() -> None:
        sent_from = request.headers.get("Sec-Fetch-Site", "none")  # old browsers do not say
        if request.method not in SAFE and sent_from not in FROM_HERE:
            raise CSRFError("from another site")
