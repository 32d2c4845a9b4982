"""A world of two regions with a canary in every confidential place, walked through by everybody."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask import Flask, url_for
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from cic_cases.cases.models import Card, Case, CaseCentre
from cic_cases.centres.models import Centre
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db
from cic_cases.notes import service as notes
from cic_cases.notes.models import Note
from cic_cases.notes.rules import Owner
from cic_cases.people import devices, drafts, factors, feeds, service
from cic_cases.people.models import Staff
from cic_cases.people.passwords import HASHER
from cic_cases.privacy.access import OPEN, declared
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import SPECIALISTS, Role
from cic_cases.visits import tickets
from tests.conftest import MONDAY
from tests.factory import Factory
from tests.system import canaries, two_centres
from tests.system.asked import ASKED
from tests.system.canaries import Canary
from tests.system.one_of_each import fill
from tests.system.two_centres import COLLEAGUE, FOREIGN, OWN, Target, World

LINK = re.compile(r'(?:href|src|action|data-live)="([^"#]+)')
MOST_ALIKE = 3  # further pages of one endpoint: weeks, other people's cases
PASSWORD = "kanarek0000 nad spokojnym jeziorem"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
LAST = {"people.logout", "steps.lock", "factors.end_session", "forgetting.erase", "admin.disable"}
"""Acts after which there is less to see."""
HERE_ONLY = "dev."  # the outbox of a demonstration, which no real installation has


@dataclass(frozen=True)
class Sight:
    """A word that somebody was shown, and by which endpoint."""

    word: str
    role: Role | None
    endpoint: str


@dataclass
class Places:
    """The world, its canaries, and what was seen by whom.

    `secrets` are looked for besides the planted words. `owners`: whose a note is. `here`: cases of
    the centre at which everybody works.
    """

    world: World
    planted: dict[str, Canary]
    secrets: list[str]
    owners: dict[int, Owner]
    here: set[int]
    seen: set[Sight] = field(default_factory=set)
    pages: Counter[Role | None] = field(default_factory=Counter)

    def look(self, role: Role | None, method: str, path: str, **words: object) -> TestResponse:
        """Ask, and remember whatever the answer tells, headers included.

        What was drawn for this very answer is shown once; foreign codes that were asked for do
        not count.
        """
        before, client = len(self.secrets), self.world.client(role)
        headers = self.world.headers(role, path)
        answer = client.open(path, method=method, headers=headers, buffered=True, **words)
        self.pages[role] += 1
        others = {*self.secrets[:before], *self.planted, *self._foreign(role, f"{path} {words}")}
        text = unescape(answer.get_data(as_text=True)) + str(answer.headers)
        endpoint = _endpoint(self.world.app, path, method)
        self.seen |= {Sight(word, role, endpoint) for word in canaries.told(text, others)}
        return answer

    def _foreign(self, role: Role | None, typed: str) -> set[str]:
        """What leads to somebody elsewhere, unless it was asked for by that."""
        target = self.world.targets[role, FOREIGN]
        ways = [{target.reference}, {target.external}, {target.code, show(target.code)}]
        if role is Role.PARTNER:  # no officer is told what is on anybody's card
            cards = {one.card for one in self.world.targets.values() if one.card}
            ways += [{one, show(one)} for one in cards]
        return set().union(*(way for way in ways if not any(one in typed for one in way)))


def build(app: Flask, drawn: list[str]) -> Places:
    """Everybody at work in two regions, and a canary in whatever is sealed or only hashed."""
    world = two_centres.populated(app, Path("none"))
    with app.app_context():
        make = Factory(db.session())
        session = make.session
        there = session.scalars(select(Centre).where(Centre.slug == "radom")).one()
        fill(make, there, make.staff("psychologist", there), 30)
        _write_notes(make, world)
        drawn += _secrets(make, world)
        planted = canaries.plant(session)
        drawn += canaries.own_keys(session)
        owners = {
            one.id: Owner(one.author_id, one.role, one.kept_for)
            for one in session.scalars(select(Note))
        }
        at_home = select(CaseCentre.case_id).where(CaseCentre.centre_id == make.centre().id)
        here = set(session.scalars(at_home))
        db.session.remove()
    return Places(world, planted, drawn, owners, here)


def _write_notes(make: Factory, world: World) -> None:
    """Each specialist has typed half a note beside two that colleagues keep for a profession."""
    here, session = make.centre(), make.session
    for role in SPECIALISTS:
        card = select(Card.case_id).where(Card.code == world.targets[role, OWN].card)
        case = session.get_one(Case, session.scalars(card).one())
        by = make.actor(session.get_one(Staff, world.staff[role]))
        notes.keep_draft(session, case.id, notes.NEW, "half a sentence", at=MONDAY, by=by)
        for writer in ("psychologist", "lawyer"):
            colleague = make.staff(writer, here)
            make.note(case, colleague, kept_for="profession", role=writer, centre=here)


def _secrets(make: Factory, world: World) -> list[str]:
    """Each kind of secret once, a draft and an app with codes for everybody; what was made."""
    session, here = make.session, make.centre()
    for role, staff_id in world.staff.items():
        draft = drafts.sealed(drafts.Draft("/visits", (("remarks", str(role)),)))
        assert draft is not None
        drafts.keep(session, staff_id, *draft, at=MONDAY)
        factors.propose(session, staff_id, at=MONDAY)
        devices.remember(session, staff_id, None, at=MONDAY)
    person = session.get_one(Staff, world.staff[Role.COORDINATOR])
    person.password_hash = HASHER.hash(PASSWORD.encode())
    actor = make.actor(person)
    feeds.open_feed(session, at=MONDAY, by=actor)
    tickets.open_display(session, here.id, at=MONDAY, by=actor)
    tickets.give(session, here.id, None, MONDAY.date(), at=MONDAY, by=actor)
    service.signin_link(session, person.id, at=MONDAY, by=None)
    codes = factors.new_recovery_codes(session, person.id)
    session.commit()
    return [PASSWORD, *codes]


def walk(places: Places, role: Role | None) -> None:
    """Breadth first from every address there is, own, a colleague's and foreign, over all links."""
    waiting = deque(addresses(places.world, role))
    known, alike = set(waiting), Counter[str]()
    while waiting:
        path = waiting.popleft()
        for link in _links(path, places.look(role, "GET", path)):
            shape = _endpoint(places.world.app, link, "GET")
            if link not in known and alike[shape] < MOST_ALIKE:
                alike[shape] += 1
                known.add(link)
                waiting.append(link)


