"""Links as attackers, mail scanners, impatient fingers and other people's phones use them."""

import logging
import re
import secrets
import threading
from datetime import timedelta
from ipaddress import ip_address
from itertools import count

import pytest
from sqlalchemy import func, select

from cic_cases import scheduler
from cic_cases.cases import service as cases
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.cases.rules import ContactWish
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications.kinds import Kind
from cic_cases.notifications.models import ManageLink, Message
from cic_cases.people import feeds
from cic_cases.privacy.models import AuditEntry, Slowed
from cic_cases.privacy.slowdown import FREE, LONGEST_WAIT
from tests.portal.managed import END, Managed, Visitor

AT_ONCE = 64
NETWORKS = count(1)
SECOND = timedelta(seconds=1)
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def managed(app, make, clock) -> Managed:
    return Managed(app, make, clock)


@pytest.fixture
def visitor(managed) -> Visitor:
    return Visitor(managed)


def over(managed: Managed) -> str:
    managed.clock.at = END
    return managed.token


def given_up(managed: Managed) -> str:
    contact = managed.session.scalars(select(Contact)).one()
    contact.mode = ContactMode.DISCREET
    managed.session.commit()
    return managed.token


def of_a_calendar(managed: Managed) -> str:
    key = feeds.open_feed(managed.session, at=managed.clock.at, by=managed.by)
    managed.session.commit()
    return key


def mutated(managed: Managed) -> str:
    return managed.token[:-1] + ("A" if managed.token[-1] != "A" else "E")


NEVER_A_LINK = {
    "unknown": lambda m: secrets.token_urlsafe(32),
    "one letter else": mutated,
    "cut short": lambda m: m.token[:-1],
    "with a dot after it": lambda m: f"{m.token}.",
    "with something after it": lambda m: f"{m.token}/more/and/more",
    "the hash itself": lambda m: m.session.scalars(select(ManageLink.token_hash)).one(),
    "not Latin": lambda m: "ґ🙂%00",
    "very long": lambda m: "x" * 5000,
    "a key of another door": of_a_calendar,
}
DEAD = {"never a link": NEVER_A_LINK, "over": {"over": over}, "given up": {"given up": given_up}}


def _as_a_stranger_sees(managed, token, language):
    """The whole answer to somebody who was never here, from a network of their own."""
    stranger = Visitor(managed)
    stranger.client.environ_base["REMOTE_ADDR"] = f"2001:db8:{next(NETWORKS):x}::1"
    stranger.token = token
    answer = stranger.get("", language)
    del answer.headers["Set-Cookie"]  # the language asked for, until a moment of the real clock
    return answer.status_code, answer.data, {**answer.headers}


@pytest.mark.parametrize("why", DEAD)
def test_every_dead_link_is_the_same_page(managed, visitor, why):
    assert visitor.get().status_code == 200
    for name, dead in DEAD[why].items():
        token = dead(managed)
        for language in ("en", "ka"):
            plain = _as_a_stranger_sees(managed, "a" * 43, language)
            assert plain[0] == 404
            assert _as_a_stranger_sees(managed, token, language) == plain, (name, language)


def test_the_token_opens_no_other_door(managed, client_of):
    for browser in (managed.app.test_client(), client_of(managed.reception)):
        for door in ("/link/{}", "/calendar/{}.ics", "/bookings/{}", "/cases/{}"):
            answer = browser.get(door.format(managed.token))
            signed_out = answer.status_code == 303 and answer.location.startswith("/login")
            assert signed_out or answer.status_code == 404, door


def test_who_changes_their_contact_leaves_no_link_behind(managed, visitor):
    managed.clock.forward(SECOND)
    wish = ContactWish(ContactMode.FULL, email="new@example.org")
    in_transaction(
        cases.set_contact,
        managed.case.id,
        wish,
        centre_id=managed.centre.id,
        at=managed.clock.at,
        by=managed.by,
    )

    assert managed.session.scalars(select(ManageLink.token_hash)).all() == []
    assert visitor.get().status_code == 404
    visitor.token = managed.new_token()
    assert visitor.get().status_code == 200


