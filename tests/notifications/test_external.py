"""The reminder of an appointment elsewhere: on the eve, and silent about where and what for."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.cases import service as cases
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.cases.rules import ContactWish
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import jobs, queries
from cic_cases.notifications.channels import TextMessage
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Message
from cic_cases.visits import external
from cic_cases.visits.statuses import ExternalStatus
from tests.conftest import Clock
from tests.errand import HOUR, Errand
from tests.factory import Factory
from tests.notifications.people import Pile

DAY = timedelta(days=1)
ADDRESS, PHONE = "person@example.org", "+48600100200"
NEVER_SAID = ("Counter", "wuw", "Wolno", "Przyk", "O.M.")


@pytest.fixture
def errand(make: Factory, clock: Clock) -> Errand:
    errand = Errand.of(make, clock)
    errand.tomorrow += DAY  # on Wednesday: the reminder leaves on Tuesday at 10:00 in Warsaw
    return errand


@pytest.fixture
def pile() -> Pile:
    return Pile()


def rows(errand: Errand) -> list[tuple[str, str, int]]:
    """Kind, state and version of every message, as the database has them now."""
    errand.session.rollback()
    wanted = select(Message).order_by(Message.due_at, Message.channel, Message.booking_version)
    found = errand.session.scalars(wanted.execution_options(populate_existing=True))
    return [(one.kind.value, one.state.value, one.booking_version) for one in found]


def on_the_eve(errand: Errand):
    return errand.tomorrow - 25 * HOUR


def test_it_is_planned_for_the_eve_at_the_centres_time_by_every_way(errand: Errand):
    errand.make.contact(errand.case, email=ADDRESS, phone=PHONE)

    noted = errand.note()

    planned = queries.of_external(errand.session, noted.id)
    assert {(one.kind, one.channel, one.mode) for one in planned} == {
        (Kind.REMINDER_EXTERNAL, Means.EMAIL, Mode.FULL),
        (Kind.REMINDER_EXTERNAL, Means.SMS, Mode.FULL),
    }
    assert {one.due_at for one in planned} == {on_the_eve(errand)}
    assert {(one.booking_id, one.language) for one in planned} == {(None, "uk")}


@pytest.mark.parametrize("mode", ["none", None])
def test_people_without_a_way_get_no_row(errand: Errand, mode):
    if mode is not None:
        errand.make.contact(errand.case, mode)

    errand.note()

    assert rows(errand) == []


def test_it_leaves_as_a_mail_without_a_calendar_entry_and_as_an_sms(errand: Errand, pile: Pile):
    errand.make.contact(errand.case, email=ADDRESS, phone=PHONE)
    errand.note(language="en", assistant_id=errand.assistant.id)
    jobs.send_due(on_the_eve(errand) - timedelta(minutes=1), pile)
    assert pile.letters == []

    jobs.send_due(on_the_eve(errand), pile)

    letter = next(one for one in pile.letters if isinstance(one, Letter))
    sms = next(one for one in pile.letters if isinstance(one, TextMessage))
    said = (
        "CIC Poznań: tomorrow, 09.01 at 11:00, you have an appointment outside the Centre."
        " Questions: +48887063112."
    )
    assert (letter.subject, letter.body, letter.calendar) == ("Reminder", said, None)
    assert sms.text == said.replace("ń", "n")
    assert rows(errand) == [("reminder_external", "sent", 1)] * 2


@pytest.mark.parametrize("mode", ["full", "discreet"])
@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru", "es", "tr", "ka", "az"])
def test_it_never_says_where_with_whom_or_what_for(errand: Errand, pile: Pile, mode, language):
    errand.make.contact(errand.case, mode, email=ADDRESS, phone=PHONE)
    errand.note(language=language, assistant_id=errand.assistant.id)

    jobs.send_due(on_the_eve(errand), pile)

    assert len(pile.letters) == 2
    for one in pile.letters:
        said = repr(vars(one) if hasattr(one, "__dict__") else one)
        assert [word for word in NEVER_SAID if word.casefold() in said.casefold()] == []
        assert "09.01" in said
        assert "11:00" in said
        assert ("CIC" in said) is (mode == "full")
        assert ("cic@example.org" in said) is (mode == "full" and isinstance(one, Letter))


def test_a_move_voids_the_old_reminder_and_plans_the_new(errand: Errand, pile: Pile):
    errand.make.contact(errand.case, email=ADDRESS)
    noted = errand.note()

    errand.move(noted, errand.tomorrow + DAY)

    assert rows(errand) == [
        ("reminder_external", "superseded", 1),
        ("reminder_external", "pending", 2),
    ]
    jobs.send_due(on_the_eve(errand), pile)
    assert pile.letters == []
    jobs.send_due(on_the_eve(errand) + DAY, pile)
    assert len(pile.letters) == 1


def test_other_company_at_the_same_time_keeps_the_reminder(errand: Errand, pile: Pile):
    errand.make.contact(errand.case, email=ADDRESS)
    noted = errand.note(company=True)

    errand.move(noted, assistant_id=errand.assistant.id)

    assert rows(errand) == [("reminder_external", "pending", 2)]
    jobs.send_due(on_the_eve(errand), pile)
    assert len(pile.letters) == 1


def test_nobody_is_reminded_of_what_was_cancelled(errand: Errand, pile: Pile):
    errand.make.contact(errand.case, email=ADDRESS)
    errand.cancel(errand.note())

    jobs.send_due(on_the_eve(errand), pile)

    assert rows(errand) == [("reminder_external", "superseded", 1)]
    assert pile.letters == []


def test_a_reminder_that_is_late_is_checked_again_before_it_leaves(errand: Errand, pile: Pile):
    errand.make.contact(errand.case, email=ADDRESS)
    noted = errand.note()
    in_transaction(
        external.set_outcome,
        noted.reference,
        ExternalStatus.DONE,
        scope=errand.scope,
        at=errand.tomorrow,
        by=errand.by,
    )

    jobs.send_due(on_the_eve(errand), pile)

    assert rows(errand) == [("reminder_external", "superseded", 1)]
    assert pile.letters == []


def test_the_evening_of_the_eve_is_too_late_for_a_reminder(errand: Errand):
    errand.make.contact(errand.case, email=ADDRESS)
    errand.clock.at = on_the_eve(errand)

    errand.note()

    assert rows(errand) == []


def test_the_reminder_follows_the_way_the_person_wants_to_be_told(errand: Errand, pile: Pile):
    def wants(mode: ContactMode, **given: str) -> None:
        wish = ContactWish(mode=mode, phone=given.get("phone", ""), email=given.get("email", ""))
        centre_id, by = errand.centre.id, errand.by
        in_transaction(
            cases.set_contact, errand.case.id, wish, centre_id=centre_id, at=errand.clock.at, by=by
        )

    errand.note()
    assert rows(errand) == []

    wants(ContactMode.DISCREET, email=ADDRESS)
    assert rows(errand) == [("reminder_external", "pending", 1)]
    wants(ContactMode.NONE)
    assert rows(errand) == [("reminder_external", "superseded", 1)]
    wants(ContactMode.FULL, email="other@example.org")
    assert rows(errand) == [("reminder_external", "pending", 1)]

    jobs.send_due(on_the_eve(errand), pile)
    [letter] = pile.letters
    assert letter.recipient == "other@example.org"
    assert len(errand.session.scalars(select(Contact)).all()) == 1
    assert State.SENT.value in rows(errand)[0]