def act(places: Places, role: Role) -> None:
    """Every act the policy lets this role do, on what is theirs and on what is foreign."""
    world = places.world
    for rule in sorted(_rules(world.app), key=lambda one: (one.endpoint in LAST, one.endpoint)):
        action = declared(world.app)[rule.endpoint]
        if action != OPEN and role not in POLICY[action]:
            continue
        for method in sorted((rule.methods or set()) & UNSAFE):
            for near in (OWN, FOREIGN):
                target = world.targets[role, near]
                path, body = address(world, rule, target), ASKED[rule.endpoint].body(target)
                places.look(role, method, path, **{_form(path): body})


def address(world: World, rule: Rule, target: Target) -> str:
    """The address of this rule for this target, as links spell it."""
    asked = ASKED[rule.endpoint]
    known = {**vars(target), "code": show(target.code), **asked.values}
    with world.app.test_request_context():
        values = {name: known[name] for name in rule.arguments}
        return url_for(rule.endpoint, **values, **asked.query(target))


def _form(path: str) -> str:
    return "json" if path.startswith("/api/") else "data"


def _rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(HERE_ONLY)]


def addresses(world: World, role: Role | None) -> Iterator[str]:
    """Every page there is, pointed at what is one's own, a colleague's and foreign."""
    for rule in _rules(world.app):
        if "GET" in (rule.methods or ()):
            for near in (OWN, COLLEAGUE, FOREIGN):
                if target := world.targets.get((role, near)):
                    yield address(world, rule, target)


def _endpoint(app: Flask, path: str, method: str) -> str:
    try:
        found, _values = app.url_map.bind("localhost").match(path.partition("?")[0], method)
    except HTTPException:
        return ""
    return str(found)


def _links(path: str, answer: TestResponse) -> Iterator[str]:
    """Where this answer leads within the application; files of the style are left out."""
    to_read = LINK.findall(answer.text) if answer.mimetype == "text/html" else []
    for one in [answer.location] if answer.location else to_read:
        parts = urlsplit(urljoin(f"http://localhost{path}", unescape(one)))
        inside = parts.netloc == "localhost" and not parts.path.startswith(("/static", "/dev"))
        if inside and parts.scheme == "http":
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path