def test_a_dead_link_costs_the_same_whatever_it_is(managed, visitor):
    """The same statements in the same order, so that nobody learns which by a clock."""
    costs = []
    for token in ("a" * 43, "x", secrets.token_urlsafe(32), over(managed)):
        visitor.token, statements = token, []
        listener = lambda *a, into=statements: into.append(a[2].split("(")[0])  # noqa: E731
        db.event.listen(db.engine, "before_cursor_execute", listener)
        visitor.get()
        db.event.remove(db.engine, "before_cursor_execute", listener)
        costs.append([one for one in statements if not one.startswith("INSERT")])

    assert len(costs[1]) > 2
    assert costs[1] == costs[2] == costs[3]


def test_neither_random_nor_changed_tokens_open_anything_and_both_wait(managed, visitor):
    """Without ever waiting, nobody gets more than the free tries and a few in a minute."""
    answered = {404: 0, 429: 0}
    began = managed.clock.at
    while managed.clock.at < began + timedelta(minutes=1):
        visitor.token = secrets.token_urlsafe(32)
        answered[visitor.get().status_code] += 1
        managed.clock.forward(SECOND / 2)

    assert answered[404] <= 20
    assert answered[404] > FREE
    visitor.token = managed.token
    assert visitor.get().status_code == 429  # right and wrong are answered alike


def _tries(visitor: Visitor, number: int) -> list[int]:
    visitor.token = "wrong"
    return [visitor.get().status_code for _ in range(number)]


def test_each_wrong_try_doubles_the_wait_up_to_a_limit(managed, visitor):
    assert _tries(visitor, FREE) == [404] * FREE
    waits = []
    for _ in range(14):
        assert _tries(visitor, 2) == [404, 429]
        waits.append(int(visitor.get().headers["Retry-After"]))
        managed.clock.forward(waits[-1] * SECOND)

    assert waits[:5] == [2, 4, 8, 16, 32]
    assert max(waits) == LONGEST_WAIT.total_seconds()


