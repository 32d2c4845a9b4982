"""From what happens to a booking to rows of the outbox, in the same transaction."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from cic_cases.bookings.events import BookingMade
from cic_cases.bookings.models import Booking
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.events import ContactChanged
from cic_cases.cases.models import Contact
from cic_cases.notifications import jobs, planning, preview
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message
from cic_cases.privacy.vault import seal
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told, without_secrets

WARSAW = ZoneInfo("Europe/Warsaw")
THURSDAY = datetime(2030, 1, 10, 9, tzinfo=WARSAW)
FRIDAY = THURSDAY + timedelta(days=1)
BOTH = {"email": "person@example.org", "phone": "+48600100200"}


@pytest.fixture
def told(make) -> Told:
    return Told(make)


def lines(told: Told, state: State | None = None) -> list[str]:
    """«kind channel version state due», in local time."""
    return [
        f"{m.kind} {m.channel} v{m.booking_version} {m.state}"
        f" {m.due_at.astimezone(WARSAW):%d.%m %H:%M}"
        for m in told.messages()
        if state is None or m.state is state
    ]


def change(told: Told, case_id: int, *, at: datetime, **columns: object) -> None:
    """What `cases.service.set_contact` does to the row, and what it tells."""
    contact = told.session.query(Contact).filter_by(case_id=case_id).one()
    for name, value in columns.items():
        sealed = value and seal(
            str(value), table="contact", row=contact.id, column=f"{name}_sealed"
        )
        setattr(
            contact,
            name if name == "mode" else f"{name}_sealed",
            value if name == "mode" else sealed,
        )
    told.session.flush()
    planning.on_contact_changed(told.session, ContactChanged(case_id, at))
    told.session.commit()


def test_a_booking_is_confirmed_at_once_and_reminded_on_the_eve(told):
    booking = told.books(told.person(**BOTH), THURSDAY, at=MONDAY)

    assert lines(told) == [
        "booking_confirmation email v1 pending 07.01 07:00",
        "booking_confirmation sms v1 pending 07.01 07:00",
        "reminder_day_before email v1 pending 09.01 10:00",
        "reminder_day_before sms v1 pending 09.01 10:00",
    ]
    assert {m.expires_at for m in told.messages()} == {
        booking.starts_at,
        datetime(2030, 1, 9, 20, tzinfo=WARSAW),
    }


@pytest.mark.parametrize(
    ("language", "reads", "written"),
    [
        pytest.param("ka", "uk", "ka", id="the language of the visit"),
        pytest.param("hi", "tr", "tr", id="no texts in it: the person's language"),
        pytest.param("hi", "hi", "en", id="no texts in either: English"),
    ],
)
def test_the_language_of_a_message(told, language, reads, written):
    told.books(told.person(language=reads), THURSDAY, at=MONDAY, language=language)

    assert {m.language for m in told.messages()} == {written}


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param({"mode": "none", "email": None}, id="wants none"),
        pytest.param({"mode": "full", "email": None}, id="gave no address"),
    ],
)
def test_nothing_is_planned_for_people_told_at_reception(told, contact):
    told.books(told.person(**contact), THURSDAY, at=MONDAY)

    assert lines(told) == []


def test_nothing_discreet_leaves_by_mail_without_a_neutral_sender(app, told):
    app.config["CIC"] = replace(app.config["CIC"], mail_from_neutral="")

    told.books(told.person("discreet", **BOTH), THURSDAY, at=MONDAY)

    assert {m.channel for m in told.messages()} == {"sms"}


def test_moving_voids_what_is_pending_and_plans_for_the_new_time(told):
    booking = told.books(told.person(), THURSDAY, at=MONDAY)
    told.moves(booking, FRIDAY, at=MONDAY + timedelta(hours=1))

    assert lines(told) == [
        "booking_confirmation email v1 superseded 07.01 07:00",
        "rescheduled email v2 pending 07.01 08:00",
        "reminder_day_before email v1 superseded 09.01 10:00",
        "reminder_day_before email v2 pending 10.01 10:00",
    ]


@pytest.mark.parametrize(
    ("mode", "who", "last"),
    [
        ("full", "centre", "cancelled_by_centre"),
        ("full", "person", "cancelled_on_request"),
        ("discreet", "centre", "cancelled_by_centre"),
        ("discreet", "person", None),
    ],
)
def test_cancelling_leaves_only_the_news_of_it(told, mode, who, last):
    booking = told.books(told.person(mode), THURSDAY, at=MONDAY)
    told.cancels(booking, at=MONDAY + timedelta(hours=1), who=who)

    pending = [m.kind for m in told.messages() if m.state is State.PENDING]
    assert pending == ([Kind(last)] if last else [])


def test_a_refused_booking_leaves_no_message(told):
    case_id = told.person()
    booking = told.books(case_id, THURSDAY, at=MONDAY)
    told.session.execute(delete(Message))
    told.session.commit()

    planning.on_made(told.session, BookingMade(booking.id, MONDAY))
    told.session.rollback()

    assert lines(told) == []


def test_an_erased_contact_withdraws_and_a_new_one_brings_back(told):
    case_id = told.person()
    told.books(case_id, THURSDAY, at=MONDAY)

    change(told, case_id, at=MONDAY, mode=ContactMode.NONE, email=None)
    assert lines(told, State.PENDING) == []

    change(told, case_id, at=MONDAY, mode=ContactMode.DISCREET, phone="+48600100200")
    assert lines(told, State.PENDING) == ["reminder_day_before sms v1 pending 09.01 10:00"]

    change(told, case_id, at=MONDAY, mode=ContactMode.FULL, email="new@example.org")
    assert lines(told, State.PENDING) == [
        "reminder_day_before email v1 pending 09.01 10:00",
        "reminder_day_before sms v1 pending 09.01 10:00",
    ]
    assert {m.mode for m in told.messages() if m.state is State.PENDING} == {"full"}


def test_an_unsent_confirmation_follows_the_person_to_another_channel(told):
    case_id = told.person()
    told.books(case_id, THURSDAY, at=MONDAY)

    change(told, case_id, at=MONDAY, email=None, phone="+48600100200")

    assert lines(told, State.PENDING) == [
        "booking_confirmation sms v1 pending 07.01 07:00",
        "reminder_day_before sms v1 pending 09.01 10:00",
    ]


def test_the_preview_is_what_arrives(told):
    """Same words by mail and SMS, once the reference is known."""
    case_id = told.person(**BOTH)
    booking = told.books(case_id, THURSDAY, at=MONDAY)
    shown = preview.of_slot(
        told.session,
        case_id=case_id,
        centre_id=told.centre.id,
        starts_at=THURSDAY,
        language="uk",
        reference=booking.reference,
        at=MONDAY,
    )
    pile = Pile()

    jobs.send_due(MONDAY, pile)
    jobs.send_due(datetime(2030, 1, 9, 10, tzinfo=WARSAW), pile)

    arrived = {without_secrets(letter) for letter in pile.letters}
    assert len(shown) == 4
    assert {message.text for message in shown} == arrived
    assert [f"{m.kind} {m.channel} {m.due_at:%d.%m}" for m in shown] == [
        "booking_confirmation email 07.01",
        "booking_confirmation sms 07.01",
        "reminder_day_before email 09.01",
        "reminder_day_before sms 09.01",
    ]


@pytest.mark.parametrize(("mode", "way"), [("full", "message"), ("none", "reception")])
def test_the_way_of_telling(told, mode, way):
    case_id = told.person(mode, email="person@example.org" if mode == "full" else None)
    contact = told.session.query(Contact).filter_by(case_id=case_id).one()

    assert preview.way_of_telling(contact) == way
    assert preview.way_of_telling(None) == "reception"


moments = st.timedeltas(timedelta(hours=1), timedelta(days=12))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("move"), moments),
        st.tuples(st.just("cancel"), st.sampled_from(["person", "centre"])),
        st.tuples(st.just("wait"), st.timedeltas(timedelta(minutes=1), timedelta(days=4))),
        st.tuples(st.just("outage"), st.timedeltas(timedelta(minutes=1), timedelta(days=1))),
        st.tuples(st.just("contact"), st.sampled_from(list(ContactMode))),
    ),
    max_size=7,
)


class Life:
    """One booking through whatever happens; the post of its street is watched."""

    def __init__(self, told: Told, ahead: timedelta) -> None:
        self.told, self.at = told, MONDAY
        self.case_id = told.person(**BOTH)
        self.booking: Booking = told.books(self.case_id, MONDAY + ahead, at=MONDAY)
        self.pile = Pile()

    def step(self, what: str, how: object) -> None:
        over = self.booking.status == "cancelled" or self.at >= self.booking.starts_at
        if what == "wait" and isinstance(how, timedelta):
            self.at += how
        elif what == "outage" and isinstance(how, timedelta):
            self.pile.fails = jobs.TemporaryFailure("away")
            jobs.send_due(self.at, self.pile)
            self.pile.fails = None
            self.at += how
        elif what == "contact":
            kept = {} if how is ContactMode.NONE else BOTH
            addresses = {"email": None, "phone": None} | kept
            change(self.told, self.case_id, at=self.at, mode=how, **addresses)
        elif what == "move" and isinstance(how, timedelta) and not over:
            self.told.moves(self.booking, self.at + how, at=self.at)
        elif what == "cancel" and not over:
            self.told.cancels(self.booking, at=self.at, who=str(how))

    def post_comes(self) -> None:
        """Everything due is sent, and what was sent was worth it at that moment."""
        before = {m.id for m in self.told.messages(self.booking) if m.state is State.SENT}
        jobs.send_due(self.at, self.pile)
        for message in self.told.messages(self.booking):
            if message.state is not State.SENT or message.id in before:
                continue
            assert message.due_at <= self.at < message.expires_at
            if message.kind is Kind.REMINDER_DAY_BEFORE:
                here = self.at.astimezone(WARSAW)
                assert 8 <= here.hour < 20
                starts = self.booking.starts_at.astimezone(WARSAW)
                assert here.date() == starts.date() - timedelta(days=1)
            assert message.booking_version == self.booking.version


@pytest.mark.sqlite_only
@given(ahead=moments, happens=steps)
def test_whatever_happens_nothing_wrong_is_planned_or_sent(told, ahead, happens):
    life = Life(told, ahead)
    for what, how in [*happens, ("wait", timedelta())]:
        life.step(what, how)
        _plan_is_sound(told.messages(life.booking), life.booking)
        life.post_comes()


def _plan_is_sound(messages: list[Message], booking: Booking) -> None:
    live = [m for m in messages if m.state is State.PENDING]
    keys = [(m.booking_version, m.kind, m.channel) for m in live]
    assert len(keys) == len(set(keys))
    for message in live:
        assert message.booking_version == booking.version
        assert message.due_at < message.expires_at <= booking.starts_at
        if message.kind is Kind.REMINDER_DAY_BEFORE:
            assert 8 <= message.due_at.astimezone(WARSAW).hour < 20
        if booking.status == "cancelled":
            assert message.kind.startswith("cancelled")


def test_times_are_kept_in_utc(told):
    told.books(told.person(), THURSDAY, at=MONDAY)

    assert {m.due_at.tzinfo for m in told.messages()} == {UTC}
