"""Duties as a program meets them: their dates, cancelling one, undoing that."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.bookings.models import Booking, Disruption
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Closure, Duty, DutyException, ExceptionKind
from cic_cases.foundation.db import Base

DAY = "2030-01-14"
BODY = {"date": DAY, "reason": "illness"}
REACHED = {"phone": "+48600100200", "email": "a@example.org"}


@pytest.fixture
def duty(monday, session):
    """The lawyer's Mondays."""
    return session.scalars(select(Duty).where(Duty.staff_id == monday.lawyer.id)).one()


@pytest.fixture
def open_duty(monday, make):
    """An officer's Mondays, whose kind of help is nobody's secret."""
    officer = make.staff("partner", monday.centre, initials="O.F.")
    residence = make.service("residence", 20, secrecy="open")
    return make.duty(officer, monday.centre, make.room(monday.centre, "7"), [residence])


@pytest.fixture
def boss(monday, make, program):
    return program(make.staff("coordinator", monday.centre))


@pytest.fixture
def book(monday, make, program):
    """Book the first time of the 14th for a person with this contact; the reference."""

    def book(service="legal_advice", **contact):
        desk = program(monday.reception)
        slots = desk.get("/slots", service=service, **{"from": DAY, "to": DAY}).get_json()["slots"]
        case, code = make.case(monday.centre)
        if contact:
            make.contact(case, **contact)
        body = {"slot": slots[0]["slot"], "case": code, "language": "uk"}
        return desk.post("/bookings", body).get_json()["reference"]

    return book


def everything(session):
    """Every row there is."""
    session.rollback()
    return {
        table.name: sorted(map(repr, session.execute(select(table)).all()))
        for table in Base.metadata.sorted_tables
    }


def number(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def dates(answer):
    assert answer.status_code == 200, answer.text
    return answer.get_json()["duties"]


def type_of(answer):
    return answer.status_code, answer.get_json()["type"].rpartition("/")[2]


def test_duties_come_by_date_with_their_names_and_who_is_booked(monday, duty, boss, book):
    book()

    first, second = dates(boss.get("/duties", **{"from": "2030-01-08", "to": "2030-01-21"}))

    assert first == {
        "id": duty.id,
        "centre": "poznan",
        "specialist": monday.lawyer.key,
        "date": DAY,
        "starts_at": "2030-01-14T08:00:00+01:00",
        "ends_at": "2030-01-14T12:00:00+01:00",
        "room": "1",
        "services": ["legal_advice"],
        "cancelled": False,
        "booked": 1,
    }
    assert (second["date"], second["booked"]) == ("2030-01-21", 0)


def test_four_weeks_from_today_are_told_unless_asked_otherwise(boss, duty):
    found = dates(boss.get("/duties"))

    assert [one["date"] for one in found] == [
        str(date(2030, 1, 7) + timedelta(weeks=n)) for n in range(5)
    ]


def test_a_cancelled_date_is_told_and_a_closed_one_is_left_out(monday, duty, boss, make):
    make.save(DutyException(duty_id=duty.id, on=date(2030, 1, 14), kind=ExceptionKind.CANCELLED))
    shut = date(2030, 1, 21)
    make.save(Closure(centre_id=monday.centre.id, first_day=shut, last_day=shut, reason="repairs"))

    found = dates(boss.get("/duties", **{"from": "2030-01-07", "to": "2030-01-28"}))

    assert [(one["date"], one["cancelled"]) for one in found] == [
        ("2030-01-07", False),
        ("2030-01-14", True),
        ("2030-01-28", False),
    ]
    assert found[1]["starts_at"] == "2030-01-14T08:00:00+01:00"


def test_a_date_of_a_substitute_is_theirs(monday, duty, boss, make):
    other = make.staff("lawyer", monday.centre, initials="S.B.")
    change = DutyException(duty_id=duty.id, on=date(2030, 1, 14), kind=ExceptionKind.CHANGED)
    change.staff_id = other.id
    make.save(change)

    (found,) = dates(boss.get("/duties", specialist=other.key))

    assert (found["id"], found["date"], found["specialist"]) == (duty.id, DAY, other.key)
    theirs = dates(boss.get("/duties", specialist=monday.lawyer.key))
    assert DAY not in {one["date"] for one in theirs}


def test_one_sees_the_duties_of_ones_centres_or_ones_own(monday, duty, open_duty, make, program):
    elsewhere = make.centre("leszno")
    far = make.duty(make.staff("lawyer", elsewhere), elsewhere, None, [make.service()])

    def ids(staff):
        return {one["id"] for one in dates(program(staff).get("/duties"))}

    assert ids(monday.reception) == {duty.id, open_duty.id}
    assert ids(monday.lawyer) == {duty.id}
    assert ids(make.staff("region", region=make.region())) == {duty.id, open_duty.id, far.id}
    assert program(make.staff("auditor", monday.centre)).get("/duties").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"centre": "leszno"}, "centre"),
        ({"centre": "poznan,nowhere"}, "centre"),
        ({"from": "tomorrow"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"to": "2030-01-06"}, "to"),
        ({"to": "2030-04-10"}, "to"),
        ({"specialist": "NOBODY00X"}, "specialist"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_with_its_field(boss, duty, make, query, field):
    make.centre("leszno")

    answer = boss.get("/duties", **query)

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])
    assert boss.get("/duties", to="2030-04-09").status_code == 200


