"""What every staff page shows around its content: the place, the way around, who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from flask import Flask, current_app, g, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk import words
from cic_cases.desk.kept import kept
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.i18n import ENDONYMS, locale, pgettext, spoken_here
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role

CENTRE_KEY = "centre"
SWITCH = "at"  # ?at=leszno on any page changes the centre one works in
BELONGS = {
    "absences": "my_day",
    "afterwards": "my_day",
    "my_week": "my_day",
    "disruptions": "rosters",
    "door_sheet": "desk",
    "camera": "desk",
    "late": "desk",
    "messages": "bookings",
    "further": "bookings",
    "holds": "bookings",
    "notes": "my_day",
    "recovery": "desk",
    "roles": "admin",
    "waiting_room": "desk",
}
"""blueprint → the one of the menu's line under which its pages are."""
ON_ONE_LINE = 6  # items of the menu that fit beside everything else in every language
SELDOM = frozenset(
    {
        "waiting.overview",
        "external.coming",
        "referrals.overview",
        "reports.overview",
        "admin.accounts",
        "texts.overview",
        "openings.overview",
        "audit_log.search",
        "security.events",
    }
)
SHORT_NAMES = {"pl": "PL", "uk": "УК", "en": "EN", "ru": "РУ"}


@dataclass(frozen=True)
class Language:
    """One language the page can be read in."""

    code: str
    short: str
    endonym: str
    url: str
    current: bool


@dataclass(frozen=True)
class Place:
    """One centre of the switch."""

    slug: str
    city: str
    current: bool


@dataclass(frozen=True)
class Who:
    """The signed-in person, as the top bar shows them."""

    initials: str
    role: str


Item = tuple[str, str, str, bool]  # endpoint, address, label, whether it is the page shown


@dataclass(frozen=True)
class Nav:
    """The frame of one page."""

    languages: list[Language]
    items: list[Item] = field(default_factory=list)
    more: list[Item] = field(default_factory=list)
    centres: list[Place] = field(default_factory=list)
    centre: str | None = None
    actor: Who | None = None


def menu() -> tuple[tuple[str, str, str], ...]:
    """endpoint, action, label: the main menu in its order."""
    return (
        ("morning.board", "morning.see", pgettext("menu", "Board")),
        ("desk.board", "desk.see", pgettext("menu", "Desk")),
        ("bookings.search", "slots.see", pgettext("menu", "Bookings")),
        ("waiting.overview", "waiting.see", pgettext("menu", "Waiting list")),
        ("call_list.overview", "call_list.see", pgettext("menu", "Call list")),
        ("my_day.show", "day.own", pgettext("menu", "My day")),
        ("referrals.overview", "referral.see", pgettext("menu", "Referrals")),
        ("external.coming", "external.see", pgettext("menu", "Outside")),
        ("rosters.overview", "roster.see", pgettext("menu", "Rosters")),
        ("reports.overview", "report.exact", pgettext("menu", "Reports")),
        ("admin.accounts", "account.manage", pgettext("menu", "Accounts")),
        ("texts.overview", "message_text.change", pgettext("menu", "Messages")),
        ("openings.overview", "note.grant", pgettext("menu", "Requests")),
        ("alarms.overview", "audit.alarm", pgettext("menu", "Alarms")),
        ("audit_log.search", "audit.search", pgettext("menu", "Who opened")),
        ("security.events", "audit.security", pgettext("menu", "Security")),
    )


def role_name(role: Role) -> str:
    """A role in the reader's language."""
    names = {
        Role.RECEPTION: pgettext("role", "reception"),
        Role.PSYCHOLOGIST: pgettext("role", "psychologist"),
        Role.LAWYER: pgettext("role", "lawyer"),
        Role.ADVISER: pgettext("role", "intercultural adviser"),
        Role.INTERPRETER: pgettext("role", "interpreter"),
        Role.PARTNER: pgettext("role", "partner officer"),
        Role.COORDINATOR: pgettext("role", "coordinator"),
        Role.REGION: pgettext("role", "region"),
        Role.AUDITOR: pgettext("role", "auditor"),
        Role.ADMIN: pgettext("role", "administrator"),
    }
    return names[role]


