"""Pieces of a page that are drawn once and kept, for whoever is shown the same.

A template names a piece and what it depends on; each process keeps the newest `MOST`. A piece is
drawn without the context of the page: it sees only its `facts`, so that nothing of whoever asked
first can stay in it. The token against forged forms is put in anew for each answer.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from flask import current_app, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import locale

MOST = 256  # pieces for each database
Pieces = tuple[str, ...]  # what stands between the places of the token
_kept: WeakKeyDictionary[Any, OrderedDict[Hashable, Pieces]] = WeakKeyDictionary()
_turn = Lock()


def kept(
    template: str, *depends: Hashable, facts: Callable[[], Mapping[str, Any]] = dict
) -> Markup:
    """What `template` looks like with `facts`, drawn before or now.

    `depends` must say all that the piece changes with, beside the language and where the
    application is mounted; `facts` is asked only when the piece has to be drawn.
    """
    key = (template, locale(), request.script_root, *depends)
    with _turn:
        shelf = _kept.setdefault(db.session().get_bind(), OrderedDict())
        known = shelf.get(key)
        if known is not None:
            shelf.move_to_end(key)
    token = generate_csrf()
    if known is None:
        known = tuple(_draw(template, facts()).split(token))
        with _turn:
            shelf[key] = known
            while len(shelf) > MOST:
                shelf.popitem(last=False)
    return Markup(token.join(known))  # noqa: S704 - a template drew it, which escapes


def drawn(template: str, facts: Mapping[str, Any]) -> Markup:
    """What `template` looks like with `facts` and nothing else, and is not kept."""
    return Markup(_draw(template, facts))  # noqa: S704


def _draw(template: str, facts: Mapping[str, Any]) -> str:
    return current_app.jinja_env.get_template(template).render(facts)
