"""A region's own words: filled safely, kept, in use at once, and given back."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from cic_cases.foundation.db import db
from cic_cases.notifications import own_texts
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.models import MessageText
from cic_cases.notifications.rules import Way
from cic_cases.notifications.texts import TEXTS, MessageValues
from cic_cases.notifications.writing import wording
from cic_cases.privacy.models import AuditEntry
from tests.conftest import MONDAY

KEY = "reminder_day_before"
OWN = "Jutro {date}, {time}: {centre}. Tel. {phone}"
VALUES = MessageValues(
    centre="CIC {phone}",
    address="%(time)s 1, $x",
    date="28.12",
    time="23:55",
    code="QNJ-5TQ",
    phone="+48887063112",
)


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def say(session, make, centre):
    someone = make.staff("region", centre)

    def say(text, key=KEY, language="pl"):
        own_texts.save(session, centre.region_id, key, language, text, at=MONDAY, by=someone)
        session.commit()
        return someone

    return say


def written(centre, language="pl", way=Way(Means.EMAIL, Mode.FULL)):  # noqa: B008 (frozen)
    kind = Kind.REMINDER_DAY_BEFORE
    words = wording(kind, way, language, centre=centre, starts_at=MONDAY, reference="QNJ5TQ")
    return words.body


@given(st.text(st.sampled_from("ab{}%$()s._ "), max_size=40))
def test_nothing_but_whole_names_is_ever_filled(text):
    names = own_texts.named_in(text)
    if set(names) <= set(asdict(VALUES)):
        assert own_texts.fill(text, VALUES) == text
    else:
        with pytest.raises(KeyError):
            own_texts.fill(text, VALUES)


@given(st.lists(st.sampled_from([*asdict(VALUES), " ", "x.y", "%s"]), max_size=8))
def test_each_name_is_filled_once_and_what_its_value_holds_is_not_read_again(pieces):
    known = asdict(VALUES)
    text = "".join(f"{{{one}}}" if one in known else one for one in pieces)

    assert own_texts.fill(text, VALUES) == "".join(known.get(one, one) for one in pieces)


def test_every_text_that_is_sent_can_be_said_in_own_words_and_the_usual_ones_fit(app):
    assert set(own_texts.every_key()) <= set(TEXTS)
    for key in own_texts.every_key():
        assert own_texts.fits(key, own_texts.usual(key))


def test_own_words_are_what_people_of_that_region_read_in_that_language_only(app, centre, say):
    before = written(centre, "uk")
    say(OWN)

    assert written(centre) == "Jutro 07.01, 07:00: CIC Poznań. Tel. +48887063112"
    assert written(centre, way=Way(Means.SMS, Mode.FULL)) == (
        "Jutro 07.01, 07:00: CIC Poznan. Tel. +48887063112"
    )
    assert written(centre, "uk") == before
    assert "Jutro" not in written(centre, way=Way(Means.EMAIL, Mode.DISCREET))


def test_changed_words_are_in_use_at_once(app, session, centre, say):
    say(OWN)
    written(centre)
    say("Inaczej: {date}, {time}, {centre}, {phone}")

    assert written(centre).startswith("Inaczej: ")


def test_words_changed_elsewhere_are_read_in_the_next_transaction(app, session, centre, say):
    say(OWN)
    written(centre)
    with db.engine.begin() as another:
        session.rollback()
        another.execute(MessageText.__table__.update().values(text=OWN.replace("Jutro", "Potem")))
    session.rollback()

    assert written(centre).startswith("Potem ")


def test_own_words_that_no_longer_fit_are_passed_over(app, session, centre, say):
    usual = written(centre)
    say("Jutro {date}")

    assert written(centre) == usual


def test_however_many_texts_are_asked_for_own_words_are_read_once(app, session, centre, say):
    say(OWN)
    asked = []
    region_id = centre.region_id

    def note(_connection, _cursor, statement, *_more):
        if "message_text" in statement:
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for key in own_texts.every_key():
            for language in ("pl", "uk", "ka"):
                own_texts.text_of(session, region_id, key, language)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(asked) == 1


def test_back_to_the_usual_words_and_both_on_record_without_words(app, session, centre, say):
    usual = written(centre)
    someone = say(OWN)

    assert own_texts.give_back(session, centre.region_id, KEY, "pl", at=MONDAY, by=someone)
    assert not own_texts.give_back(session, centre.region_id, KEY, "pl", at=MONDAY, by=someone)
    session.commit()

    assert written(centre) == usual
    noted = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.action, one.subject_type, one.actor_id) for one in noted] == [
        ("message_text.changed", "region", someone.id),
        ("message_text.restored", "region", someone.id),
    ]