def current_centre(actor: Actor, action: str | None = None) -> Centre:
    """The centre this member of staff works in now; the first of theirs until they choose.

    With `action`, only where a role of theirs allows it: a role elsewhere opens no desk here.
    Raises `NotFound` for somebody who has a role in no centre.
    """
    reach = actor.scope(action).centres if action else actor.centre_ids
    known = [centre for centre in _own_centres(actor) if centre.id in reach]
    chosen = session.get(CENTRE_KEY)
    for centre in known:
        if centre.slug == chosen:
            return centre
    if not known:
        raise NotFound()
    return known[0]


def _own_centres(actor: Actor) -> Sequence[Centre]:
    """The centres of all roles of theirs, by slug; asked once for a page."""
    if "own_centres" not in g or g.own_centres[0] != actor.centre_ids:
        g.own_centres = actor.centre_ids, centres.centres_in(db.session(), actor.centre_ids)
    found: Sequence[Centre] = g.own_centres[1]
    return found


def current_centre_id(actor: Actor) -> int:
    """The id of `current_centre`, without asking the database."""
    for slug, centre_id in actor.places:
        if slug == session.get(CENTRE_KEY):
            return centre_id
    if not actor.places:
        raise NotFound()
    return actor.places[0][1]


def _same_page() -> tuple[str, list[tuple[str, str]]]:
    """The address of what is shown, for its language links: path and answers in the query.

    A refused form was sent to an address that cannot be read: the page above it can, or the one
    that `read_again_at` named. An error page leads to the start.
    """
    if g.get("error_page"):
        return "/", []
    if readable := g.get("readable_at"):
        parts = urlsplit(readable)
        return unquote(parts.path).removeprefix(request.script_root), parse_qsl(parts.query)
    if request.method == "GET":
        kept = [pair for pair in request.args.items(multi=True) if pair[0] not in (SWITCH, "lang")]
        return request.path, kept
    adapter, path = current_app.create_url_adapter(request), request.path
    while path and adapter is not None:
        try:
            adapter.match(path, method="GET")
        except HTTPException:
            path = path.rpartition("/")[0]
        else:
            return path, []
    return "/", []


def read_again_at(address: str) -> None:
    """Where this answer to a form can be read again, so that its language links lose nothing."""
    g.readable_at = address


def _languages() -> list[Language]:
    path, kept = _same_page()

    def link(code: str) -> str:
        return f"{request.script_root}{quote(path)}?{urlencode([*kept, ('lang', code)])}"

    return [
        Language(code, SHORT_NAMES.get(code, code), ENDONYMS[code], link(code), code == locale())
        for code in spoken_here()
    ]


def _on_one_line(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """What stands in the bar, and what is seldom opened and stands under «More»."""
    if len(items) <= ON_ONE_LINE:
        return items, []
    more = [item for item in items if item[0] in SELDOM]
    return [item for item in items if item[0] not in SELDOM], more


def _nav() -> Nav:
    if g.get("failing") or not current_user.is_authenticated:
        return Nav(languages=_languages())
    actor: Actor = current_user._get_current_object()
    part = BELONGS.get(request.blueprint or "", request.blueprint)
    items = [
        (endpoint, url_for(endpoint), label, endpoint.split(".")[0] == part)
        for endpoint, action, label in menu()
        if actor.may(action) and endpoint in current_app.view_functions
    ]
    places = _own_centres(actor)
    here = next((c for c in places if c.slug == session.get(CENTRE_KEY)), None)
    here = here or (places[0] if places else None)
    first, more = _on_one_line(items)
    return Nav(
        languages=_languages(),
        items=first,
        more=more,
        centres=[Place(c.slug, c.city, c is here) for c in places],
        centre=here.city if here else None,
        actor=Who(actor.initials, ", ".join(role_name(role) for role in sorted(actor.roles))),
    )


def init_app(app: Flask) -> None:
    """Give every template its frame, and codes their hyphens."""
    app.jinja_env.filters["show_code"] = show
    app.jinja_env.globals["role_name"] = role_name
    app.jinja_env.globals["kept"] = kept
    app.jinja_env.globals["once"] = cache  # a macro asked again and again within one page
    for word in words.WORDS:
        app.jinja_env.globals[word.__name__] = word
    # outside production there are no real people: every page says so
    app.jinja_env.globals["synthetic"] = app.config["CIC"].env != "production"

    @app.before_request
    def switch_centre() -> None:
        if (slug := request.args.get(SWITCH)) and current_user.is_authenticated:
            session[CENTRE_KEY] = slug  # read only against one's own centres

    @app.context_processor
    def frame() -> dict[str, object]:
        return {"nav": _nav()}
