"""The ledger on the pages: what became of each message, how it reads, and what can be done."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from cic_cases.bookings.models import BookingTrace
from cic_cases.bookings.statuses import Happening
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications import jobs, manage_links
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.models import (
    ManageLink,
    MessageText,
    Report,
    Resending,
    TryOutcome,
    WhyAgain,
)
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Role
from tests.conftest import MONDAY
from tests.notifications.people import Pile
from tests.notifications.tried import BOTH, MINUTE, WEDNESDAY, Tried


@pytest.fixture
def told(make) -> Tried:
    return Tried(make)


@pytest.fixture
def reception(make, told, client_of):
    return client_of(make.staff("reception", told.centre, language="en"))


def page_of(message, **more):
    asked = "&".join(f"{name}={value}" for name, value in more.items())
    return f"/messages/{message.id}?{asked}"


def main(answer):
    return answer.text.partition("<main")[2]


def phone(answer):
    """What stands on the phone, without the tags."""
    screen = answer.text.partition('class="handset-screen"')[2].partition("</figure>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", screen.partition(">")[2]))


SAID = {
    "planned": (
        lambda t, m: t.stands(m, State.PENDING, due_at=WEDNESDAY),
        ["planned", "Leaves Wed 9.01, 09:00."],
    ),
    "tried in vain": (
        lambda t, m: t.waits(m),
        [
            "waits for another try",
            "The next try is today 07:10.",
            "The mail server does not answer.",
            "Nothing to do: what waits leaves by itself.",
        ],
    ),
    "nobody sends": (
        lambda t, m: t.stands(m, State.PENDING, due_at=MONDAY - 60 * MINUTE),
        [
            "late",
            "Should have left today 06:00.",
            "The program that sends messages does not run.",
            "Tell the administrator.",
        ],
    ),
    "sent": (lambda t, m: t.sent(m), ["Left today 07:00. Nobody reports"]),
    "arrived": (
        lambda t, m: t.sent(m, report=Report.DELIVERED),
        ["delivered", "it arrived today 07:01."],
    ),
    "a wrong address": (
        lambda t, m: t.fails(m),
        ["not sent", "The address does not exist.", "Ask the person for the right address."],
    ),
    "poison": (
        lambda t, m: t.fails(m, "unexpected KeyError"),
        ["set aside", "Tell the administrator, and tell the person another way."],
    ),
    "nobody knows": (
        lambda t, m: (t.tried(m, TryOutcome.UNKNOWN), t.stands(m, State.UNKNOWN)),
        ["perhaps sent", "Nobody can say whether it arrived.", "it may arrive twice"],
    ),
    "withdrawn": (lambda t, m: t.stands(m, State.SUPERSEDED), ["withdrawn"]),
    "too late": (lambda t, m: t.stands(m, State.EXPIRED), ["too late, not sent"]),
}


@pytest.mark.parametrize("name", SAID)
def test_the_appointment_and_the_message_say_in_plain_words_what_happened(told, reception, name):
    happen, expected = SAID[name]
    booking = told.booked()
    message = told.message(booking)
    happen(told, message)

    for address in (f"/bookings/{show(booking.reference)}", page_of(message)):
        answer = reception.get(address)
        assert answer.status_code == 200
        for words in expected:
            assert words in main(answer), words
        assert BOTH["email"] not in answer.text
        assert BOTH["phone"] not in answer.text


def test_messages_of_an_older_version_are_folded_away(told, reception):
    booking = told.booked()
    told.moves(booking, WEDNESDAY.replace(hour=11), at=MONDAY)

    answer = reception.get(f"/bookings/{show(booking.reference)}")
    assert "4 messages from before the last change" in answer.text
    assert main(answer).count("withdrawn") == 4


def reworded(told, key="booking_confirmation", at=MONDAY):
    """The region wrote this text in its own words."""
    told.make.save(
        MessageText(
            region_id=told.centre.region_id,
            key=key,
            language="uk",
            text="Own words: %(date)s, %(time)s, %(phone)s.",
            changed_at=at,
            by_id=told.staff_id,
        )
    )


@pytest.mark.parametrize("own_words", [False, True])
@pytest.mark.parametrize("mode", ["full", "discreet"])
@pytest.mark.parametrize("channel", Means)
def test_the_preview_is_what_leaves_to_the_letter(told, reception, channel, mode, own_words):
    booking = told.booked(mode=mode)
    message = told.message(booking, channel)
    if own_words:
        reworded(told, "booking_confirmation" if mode == "full" else "discreet_confirmation")
    shown = phone(reception.get(page_of(message)))
    told.session.rollback()

    pile = Pile()
    jobs.send_due(MONDAY, pile)
    [letter] = [one for one in pile.letters if hasattr(one, "text") is (channel is Means.SMS)]
    words = letter.text if channel is Means.SMS else f"{letter.subject} {letter.body}"
    token = re.search(r"/b/([^?]+)", words)
    if token:
        words = words.replace(token[1], manage_links.NOBODYS)
    assert re.sub(r"\s+", " ", words).replace("&", "&amp;") in shown.replace("&#39;", "'")


def test_no_preview_ever_shows_or_makes_a_link(told, reception):
    message = told.message(told.booked())
    answer = reception.get(page_of(message))

    assert f"/b/{manage_links.NOBODYS}" in answer.text
    assert "Only the person ever has it." in answer.text
    assert told.session.scalars(select(ManageLink)).all() == []


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_every_language_is_one_link_away_and_marked_as_such(told, reception, language):
    message = told.message(told.booked(), Means.SMS)
    own = reception.get(page_of(message))
    address = f"/messages/{message.id}?by=sms&amp;mode=full&amp;in={language}"
    assert address in own.text

    answer = reception.get(page_of(message, by="sms", mode="full", **{"in": language}))
    assert f'class="handset-screen" lang="{language}"' in answer.text
    assert "09.01" in phone(answer)
    assert ("This is how it would read." in answer.text) is (language != "uk")


def test_an_sms_says_how_many_parts_and_letters_it_is(told, reception):
    message = told.message(told.booked(), Means.SMS)
    cyrillic = phone(reception.get(page_of(message)))
    plain = phone(reception.get(page_of(message, by="sms", mode="discreet", **{"in": "en"})))

    assert re.search(r"[23] parts · \d+ of (134|201) characters · all letters", cyrillic)
    assert re.search(r"1 part · \d+ of 160 characters · plain letters", plain)


def test_nothing_is_shown_where_nothing_is_said(told, reception):
    booking = told.booked()
    told.cancels(booking, at=MONDAY)
    message = told.message(booking, kind=Kind.CANCELLED_ON_REQUEST)

    answer = reception.get(page_of(message, by="sms", mode="discreet"))
    assert "Nothing is sent this way." in answer.text
    assert 'class="handset-frame"' not in answer.text


def test_a_way_that_is_not_set_up_says_so(app, told, reception):
    message = told.message(told.booked())
    assert "not set up here" not in reception.get(page_of(message)).text
    app.config["CIC"] = replace(app.config["CIC"], sms_url="", mail_from_neutral="")

    for by, mode in (("sms", "full"), ("email", "discreet")):
        answer = reception.get(page_of(message, by=by, mode=mode))
        assert "This way is not set up here: nothing leaves by it." in answer.text
    assert "no sender is set" in answer.text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [({"in": "xx"}, "uk"), ({"by": "pigeon", "mode": "full"}, "uk"), ({"by": "sms"}, "uk")],
)
def test_what_cannot_be_asked_for_shows_the_message_itself(told, reception, asked, shown):
    answer = reception.get(page_of(told.message(told.booked()), **asked))

    assert f'class="handset-screen" lang="{shown}"' in answer.text
    assert "This is how it would read." not in answer.text


def test_of_an_older_version_the_time_is_shown_that_it_told_of(told, reception, make):
    booking = told.booked()
    message = told.message(booking)
    told.sent(message)
    told.moves(booking, WEDNESDAY.replace(hour=13, minute=20), at=MONDAY)
    unsure = reception.get(page_of(message))
    assert "with the time it has now" in unsure.text
    assert "13:20" in phone(unsure)
    make.save(
        BookingTrace(
            booking_id=booking.id,
            version=1,
            happening=Happening.MADE,
            status=booking.status,
            starts_at=WEDNESDAY,
            staff_id=booking.staff_id,
            at=MONDAY,
            by_id=booking.staff_id,
        )
    )

    sure = reception.get(page_of(message))
    assert "with the time it had then: Wed 9.01, 09:00." in sure.text
    assert "09:00" in phone(sure)
    assert "13:20" not in phone(sure)


@pytest.mark.parametrize(("after", "noted"), [(MINUTE, True), (-MINUTE, False)])
def test_words_that_changed_after_it_left_are_noted(told, reception, after, noted):
    message = told.message(told.booked())
    told.sent(message)
    reworded(told, at=MONDAY + after)

    changed = "The person has the words from before." in reception.get(page_of(message)).text
    assert changed is noted


def test_more_tries_cost_no_more_statements(told, reception):
    message = told.message(told.booked())

    def cost() -> int:
        sent: list[str] = []

        def note(*about: object) -> None:
            sent.append(str(about[2]))

        db.session.rollback()
        event.listen(db.engine, "before_cursor_execute", note)
        assert reception.get(page_of(message)).status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        return len([one for one in sent if one.startswith("SELECT")])

    told.fails(message)
    reception.get(page_of(message))
    with_one = cost()
    for _ in range(4):
        told.fails(message)
        told.make.save(
            Resending(message_id=message.id, why=WhyAgain.DELETED, at=MONDAY, by_id=told.staff_id)
        )
    assert cost() <= with_one  # what the test itself has read is not read again


@pytest.mark.parametrize("role", Role)
def test_who_may_read_a_message_is_who_may_see_the_appointment(told, make, client_of, role):
    message = told.message(told.booked())
    where = {"region": make.region()} if role is Role.REGION else {"centre": told.centre}
    stranger = client_of(make.staff(role, **where)).get(page_of(message))
    elsewhere = client_of(make.staff(role, make.centre("leszno"))).get(page_of(message))

    whole = POLICY["message.see"].get(role) == "centre"
    assert stranger.status_code == (200 if whole else 404)
    assert elsewhere.status_code == 404