def test_a_cancelled_duty_tells_what_everybody_receives(duty, open_duty, boss, book, session):
    reference = book("residence", **REACHED)

    answer = boss.post(f"/duties/{open_duty.id}/cancel", BODY)

    done = answer.get_json()
    assert answer.status_code == 200
    assert done["disruption"] == session.scalars(select(Disruption.id)).one()
    assert (done["date"], done["undo_until"]) == (DAY, "2030-01-07T07:01:00+01:00")
    (person,) = done["people"]
    messages = person.pop("messages")
    assert person == {
        "was": "2030-01-14T08:00:00+01:00",
        "language": "uk",
        "told": "message",
        "proposal": {
            "starts_at": "2030-01-21T08:00:00+01:00",
            "centre": "poznan",
            "held_until": "2030-01-09T18:00:00+01:00",
        },
        "reference": reference,
    }
    assert {(m["channel"], m["language"], m["due_at"]) for m in messages} == {
        ("email", "uk", "2030-01-07T07:01:00+01:00"),
        ("sms", "uk", "2030-01-07T07:01:00+01:00"),
    }
    assert all("08:00" in m["text"] and "residence" not in m["text"].lower() for m in messages)
    assert boss.get(f"/bookings/{reference}").get_json()["status"] == "needs_rebooking"
    assert type_of(boss.post(f"/duties/{open_duty.id}/cancel", BODY)) == (409, "already-cancelled")


def test_nobody_learns_whose_time_it_was_where_the_help_is_a_secret(duty, boss, book, session):
    reference = book(phone="+48600100200")

    answer = boss.post(f"/duties/{duty.id}/cancel", BODY)

    (person,) = answer.get_json()["people"]
    held = session.scalars(select(Booking.reference).where(Booking.status == Status.HELD)).one()
    assert "reference" not in person
    for secret in (reference, reference.replace("-", ""), held, "legal", "48600100200"):
        assert secret not in answer.text


def test_a_dry_run_answers_the_same_and_changes_nothing(duty, open_duty, boss, book, session):
    book("residence", **REACHED)
    book("residence")
    before = everything(session)

    dry = boss.post(f"/duties/{open_duty.id}/cancel?dry_run=true", BODY, key="same")
    again = boss.post(f"/duties/{open_duty.id}/cancel?dry_run=true", BODY, key="same")

    assert dry.get_json() == again.get_json()
    assert everything(session) == before
    done = boss.post(f"/duties/{open_duty.id}/cancel", BODY, key="same").get_json()
    assert len(done["people"]) == 2
    assert dry.get_json() == {**done, "disruption": None, "undo_until": None}


def test_the_same_key_twice_cancels_once_and_is_answered_alike(duty, boss, book, session):
    book()

    first, second = (boss.post(f"/duties/{duty.id}/cancel", BODY, key="once") for _ in range(2))

    assert (first.status_code, first.data) == (second.status_code, second.data) == (200, first.data)
    assert number(session, Disruption) == 1
    other = boss.post(f"/duties/{duty.id}/cancel", {**BODY, "reason": "leave"}, key="once")
    assert type_of(other) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("dry", ["", "?dry_run=true"])
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "the flu"}, "reason"),
        ({"reason": None}, "reason"),
        ({"date": "2030-01-15"}, "date"),  # a Tuesday
        ({"date": "2029-12-31"}, "date"),
        ({"date": "9999-12-31"}, "date"),
        ({"date": "soon"}, "date"),
    ],
)
def test_what_cannot_be_cancelled_is_refused_with_its_field(duty, boss, session, wrong, field, dry):
    answer = boss.post(f"/duties/{duty.id}/cancel{dry}", {**BODY, **wrong})

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])
    assert number(session, Disruption) == 0


def test_only_the_centres_own_coordinator_cancels(monday, duty, make, program, session):
    foreign = make.staff("coordinator", make.centre("leszno"))
    for staff in (foreign, monday.reception, monday.lawyer):
        for dry in ("", "?dry_run=true"):
            answer = program(staff).post(f"/duties/{duty.id}/cancel{dry}", BODY)
            assert type_of(answer) == (404, "not-found")
    assert program(foreign).post("/duties/99999/cancel", BODY).status_code == 404
    assert program(foreign).post(f"/duties/{10**30}/cancel", BODY).status_code == 404
    assert number(session, Disruption) == 0


def test_a_disruption_is_undone_within_its_minute_only(duty, boss, book, make, program, clock):
    reference = book()
    made = boss.post(f"/duties/{duty.id}/cancel", BODY).get_json()["disruption"]
    foreign = program(make.staff("coordinator", make.centre("leszno")))
    assert foreign.post(f"/disruptions/{made}/undo").status_code == 404
    clock.forward(timedelta(seconds=59))

    undone = boss.post(f"/disruptions/{made}/undo", key="back")

    assert undone.status_code == 200
    assert undone.get_json() == {"disruption": made, "undone_at": "2030-01-07T07:00:59+01:00"}
    assert boss.get(f"/bookings/{reference}").get_json()["status"] == "booked"
    assert [one["cancelled"] for one in dates(boss.get("/duties", **{"from": DAY}))][0] is False
    assert boss.post(f"/disruptions/{made}/undo", key="back").data == undone.data
    assert type_of(boss.post(f"/disruptions/{made}/undo")) == (409, "too-late")
    made = boss.post(f"/duties/{duty.id}/cancel", BODY).get_json()["disruption"]
    clock.forward(timedelta(seconds=60))
    assert type_of(boss.post(f"/disruptions/{made}/undo")) == (409, "too-late")


def test_the_document_tells_of_duties(boss):
    paths = boss.get("/openapi.json").get_json()["paths"]
    cancel = paths["/api/v1/duties/{duty_id}/cancel"]

    assert "get" in paths["/api/v1/duties"]
    assert "post" in paths["/api/v1/disruptions/{disruption_id}/undo"]
    assert {one["name"] for one in cancel["parameters"]} == {"duty_id", "Idempotency-Key"}
    assert [one["name"] for one in cancel["post"]["parameters"]] == ["dry_run"]