def test_wrong_tries_at_once_are_all_counted_and_none_breaks_anything(managed):
    together, answers = threading.Barrier(FREE), []

    def try_one() -> None:
        one = Visitor(managed)
        one.token = "wrong"
        together.wait()
        answers.append(one.get().status_code)

    managed.session.rollback()
    threads = [threading.Thread(target=try_one) for _ in range(FREE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    managed.stored()
    assert answers == [404] * FREE
    assert list(managed.session.scalars(select(Slowed.tries))) == [FREE]


def test_who_waits_reads_why_in_their_language(visitor):
    _tries(visitor, FREE + 1)

    for language in PERSON_LOCALES:
        page = visitor.get("", language)
        assert page.status_code == 429
        assert f'<html lang="{language}">' in page.text


def test_networks_wait_apart_and_none_is_written_down(managed, visitor):
    networks = ["192.0.2.7", "192.0.2.8", "2001:db8:1:2::7", "2001:db8:1:3::7"]
    for address in networks:
        visitor.client.environ_base["REMOTE_ADDR"] = address
        assert _tries(visitor, FREE + 2) == [404] * (FREE + 1) + [429]
    visitor.client.environ_base["REMOTE_ADDR"] = "2001:db8:1:2:ffff::1"  # the same household
    assert _tries(visitor, 1) == [429]

    names = [row.name for row in managed.session.scalars(select(Slowed))]
    assert len(names) == len(set(names)) == len(networks)
    for name, address in zip(names, networks, strict=True):
        assert address not in name
        assert ip_address(address).packed.hex() not in name


def test_a_network_is_another_one_the_next_day_and_its_row_goes(managed, visitor):
    _tries(visitor, 3)
    [first] = managed.session.scalars(select(Slowed.name))
    managed.clock.forward(timedelta(days=2))
    _tries(visitor, 1)
    scheduler.tidy(managed.app)

    managed.stored()
    [row] = managed.session.scalars(select(Slowed))
    assert row.name != first
    assert row.tries == 1


def test_reading_changes_nothing_however_often(managed, visitor):
    before = managed.rows()
    for _ in range(FREE + 1):  # more often than a wrong link may be tried
        for more in ("", "/cancel", "/coming", "/call-me", ".ics"):
            assert visitor.get(more).status_code in (200, 303)
            assert visitor.client.head(f"/b/{managed.token}{more}").status_code in (200, 303)

    assert managed.rows() == before


@pytest.mark.parametrize(
    ("act", "kinds", "audited"),
    [
        ("cancel", [Kind.CANCELLED_ON_REQUEST], "link.cancelled"),
        ("coming", [], "link.coming"),
        ("call-me", [], "link.call_me"),
    ],
)
def test_sixty_four_taps_at_once_are_one(app, managed, act, kinds, audited):
    together = threading.Barrier(AT_ONCE)
    answers: list[int] = []

    def tap() -> None:
        visitor = Visitor(managed)
        together.wait()
        answers.append(visitor.post(act).status_code)

    before = len(managed.session.scalars(select(Message.id)).all())
    managed.session.rollback()
    threads = [threading.Thread(target=tap) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [303] * AT_ONCE
    assert managed.audited() == [audited]
    assert managed.stored().version == 1 + (act == "cancel")
    new = managed.session.scalars(select(Message.kind).order_by(Message.due_at)).all()
    said = [kind for kind in new if kind in kinds]
    assert len(said) == len(new) - before == 2 * len(kinds)  # by mail and by SMS
    changed = AuditEntry.action == "booking.cancelled"
    count = select(func.count()).select_from(AuditEntry).where(changed)
    assert managed.session.scalar(count) == (act == "cancel")


def test_the_link_of_one_person_does_not_touch_another_who_has_the_time_now(managed, visitor):
    managed.cancels()
    case, _code = managed.make.case(managed.centre)
    managed.case = case
    other = managed.book(managed.booking.starts_at)

    visitor.does("cancel")

    managed.stored()
    assert managed.session.get_one(type(other), other.id).status == "booked"


def test_a_form_that_has_grown_old_leads_back_and_changes_nothing(app, managed):
    app.config["WTF_CSRF_ENABLED"] = True
    for act in ("coming", "call-me", "cancel"):  # the last one ends the others
        visitor, before = Visitor(managed), managed.rows()

        answer = visitor.post(act)

        assert answer.status_code == 400
        assert "Nothing has been changed yet" in answer.text
        assert managed.rows() == before
        way = re.search(rf'href="(/b/{managed.token}[^"]*)"', answer.text)
        assert way
        token = CSRF.search(visitor.client.get(way[1]).text)
        assert token
        done = visitor.client.post(f"/b/{managed.token}/{act}", data={"csrf_token": token[1]})
        assert done.status_code == 303
        assert managed.rows() != before, act


def test_over_https_a_form_is_heard_though_no_page_tells_where_it_came_from(app, managed):
    app.config["WTF_CSRF_ENABLED"] = True
    client, https = app.test_client(), {"base_url": "https://localhost"}
    token = CSRF.search(client.get(f"/b/{managed.token}", **https).text)
    assert token

    answer = client.post(f"/b/{managed.token}/coming", data={"csrf_token": token[1]}, **https)

    assert answer.status_code == 303


def test_nothing_written_to_a_log_holds_the_token(app, managed, visitor, caplog):
    app.testing = False
    caplog.set_level(logging.DEBUG)
    for act in ("coming", "call-me", "cancel", "nothing"):
        visitor.get(f"/{act}")
        visitor.post(act)
    visitor.get(".ics")

    assert managed.token not in caplog.text
    assert "/b/" not in caplog.text


def test_no_cache_search_engine_or_other_site_learns_the_address(visitor):
    for more in ("", "/cancel", ".ics", "x"):
        headers = visitor.get(more).headers
        assert headers["Referrer-Policy"] == "no-referrer", more
        assert headers["Cache-Control"] == "no-store", more
        assert "noindex" in headers["X-Robots-Tag"], more


def test_no_page_repeats_the_token_but_in_its_own_forms(managed, visitor):
    page = visitor.get().text

    links = re.findall(rf'(\w+)="[^"]*{managed.token}[^"]*"', page)
    assert set(links) == {"action", "href"}
    assert page.count(managed.token) == len(links)
