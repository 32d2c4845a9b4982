"""Languages: which one this request speaks, and every word, date and number in it.

Flask-Babel chooses the locale and keeps the catalogues; this module looks the catalogue up once
a request (its own `gettext` costs a look-up a call) and closes two of its traps: a lazy string
with a value in it is escaped in templates, and no date is formatted without a time zone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import Flask, Response, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, get_translations
from flask_babel.speaklater import LazyString
from markupsafe import escape

from cic_cases.foundation import errors

STAFF_LOCALES = ("pl", "uk", "en", "ru")
PERSON_LOCALES = (*STAFF_LOCALES, "es", "tr", "ka", "az")
FOR_PEOPLE = ("portal", "manage", "display")  # blueprints whose pages are not for the staff
DEFAULT = "pl"
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600
ENDONYMS = {
    "pl": "Polski",
    "uk": "Українська",
    "en": "English",
    "ru": "Русский",
    "es": "Español",
    "tr": "Türkçe",
    "ka": "ქართული",
    "az": "Azərbaycanca",
}
STATELESS, NOT_STATED = "XX", "ZZ"
_LONG = {"es": "EEEE, d 'de' MMMM", "tr": "d MMMM EEEE"}
_DAY_FIRST = "EEEE, d MMMM"

LazyString.__html__ = lambda self: escape(str(self))


def locale() -> str:
    """The language of this request, or of `in_language`; Polish where nobody asked."""
    found = get_locale() if has_app_context() else None
    return found.language if found else DEFAULT


def _catalogue() -> NullTranslations:
    if not has_app_context():
        return NullTranslations()
    found = get_locale()
    known = g.get("catalogue")
    if known is None or known[0] is not found:
        known = g.catalogue = (found, get_translations())
    return known[1]  # type: ignore[no-any-return]


def _fill(text: str, values: dict[str, Any]) -> str:
    return text % values if values else text


def _(msgid: str, **values: Any) -> str:
    """`msgid` in the reader's language, its named placeholders filled."""
    return _fill(_catalogue().gettext(msgid), values)


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The plural form that `num` asks for; `%(num)s` is filled with it."""
    return _catalogue().ngettext(one, many, num) % {"num": num, **values}


def pgettext(context: str, msgid: str, **values: Any) -> str:
    """`msgid` where one English word needs different words elsewhere."""
    return _fill(str(_catalogue().pgettext(context, msgid)), values)


def npgettext(context: str, one: str, many: str, num: int, **values: Any) -> str:
    """`ngettext` with a context."""
    return str(_catalogue().npgettext(context, one, many, num)) % {"num": num, **values}


def lazy(msgid: str, **values: Any) -> LazyString:
    """`_`, looked up when it is shown: for texts that are written at import."""
    return LazyString(_, msgid, **values)


def lazy_pgettext(context: str, msgid: str, **values: Any) -> LazyString:
    """`pgettext`, looked up when it is shown."""
    return LazyString(pgettext, context, msgid, **values)


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Speak `code` inside the block, for a message or a slip; works without a request."""
    with force_locale(code):
        yield


def endonym(code: str) -> str:
    """The name of a language in that language; its code when we have no name for it."""
    return ENDONYMS.get(code) or (Locale.parse(code).get_language_name(code) or code).capitalize()


@lru_cache(maxsize=4096)
def _name(kind: str, code: str, language: str) -> str:
    return str(getattr(Locale.parse(language), kind).get(code) or code)


def language_name(code: str) -> str:
    """The name of a language in the reader's language."""
    return _name("languages", code, locale())


def country_name(code: str) -> str:
    """The name of a country (ISO 3166 alpha-2, `XX` stateless, `ZZ` not stated)."""
    if code == STATELESS:
        return pgettext("citizenship", "stateless")
    if code == NOT_STATED:
        return pgettext("citizenship", "not stated")
    return _name("territories", code, locale())


def in_reader_language(names: dict[str, str]) -> str:
    """One of a name's languages kept as data: the reader's, else English, else Polish."""
    return names.get(locale()) or names.get("en") or names[DEFAULT]


@lru_cache(maxsize=4096)
def _day(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=language)


def day_long(day: date) -> str:
    """Weekday and date in full: «czwartek, 26 listopada»."""
    return _day(day, _LONG.get(locale(), _DAY_FIRST), locale())


def day_short(day: date) -> str:
    """Weekday and date, short: «czw. 26.11»."""
    return _day(day, "EEE d.MM", locale())


def weekday_name(weekday: int) -> str:
    """The weekday's name; Monday is 0."""
    return _day(date(2024, 1, 1 + weekday), "EEEE", locale())


def month_name(day: date) -> str:
    """Month and year: «listopad 2026»."""
    return _day(day.replace(day=1), "LLLL y", locale())


def wall_clock(moment: datetime, place: ZoneInfo) -> str:
    """What clocks in `place` show at `moment`, 24 hours: «14:30»."""
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime: {moment}")
    return f"{moment.astimezone(place):%H:%M}"


def number(value: int) -> str:
    """A whole number grouped as the reader's language does."""
    return format_decimal(value, locale=locale())


def spoken_here() -> tuple[str, ...]:
    """The languages of the page being asked for: eight for people, four for staff."""
    if has_request_context() and request.blueprint in FOR_PEOPLE:
        return PERSON_LOCALES
    return STAFF_LOCALES


def _select(preferred: Callable[[], str | None]) -> Callable[[], str]:
    def select() -> str:
        if not has_request_context():
            return DEFAULT
        offered = spoken_here()
        for wish in (request.args.get("lang"), request.cookies.get(COOKIE), preferred()):
            if wish in offered:
                return str(wish)
        return request.accept_languages.best_match(offered, default=DEFAULT) or DEFAULT

    return select


def _remember(answer: Response) -> Response:
    wish = request.args.get("lang")
    if wish in PERSON_LOCALES:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        answer.set_cookie(
            COOKIE, wish, COOKIE_SECONDS, httponly=True, samesite="Lax", secure=secure
        )
    if answer.mimetype == "text/html":
        answer.headers["Content-Language"] = locale()
        answer.vary.update(("Accept-Language", "Cookie"))
    return answer


def init_app(app: Flask, folder: Path, preferred: Callable[[], str | None]) -> None:
    """Serve the catalogues of `folder`; `preferred` tells the signed-in person's language."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)
    Babel(app, default_locale=DEFAULT, locale_selector=_select(preferred), configure_jinja=False)
    app.after_request(_remember)
    errors.speak_with(lambda msgid, values: _(msgid, **values))
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        _, _plural, newstyle=True, pgettext=pgettext, npgettext=_plural_in_context
    )
    spoken = (day_long, day_short, weekday_name, month_name, wall_clock, number)
    named = (endonym, language_name, country_name, in_reader_language, locale)
    for function in (*spoken, *named):
        app.jinja_env.globals[function.__name__] = function
        app.jinja_env.filters[function.__name__] = function


def _plural(one: str, many: str, num: int) -> str:
    return _catalogue().ngettext(one, many, num)


def _plural_in_context(context: str, one: str, many: str, num: int) -> str:
    return str(_catalogue().npgettext(context, one, many, num))
