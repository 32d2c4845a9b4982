"""The link by which a person manages an appointment: in which messages it is, what it opens."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from cic_cases import scheduler
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.foundation.i18n import PERSON_LOCALES, in_language
from cic_cases.notifications import jobs, manage_links, preview
from cic_cases.notifications.channels import TemporaryFailure
from cic_cases.notifications.kinds import OF_PEOPLE, Kind, Means, Mode
from cic_cases.notifications.models import ManageLink
from cic_cases.people.tokens import digest
from cic_cases.privacy import walls
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

THURSDAY = datetime(2030, 1, 10, 9, tzinfo=UTC)
FRIDAY = THURSDAY + timedelta(days=1)
EVE = datetime(2030, 1, 9, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LINK = re.compile(r"http://127\.0\.0\.1:8000/b/([A-Za-z0-9_-]{43})\?lang=(\w\w)$", re.MULTILINE)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def pile() -> Pile:
    return Pile()


def token_in(text: str) -> str:
    found = LINK.search(text)
    assert found, text
    return found[1]


def links(told: Told) -> int:
    told.session.rollback()
    return told.session.execute(select(func.count()).select_from(ManageLink)).scalar_one()


CARRIED = {
    Kind.BOOKING_CONFIRMATION,
    Kind.REMINDER_DAY_BEFORE,
    Kind.REMINDER_ON_DATE,
    Kind.RESCHEDULED,
    Kind.WAITING_LIST_OFFER,
    Kind.CANCELLED_WITH_PROPOSAL,
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("channel", Means)
@pytest.mark.parametrize("kind", OF_PEOPLE)
def test_only_a_full_mail_about_a_time_of_theirs_carries_it(kind, channel, mode):
    carried = kind in CARRIED and channel is Means.EMAIL and mode is Mode.FULL

    assert manage_links.carries(kind, channel, mode) is carried


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        pytest.param({"email": "person@example.org"}, [True, True], id="mail"),
        pytest.param({"email": None, "phone": "+48600100200"}, [False, False], id="sms"),
        pytest.param({"mode": "discreet"}, [False, False], id="discreet mail"),
    ],
)
def test_what_leaves_holds_the_link_or_not(told, pile, contact, expected):
    told.books(told.person(**contact), THURSDAY, at=MONDAY)
    jobs.send_due(MONDAY, pile)
    jobs.send_due(EVE, pile)

    texts = [getattr(one, "body", None) or one.text for one in pile.letters]
    assert [bool(LINK.search(text)) for text in texts] == expected
    assert [("http" in text) for text in texts] == expected
    assert links(told) == int(any(expected))


def test_a_cancellation_holds_none(told, pile):
    told.cancels(told.books(told.person(), THURSDAY, at=MONDAY), at=MONDAY)
    jobs.send_due(MONDAY, pile)

    [letter] = pile.letters
    assert "http" not in letter.body


def test_a_message_that_is_tried_again_is_the_same_message(told, pile):
    told.books(told.person(), THURSDAY, at=MONDAY)
    letters = []

    class Deaf(Pile):
        def deliver(self, letter):
            letters.append(letter)
            raise TemporaryFailure("no answer")

    jobs.send_due(MONDAY, Deaf())
    jobs.send_due(MONDAY + 2 * MINUTE, pile)

    assert letters[0].body == pile.letters[0].body
    assert links(told) == 1


def test_confirmation_and_reminder_hold_one_link_and_only_its_hash_is_kept(told, pile):
    booking = told.books(told.person(), THURSDAY, at=MONDAY)
    jobs.send_due(MONDAY, pile)
    jobs.send_due(EVE, pile)

    first, second = (token_in(letter.body) for letter in pile.letters)
    assert first == second
    [row] = told.session.scalars(select(ManageLink))
    assert (row.token_hash, row.booking_id, row.booking_version) == (digest(first), booking.id, 1)


def test_every_booking_every_version_and_every_installation_has_its_own(app, told):
    first = told.books(told.person(), THURSDAY, at=MONDAY)
    second = told.books(told.person(), FRIDAY, at=MONDAY)
    seen = {manage_links.link_for(told.session, one, at=MONDAY) for one in (first, second)}
    told.moves(first, FRIDAY + timedelta(hours=1), at=MONDAY)
    seen.add(manage_links.link_for(told.session, first, at=MONDAY))
    app.config["CIC"] = replace(app.config["CIC"], secret_key="u" * 40)
    seen.add(manage_links.link_for(told.session, first, at=MONDAY))

    assert len({token_in(one) for one in seen}) == 4


def test_the_address_is_the_configured_one(app, told):
    app.config["CIC"] = replace(app.config["CIC"], base_url="https://cases.example.org/")
    booking = told.books(told.person(), THURSDAY, at=MONDAY)

    with app.test_request_context(headers={"Host": "evil.example.net"}):
        walls.enter("worker")
        link = manage_links.link_for(told.session, booking, at=MONDAY)

    assert link.startswith("https://cases.example.org/b/")


def changed_address(told: Told) -> None:
    _contact(told, changed_at=MONDAY + MINUTE)


def wants_discreet(told: Told) -> None:
    _contact(told, mode=ContactMode.DISCREET)


def erased(told: Told) -> None:
    _contact(told, mode=ContactMode.NONE, email_sealed=None)


def _contact(told: Told, **values: object) -> None:
    told.session.execute(update(Contact).values(values))
    told.session.commit()


@pytest.mark.parametrize("happen", [changed_address, wants_discreet, erased])
def test_a_mailbox_that_was_given_up_holds_no_working_link(told, pile, happen):
    told.books(told.person(), THURSDAY, at=MONDAY)
    jobs.send_due(MONDAY, pile)
    token = token_in(pile.letters[0].body)
    assert manage_links.opened(told.session, token) is not None

    happen(told)

    told.session.expire_all()
    assert manage_links.opened(told.session, token) is None


def test_the_reminder_to_a_new_address_holds_a_link_that_works(told, pile):
    told.books(told.person(), THURSDAY, at=MONDAY)
    jobs.send_due(MONDAY, pile)
    changed_address(told)
    jobs.send_due(EVE, pile)

    old, new = (token_in(letter.body) for letter in pile.letters)
    assert old != new
    assert manage_links.opened(told.session, old) is None
    assert manage_links.opened(told.session, new) is not None


def test_links_of_visits_long_over_are_swept_away_and_no_others(app, told, clock):
    for start in (THURSDAY, THURSDAY + timedelta(days=1)):
        booking = told.books(told.person(), start, at=MONDAY)
        manage_links.link_for(told.session, booking, at=MONDAY)
        told.session.commit()
    clock.at = THURSDAY + manage_links.KEPT
    scheduler.tidy(app)
    assert links(told) == 2

    clock.at += timedelta(hours=1)
    scheduler.tidy(app)

    told.session.rollback()
    assert list(told.session.scalars(select(ManageLink.booking_id))) == [booking.id]


def test_a_preview_shows_where_the_link_will_be_and_no_token(told):
    shown = preview.of_slot(
        told.session,
        case_id=told.person(),
        centre_id=told.centre.id,
        starts_at=THURSDAY,
        language="en",
        at=MONDAY,
    )

    assert [one.text.splitlines()[-1] for one in shown] == [
        "http://127.0.0.1:8000/b/···?lang=en"
    ] * 2
    assert links(told) == 0


@pytest.mark.parametrize("kind", sorted(CARRIED))
@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_the_link_stands_on_a_line_of_its_own_so_that_nothing_clings_to_it(
    app, session, language, kind
):
    with in_language(language):
        sentence, address = manage_links.line(kind, "https://cases.example.org/b/x").splitlines()

    assert address == "https://cases.example.org/b/x"
    assert sentence.endswith(":")
