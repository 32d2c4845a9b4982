"""The page of the call list: no number until it is asked for, on record, in one centre only."""

import contextlib
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from cic_cases.cases.models import Card
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications import call_list, jobs
from cic_cases.notifications.call_list_rules import NobodyToCall, What
from cic_cases.notifications.channels import PermanentFailure
from cic_cases.notifications.models import Call, CallOutcome
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Role
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

PAGE = "/call-list"
WEDNESDAY = datetime(2030, 1, 9, 9, tzinfo=ZoneInfo("Europe/Warsaw"))
NUMBER = "+48600100200"
EMPTY = "Nobody has to be called."


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def unreached(told):
    """Makes somebody whose messages about Wednesday all failed."""

    def unreached(mode: str = "full", language: str = "uk"):
        case_id = told.person(mode, "person@example.org", NUMBER, language)
        booking = told.books(case_id, WEDNESDAY, at=MONDAY, language=language)
        pile = Pile()
        pile.fails = PermanentFailure("refused")
        jobs.send_due(MONDAY, pile)
        return booking

    return unreached


@pytest.fixture
def reception(make, told, client_of):
    return client_of(make.staff("reception", told.centre, language="en"))


def address(booking, act, what="appointment"):
    return f"{PAGE}/{what}/{show(booking.reference)}/{act}"


def audited(session, action):
    session.rollback()
    wanted = select(AuditEntry).where(AuditEntry.action == action)
    return session.scalars(wanted).all()


def main(answer):
    return answer.text.partition("<main")[2]


def test_nobody_has_to_be_called_at_first(reception):
    answer = reception.get(PAGE)

    assert EMPTY in answer.text
    assert "badge zero" in main(answer)
    assert 'class="badge"' not in answer.text.partition("<main")[0]


def test_the_list_shows_neither_number_nor_code_nor_kind_of_help(session, reception, unreached):
    unreached()
    answer = reception.get(PAGE)

    [code] = session.scalars(select(Card.code)).all()
    for hidden in (NUMBER, "tel:", "600100200", "600 100", code, show(code), "Legal"):
        assert hidden not in main(answer)
    assert "the confirmation did not arrive" in answer.text
    assert "Українська" in answer.text


def test_the_menu_of_every_page_says_how_many(reception, unreached):
    for _ in range(3):
        unreached()

    menu = reception.get("/desk").text.partition("<main")[0]
    assert 'Call list <span class="badge">3</span>' in menu


def test_a_number_is_shown_once_with_the_words_and_on_record(session, reception, unreached):
    booking = unreached()
    answer = reception.post(address(booking, "number"))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert f'href="tel:{NUMBER}"' in answer.text
    assert "+48 600 100 200" in answer.text
    said = answer.text.partition('<p class="sms" lang="uk">')[2].partition("</p>")[0]
    assert "09.01" in said
    assert "Адреса" in said
    assert "your appointment is on 09.01 at 09:00" in answer.text
    [line] = audited(session, "contact.revealed")
    assert (line.subject_type, line.subject_id) == ("case", booking.case_id)
    assert (line.centre_id, line.actor_id is None) == (booking.centre_id, False)
    assert NUMBER not in reception.get(PAGE).text


def test_who_reads_the_language_needs_no_gloss(make, told, client_of, unreached):
    booking = unreached(language="pl")
    polish = client_of(make.staff("reception", told.centre, language="pl"))

    assert "sms plain" not in polish.post(address(booking, "number")).text


def test_of_a_discreet_person_only_the_neutral_sentence_is_said(reception, unreached):
    answer = reception.post(address(unreached("discreet"), "number"))

    said = answer.text.partition('class="sms')[2].partition("</section>")[0]
    assert "09.01" in said
    assert "CIC" not in said
    assert "Poznań" not in said
    assert "only to the person" in answer.text


def test_told_is_off_the_list_and_not_reached_stays_with_the_time(session, reception, unreached):
    booking = unreached()
    data = {"outcome": "not_reached", "version": booking.version}
    again = reception.post(address(booking, "called"), data=data, follow_redirects=True)
    assert "not reached once" in again.text
    assert "today 07:00" in again.text

    data["outcome"] = "told"
    done = reception.post(address(booking, "called"), data=data, follow_redirects=True)
    assert EMPTY in done.text
    assert len(audited(session, "call.told")) == len(audited(session, "call.not_reached")) == 1


@pytest.mark.parametrize("act", ["number", "called"])
def test_who_comes_second_reads_that_nobody_has_to_be_called(session, reception, unreached, act):
    booking = unreached()
    data = {"outcome": "told", "version": booking.version}
    reception.post(address(booking, "called"), data=data)

    answer = reception.post(address(booking, act), data=data, follow_redirects=True)
    assert "This call is no longer needed" in answer.text
    assert NUMBER not in answer.text
    assert audited(session, "contact.revealed") == []
    assert len(audited(session, "call.told")) == 1


