"""Pieces of the desk that are drawn once: what is kept, and what never is."""

import re

import pytest
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from cic_cases.centres.models import Service
from cic_cases.desk import kept as pieces
from cic_cases.desk.kept import kept
from cic_cases.foundation.codes import show
from tests.desk.reception import Reception
from tests.statements import statements

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
DRAWN_ANEW = 6  # statements of a desk whose pieces are known


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pieces that had to be drawn."""
    names: list[str] = []
    draw = pieces._draw

    def noted(template: str, facts):
        names.append(template)
        return draw(template, facts)

    monkeypatch.setattr(pieces, "_draw", noted)
    return names


def test_a_desk_that_nothing_happened_to_is_put_together_from_what_was_drawn(
    reception: Reception, drawn: list[str]
):
    reception.book(reception.make.case()[0])
    first = reception.browser.get("/desk").text
    assert set(drawn) == {
        "desk/_count.html",
        "desk/_keys.html",
        "desk/_today_board.html",
        "desk/_visit_questions.html",
        "desk/_waiting_now.html",
    }
    drawn.clear()
    assert TOKEN.sub("", reception.browser.get("/desk").text) == TOKEN.sub("", first)
    with statements() as sent:  # that the first look is on record is known by now
        again = reception.browser.get("/desk").text
    assert drawn == []
    assert len([one for one in sent if one.startswith("SELECT")]) <= DRAWN_ANEW
    assert TOKEN.sub("", again) == TOKEN.sub("", first)


def test_every_answer_has_its_own_token_against_forged_forms(reception: Reception, client_of):
    reception.book(reception.make.case()[0])
    colleague = client_of(reception.make.staff("reception", reception.centre))
    ours, theirs = (
        set(TOKEN.findall(one.get("/desk").text)) for one in (reception.browser, colleague)
    )
    assert len(ours) == len(theirs) == 1
    assert ours.isdisjoint(theirs)


def test_what_somebody_did_is_on_the_next_desk(reception: Reception):
    case, code = reception.make.case()
    assert show(code) not in reception.browser.get("/desk").text
    booking = reception.book(case)
    assert show(code) in reception.browser.get("/desk").text
    reception.browser.post(f"/bookings/{booking.reference}/status", data={"status": "arrived"})
    assert "Nobody is waiting." not in reception.browser.get("/desk").text
    reception.browser.post("/desk/quick-contacts")
    assert "1 quick enquiry" in reception.browser.get("/desk").text


def test_a_changed_service_changes_the_questions_of_a_first_visit(reception: Reception):
    assert "Advice on bees" not in reception.browser.get("/desk").text
    service = reception.session.scalars(select(Service).where(Service.desk)).first()
    assert service is not None
    service.names = {"en": "Advice on bees", "pl": "Porada o pszczołach"}
    reception.session.commit()
    assert "Advice on bees" in reception.browser.get("/desk").text
    assert "Porada o pszczołach" in reception.browser.get("/desk?lang=pl").text


def test_what_was_typed_wrongly_is_kept_by_nobody(reception: Reception):
    wrong = reception.browser.post("/desk/visits", data={"gender": "woman"})
    assert wrong.status_code == 422
    assert 'value="woman" checked' in re.sub(r"\s+", " ", wrong.text)
    assert 'value="woman" checked' not in re.sub(r"\s+", " ", reception.browser.get("/desk").text)


def test_a_piece_sees_nothing_of_the_page_around_it(app, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(app.jinja_env.globals, "secret", "")
    with app.test_request_context("/"):
        generate_csrf()
        assert "{{" not in kept("desk/_keys.html")
        with pytest.raises(Exception, match="undefined"):
            kept("layouts/staff.html")


def test_only_the_newest_pieces_are_kept(app, monkeypatch: pytest.MonkeyPatch, drawn: list[str]):
    monkeypatch.setattr(pieces, "MOST", 2)
    with app.test_request_context("/"):
        for number in (1, 2, 1, 3, 1, 2):
            kept("desk/_keys.html", number)
    assert len(drawn) == 4  # 1, 2, 3, and 2 once more: 1 was asked for in between
