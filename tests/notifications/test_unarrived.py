"""What did not arrive, by trouble: who is on the morning list, and who no longer is."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from cic_cases.bookings.statuses import Status
from cic_cases.foundation.codes import new_reference
from cic_cases.foundation.db import db
from cic_cases.notifications import external, unarrived
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.models import Call, CallOutcome, Message, Report, TryOutcome
from cic_cases.notifications.troubles import Trouble
from cic_cases.visits.events import ExternalNoted
from cic_cases.visits.models import ExternalAppointment
from cic_cases.visits.statuses import ExternalStatus
from tests.conftest import MONDAY
from tests.notifications.tried import MAIL, MINUTE, WEDNESDAY, Tried

HOUR = timedelta(hours=1)
AT = MONDAY + 2 * HOUR


class Morning(Tried):
    """The coordinator of Poznań at nine."""

    def __init__(self, make) -> None:
        super().__init__(make)
        self.by = make.actor(make.staff("coordinator", self.centre))

    def list(self, at=AT, by=None):
        self.session.rollback()
        scope = (by or self.by).scope("message.failed")
        groups = unarrived.unarrived(self.session, scope, at)
        assert unarrived.number(self.session, scope, at) == unarrived.people(groups)
        return groups

    def troubles(self, at=AT):
        return [(one.trouble, one.channel, len(one.messages)) for one in self.list(at)]

    def told_by_phone(self, booking, version=None):
        self.make.save(
            Call(
                booking_id=booking.id,
                version=version or booking.version,
                outcome=CallOutcome.TOLD,
                at=MONDAY,
                by_id=self.by.id,
            )
        )


@pytest.fixture
def morning(make) -> Morning:
    return Morning(make)


def unknown(m: Morning, message) -> None:
    m.tried(message, TryOutcome.UNKNOWN)
    m.stands(message, State.UNKNOWN)


def undelivered(m: Morning, message) -> None:
    m.sent(message, report=Report.UNDELIVERED)
    m.stands(message, State.FAILED)


def arrived_late(m: Morning, message) -> None:
    """The report of a failure came first, and then that of the delivery."""
    undelivered(m, message)
    m.stands(message, State.SENT, delivered_at=MONDAY)


LISTED = {
    "refused": (lambda m, x: m.fails(x), Trouble.WRONG_ADDRESS),
    "nobody knows": (unknown, Trouble.UNKNOWN),
    "the operator says no": (undelivered, Trouble.NOT_DELIVERED),
    "waits for the server": (lambda m, x: m.waits(x), Trouble.NO_ANSWER),
    "waits and was never tried": (lambda m, x: None, Trouble.NOBODY_SENDS),
    "sent": (lambda m, x: m.sent(x), None),
    "arrived after all": (arrived_late, None),
    "withdrawn": (lambda m, x: m.stands(x, State.SUPERSEDED), None),
    "too late": (lambda m, x: m.stands(x, State.EXPIRED), None),
}


@pytest.mark.parametrize("name", LISTED)
def test_what_did_not_arrive_is_listed_by_its_trouble(morning: Morning, name: str):
    happen, expected = LISTED[name]
    message = morning.message(morning.booked(MAIL))
    happen(morning, message)

    assert morning.troubles() == ([(expected, Means.EMAIL, 1)] if expected else [])


@pytest.mark.parametrize(("waited", "listed"), [(HOUR - MINUTE, 0), (HOUR, 1)])
def test_what_waits_is_listed_after_an_hour(morning: Morning, waited, listed):
    morning.waits(morning.message(morning.booked(MAIL)))

    assert len(morning.list(MONDAY + waited)) == listed


def test_one_trouble_of_one_channel_is_one_group_since_its_first_try(morning: Morning):
    for minutes in (20, 10, 30):
        morning.waits(morning.message(morning.booked(MAIL)), at=MONDAY + minutes * MINUTE)
    morning.fails(morning.message(morning.booked(MAIL)))

    wrong, silent = morning.list()
    assert (wrong.trouble, wrong.waits, wrong.to_call) == (Trouble.WRONG_ADDRESS, 0, 0)
    assert (silent.trouble, silent.waits) == (Trouble.NO_ANSWER, 3)
    assert silent.since == MONDAY + 10 * MINUTE


def test_a_message_sent_again_waits_since_then(morning: Morning):
    message = morning.message(morning.booked(MAIL))
    morning.fails(message)
    morning.stands(message, State.PENDING, failure=None, due_at=MONDAY + HOUR, attempts=0)

    [group] = morning.list(MONDAY + 2 * HOUR)
    assert (group.trouble, group.since) == (Trouble.NOBODY_SENDS, MONDAY + HOUR)


def test_who_was_told_another_way_is_said_and_not_counted(morning: Morning):
    booking = morning.booked()
    morning.fails(morning.message(booking))
    morning.sent(morning.message(booking, Means.SMS))

    [group] = morning.list()
    assert [one.otherwise for one in group.messages] == [True]
    assert unarrived.people([group]) == 0


def test_who_is_on_the_call_list_is_said(morning: Morning):
    booking = morning.booked()
    for channel in Means:
        morning.fails(morning.message(booking, channel))

    groups = morning.list()
    assert [(one.to_call, one.phone) for group in groups for one in group.messages] == [
        (True, True)
    ] * 2
    assert {one.reference for group in groups for one in group.messages} == {booking.reference}


def moved(m: Morning, booking) -> None:
    m.moves(booking, WEDNESDAY + timedelta(days=1), at=AT)


def cancelled(m: Morning, booking) -> None:
    m.cancels(booking, at=AT)


def came(m: Morning, booking) -> None:
    booking.status = Status.DONE
    m.session.commit()


SETTLED = {
    "told by telephone": Morning.told_by_phone,
    "moved": moved,
    "cancelled": cancelled,
    "the visit is over": came,
}


@pytest.mark.parametrize("name", SETTLED)
def test_what_is_settled_leaves_the_list(morning: Morning, name: str):
    booking = morning.booked(MAIL)
    morning.fails(morning.message(booking))
    assert len(morning.list()) == 1
    SETTLED[name](morning, booking)

    assert [one.trouble for one in morning.list()] == []


def test_a_call_about_an_older_version_settles_nothing(morning: Morning):
    booking = morning.booked(MAIL)
    morning.told_by_phone(booking)
    moved(morning, booking)
    morning.fails(morning.message(booking, kind=Kind.RESCHEDULED))

    assert len(morning.list(AT + MINUTE)) == 1


def test_when_the_appointment_begins_the_list_is_empty(morning: Morning):
    morning.fails(morning.message(morning.booked(MAIL)))

    assert len(morning.list(WEDNESDAY - MINUTE)) == 1
    assert morning.list(WEDNESDAY) == []


def test_an_appointment_elsewhere_is_listed_too(morning: Morning, make):
    case_id = morning.person(**MAIL)
    noted = ExternalAppointment(
        reference=new_reference(),
        case_id=case_id,
        centre_id=morning.centre.id,
        place_id=make.place().id,
        starts_at=WEDNESDAY,
        ends_at=WEDNESDAY + HOUR,
        language="uk",
        calendar_uid=str(uuid.uuid4()),
        made_at=MONDAY,
        made_by=morning.staff_id,
    )
    make.save(noted)
    external.on_noted(morning.session, ExternalNoted(noted.id, MONDAY))
    morning.session.commit()
    eve = WEDNESDAY.replace(day=8, hour=10)
    [reminder] = morning.session.scalars(select(Message)).all()
    morning.fails(reminder, at=eve)

    [group] = morning.list(eve)
    [one] = group.messages
    assert (one.reference, one.what) == (noted.reference, What.OUTSIDE)
    assert (one.city, one.phone, one.to_call) == ("Poznań", False, False)
    noted.status = ExternalStatus.CANCELLED
    morning.session.commit()
    assert morning.list(eve) == []


def test_another_centre_has_a_list_of_its_own(morning: Morning, make):
    morning.fails(morning.message(morning.booked(MAIL)))
    other = make.actor(make.staff("coordinator", make.centre("leszno")))
    reception = make.actor(make.staff("reception", morning.centre))

    assert morning.list(by=other) == morning.list(by=reception) == []
    assert len(morning.list()) == 1


def test_more_failures_cost_no_more_statements(morning: Morning):
    def cost() -> int:
        sent: list[str] = []

        def note(*about: object) -> None:
            sent.append(str(about[2]))

        morning.session.rollback()
        scope = morning.by.scope("message.failed")
        event.listen(db.engine, "before_cursor_execute", note)
        unarrived.unarrived(morning.session, scope, AT)
        event.remove(db.engine, "before_cursor_execute", note)
        return len([one for one in sent if one.startswith("SELECT")])

    assert cost() == 3
    for _ in range(3):
        morning.fails(morning.message(morning.booked(MAIL)))
        unknown(morning, morning.message(morning.booked(MAIL)))
    assert cost() == 3