def test_what_changed_meanwhile_is_not_noted_as_told(session, reception, told, unreached):
    booking = unreached()
    seen = booking.version
    told.moves(booking, WEDNESDAY + timedelta(days=1), at=MONDAY)
    pile = Pile()
    pile.fails = PermanentFailure("refused")
    jobs.send_due(MONDAY, pile)

    data = {"outcome": "told", "version": seen}
    answer = reception.post(address(booking, "called"), data=data, follow_redirects=True)
    assert "Someone else has just changed this" in answer.text
    assert session.scalars(select(Call)).all() == []


@pytest.mark.parametrize("outcome", ["", "nonsense"])
def test_an_outcome_that_is_none_is_refused(session, reception, unreached, outcome):
    booking = unreached()
    answer = reception.post(
        address(booking, "called"), data={"outcome": outcome}, follow_redirects=True
    )

    assert "Choose one of the options." in answer.text
    assert session.scalars(select(Call)).all() == []


@pytest.mark.parametrize("act", ["number", "called"])
@pytest.mark.parametrize("what", ["appointment", "outside"])
def test_another_centre_reveals_and_notes_nothing(session, make, client_of, unreached, act, what):
    booking = unreached()
    for role in ("reception", "coordinator"):
        other = client_of(make.staff(role, make.centre("leszno")))
        answer = other.post(address(booking, act, what), data={"outcome": "told"})
        assert answer.status_code == 404
        assert NUMBER not in answer.text
        assert EMPTY in other.get(f"{PAGE}?lang=en").text

    assert audited(session, "contact.revealed") == audited(session, "call.told") == []


@pytest.mark.parametrize("role", Role)
def test_reception_and_coordinator_call_and_nobody_else(make, told, client_of, unreached, role):
    booking = unreached()
    where = {"region": make.region()} if role is Role.REGION else {"centre": told.centre}
    browser = client_of(make.staff(role, **where))
    may = role in (Role.RECEPTION, Role.COORDINATOR)

    assert (role in POLICY["contact.reveal"]) is may
    assert browser.get(PAGE).status_code == (200 if may else 404)
    assert browser.post(address(booking, "number")).status_code == (200 if may else 404)
    assert (NUMBER in browser.post(address(booking, "number")).text) is may


def test_a_number_that_cannot_be_decrypted_says_so(session, reception, told, unreached):
    booking = unreached()
    contact = call_list.waiting_to_be_called(
        session, told.make.actor(told.make.staff("reception")).scope("call_list.see"), MONDAY
    )[0].facts.contact
    contact.phone_sealed = b"k1\0" + b"x" * 40
    session.commit()

    answer = reception.post(address(booking, "number"), follow_redirects=True)
    assert "This number cannot be opened" in answer.text
    assert audited(session, "contact.revealed") == []


def test_more_people_cost_no_more_statements(reception, unreached):
    def cost() -> int:
        sent: list[str] = []

        def note(*about: object) -> None:
            sent.append(str(about[2]))

        db.session.rollback()
        event.listen(db.engine, "before_cursor_execute", note)
        reception.get(PAGE)
        event.remove(db.engine, "before_cursor_execute", note)
        return len([one for one in sent if not one.startswith("BEGIN")])

    unreached()
    reception.get(PAGE)
    with_one = cost()
    for _ in range(4):
        unreached()

    assert cost() == with_one


@pytest.fixture
def both_look(monkeypatch):
    """Whoever has looked at the list waits a little, for the other to look as well, if they can."""
    met, look = threading.Barrier(2), call_list._due

    def look_and_wait(*args, **kwargs):
        found = look(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(0.5)
        return found

    monkeypatch.setattr(call_list, "_due", look_and_wait)


def test_of_two_who_tell_at_once_one_is_on_record(app, session, make, told, unreached, both_look):
    booking = unreached()
    people = [make.actor(make.staff("reception", told.centre)) for _ in range(2)]
    outcomes, reference, version = [], booking.reference, booking.version
    session.rollback()

    def call(actor) -> None:
        with app.app_context():
            try:
                in_transaction(
                    call_list.note_call, What.APPOINTMENT, reference, CallOutcome.TOLD,
                    version=version, scope=actor.scope("call_list.change"), at=MONDAY, by=actor,
                )  # fmt: skip
                outcomes.append("told")
            except NobodyToCall:
                outcomes.append("nobody")
            db.session.remove()

    threads = [threading.Thread(target=call, args=(actor,)) for actor in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(outcomes) == ["nobody", "told"]
    assert len(session.scalars(select(Call)).all()) == len(audited(session, "call.told")) == 1
