"""Speaking a language without a database: the catalogues and nothing else of the application."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import polib
from flask import Flask

from cic_cases.foundation import i18n
from cic_cases.foundation.resources import resource


@cache
def _mute_application() -> Flask:
    app = Flask("speech")
    i18n.init_app(app, resource("translations"), lambda: None)
    return app


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """The current language, inside the block."""
    with _mute_application().app_context(), i18n.in_language(language):
        yield


@cache
def catalogue(language: str) -> polib.POFile:
    """The language's catalogue as the translators see it."""
    path: Path = resource("translations") / language / "LC_MESSAGES" / "messages.po"
    return polib.pofile(str(path))
