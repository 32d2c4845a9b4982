"""A region's own words: who may write them, what is refused, what is seen, what is restored."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from cic_cases.desk.texts_page import _money
from cic_cases.notifications import own_texts
from cic_cases.notifications.models import MessageText
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.roles import Role

PAGE = "/admin/texts/reminder_day_before/pl"
OWN = "Jutro {date}, {time}: {centre}. Tel. {phone}"


@pytest.fixture
def region(make):
    make.centre("pila")
    found = make.centre()
    make.region().sms_part_price = 80
    make.session.commit()
    return found


@pytest.fixture
def client(make, region, client_of):
    return client_of(make.staff("region", region=make.region()))


def kept(session):
    session.rollback()
    return session.scalars(select(MessageText.text)).all()


@pytest.mark.parametrize("role", list(Role))
def test_only_a_region_and_an_administrator_write_its_words(role, make, region, client_of):
    wide = role in {Role.REGION, Role.ADMIN}
    person = make.staff(role, None if wide else region, region=make.region() if wide else None)
    client = client_of(person)

    for path in ("/admin/texts", PAGE):
        assert client.get(path).status_code == (200 if wide else 404)
    for path in (PAGE, f"{PAGE}/usual"):
        answer = client.post(path, data={"text": OWN, "act": "save"})
        assert answer.status_code == (303 if wide else 404)


def test_every_message_stands_in_the_list_in_every_language(client):
    for language in ("pl", "ka"):
        page = client.get(f"/admin/texts?in={language}&lang=en").text
        for key in own_texts.every_key():
            assert f"/admin/texts/{key}/{language}" in page
    assert "Przypomnienie: jutro" in client.get("/admin/texts?in=pl&lang=en").text


def test_saved_words_are_in_use_and_on_record_without_the_words(client, session):
    answer = client.post(PAGE, data={"text": f" {OWN} ", "act": "save"})

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert kept(session) == [OWN]
    page = client.get(f"{PAGE}?lang=en").text
    assert "Jutro 28.12, 23:55: CIC Poznan. Tel. +48887063112" in page
    assert "1 part" in page
    assert "PLN" in page or "zł" in page
    assert "Shown with the longest name and address: Poznań." in page
    assert [row.action for row in session.scalars(select(AuditEntry))][-1] == "message_text.changed"


def test_a_preview_saves_nothing(client, session):
    answer = client.post(f"{PAGE}?lang=en", data={"text": OWN, "act": "preview"})

    assert answer.status_code == 200
    assert "Jutro 28.12, 23:55: CIC Poznan." in answer.text
    assert OWN in answer.text
    assert kept(session) == []


def test_the_same_words_are_shown_as_an_sms_and_as_a_mail(client):
    page = client.post(f"{PAGE}?lang=en", data={"text": OWN, "act": "preview"}).text
    assert page.count('class="handset"') == 2
    assert page.count("Jutro 28.12, 23:55: ") == 2
    assert 'class="handset-subject"' in page
    assert "/b/" in page  # the link, with nobody's token


@pytest.mark.parametrize("act", ["save", "preview"])
def test_refused_words_stay_as_typed_with_every_reason_beside_them(client, session, act):
    typed = "Jutro {kto}, u psychologa: {date} {time} {centre}"
    answer = client.post(f"{PAGE}?lang=en", data={"text": typed, "act": act})

    assert answer.status_code == 422
    assert typed in answer.text
    for said in ("{kto} cannot stand", "{phone} is missing", "Take “psychologa” out"):
        assert said in answer.text
    assert "There is nothing to show yet." in answer.text
    assert kept(session) == []


def test_what_was_typed_is_shown_as_text_and_never_as_markup(client):
    answer = client.post(f"{PAGE}?lang=en", data={"text": OWN + " <b>!</b>", "act": "preview"})

    assert "<b>!</b>" not in answer.text
    assert "&lt;b&gt;!&lt;/b&gt;" in answer.text


def test_words_that_are_too_long_are_shown_with_the_number_of_characters(client):
    answer = client.post(f"{PAGE}?lang=en", data={"text": OWN + "x" * 120, "act": "preview"})

    assert answer.status_code == 422
    assert "characters too long. Shorten it." in answer.text
    assert "As an SMS it is" in answer.text
    assert "2 parts" in answer.text


def test_back_to_the_usual_words(client, session):
    client.post(PAGE, data={"text": OWN, "act": "save"})
    assert "Back to the usual words" in client.get(f"{PAGE}?lang=en").text

    answer = client.post(f"{PAGE}/usual")

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert kept(session) == []
    assert "Back to the usual words" not in client.get(f"{PAGE}?lang=en").text


@pytest.mark.parametrize("path", ["no_such_text/pl", "reminder_day_before/xx", "discreet_code/pl"])
def test_a_message_that_is_never_sent_is_not_found(client, path):
    assert client.get(f"/admin/texts/{path}").status_code == 404
    assert client.post(f"/admin/texts/{path}", data={"text": OWN}).status_code == 404
    assert client.post(f"/admin/texts/{path}/usual").status_code == 404


def test_a_price_has_the_decimals_it_needs(app, client):
    with app.test_request_context("/?lang=en"):
        assert _money(None, "PL") is None
        shown = [_money(price, "PL") for price in (80, 75, 1000)]
    assert [Decimal(one.replace("\xa0", " ").split(" ")[0]) for one in shown] == [
        Decimal("0.08"),
        Decimal("0.075"),
        Decimal("1.00"),
    ]
