"""Every call of the contract, as a program makes it."""

import pytest
from sqlalchemy import func, select

from cic_cases.foundation.codes import clean
from cic_cases.visits.models import QuickContact, Visit


def booked(p, slot, code, **more):
    body = {"slot": slot["slot"], "case": code, "language": "uk", **more}
    return p.post("/bookings", body)


def test_centres_and_services_need_no_token_and_speak_the_asked_language(monday, program):
    anybody = program(None)

    centres = anybody.get("/centres").get_json()["centres"]
    services = anybody.get("/services", lang="ka").get_json()["services"]

    assert [(c["slug"], c["timezone"]) for c in centres] == [("poznan", "Europe/Warsaw")]
    assert {s["key"]: s["name"] for s in services}["legal_advice"] == "Legal Advice (ka)"


def test_slots_come_earliest_first_in_the_centres_zone(monday, slots):
    first = slots[0]

    assert list(first) == [
        "centre", "ends_at", "languages", "service", "slot", "specialist", "starts_at"
    ]  # fmt: skip
    assert (first["centre"], first["service"]) == ("poznan", "legal_advice")
    assert first["specialist"] == monday.lawyer.key
    assert first["starts_at"] == "2030-01-07T08:00:00+01:00"
    assert first["ends_at"] == "2030-01-07T08:40:00+01:00"
    assert [s["starts_at"] for s in slots] == sorted(s["starts_at"] for s in slots)


@pytest.mark.parametrize(
    ("query", "starts"),
    [
        pytest.param({"limit": 2}, ["07T08:00", "07T08:20"], id="no more than asked"),
        pytest.param({"from": "2030-01-08", "limit": 1}, ["14T08:00"], id="from a day"),
        pytest.param(
            {"from": "2030-01-07T11:00:00+01:00", "to": "2030-01-07T11:20:00+01:00"},
            ["07T11:00"],
            id="from a time that is included to one that is not",
        ),
        pytest.param({"from": "2030-01-07T10:20:00Z", "limit": 1}, ["07T11:20"], id="in UTC"),
        pytest.param({"language": "ka"}, [], id="a language nobody speaks"),
        pytest.param({"language": "ka", "interpreter": "true"}, [], id="no interpreter is there"),
        pytest.param({"interpreter": "true", "limit": 1}, ["07T08:00"], id="chosen when booking"),
        pytest.param({"specialist": "NOBODY00"}, [], id="an unknown specialist"),
        pytest.param({"centre": "poznan,poznan", "limit": 1}, ["07T08:00"], id="commas"),
    ],
)
def test_slots_are_narrowed(monday, program, query, starts):
    answer = program(monday.reception).get("/slots", service="legal_advice", **query)

    assert answer.status_code == 200
    found = [s["starts_at"] for s in answer.get_json()["slots"]]
    assert found == [f"2030-01-{start}:00+01:00" for start in starts]


def test_days_are_counted(monday, program):
    answer = program(monday.reception).get(
        "/slots/days", service="legal_advice", to="2030-01-14", centre="poznan"
    )

    free = {day["date"]: day["free"] for day in answer.get_json()["days"]}
    assert (free["2030-01-07"], free["2030-01-08"], free["2030-01-14"]) == (11, 0, 11)


def test_a_case_is_opened_with_its_contact_and_read_again(monday, program):
    p = program(monday.reception)
    person = {
        "centre": "poznan", "citizenship": "UA", "gender": "woman", "age_band": "18_60",
        "contact_language": "uk", "contact": {"mode": "discreet", "phone": "887 063 112"},
    }  # fmt: skip

    opened = p.post("/cases", person)
    read = p.get(f"/cases/{clean(opened.get_json()['code']).lower()}")

    assert opened.status_code == 201
    assert read.get_json() == {
        "code": opened.get_json()["code"],
        "citizenship": "UA",
        "gender": "woman",
        "age_band": "18_60",
        "contact_language": "uk",
        "contact": {"mode": "discreet", "phone": True, "email": False},
        "bookings": [],
    }
    assert "887" not in read.text


def test_a_specialist_reads_their_own_case_without_its_contact(monday, program, slots):
    booked(program(monday.reception), slots[0], monday.code)

    read = program(monday.lawyer).get(f"/cases/{monday.code}").get_json()

    assert "contact" not in read
    assert [b["starts_at"] for b in read["bookings"]] == ["2030-01-07T08:00:00+01:00"]
    assert "service" not in read["bookings"][0]


def test_visits_and_quick_contacts_are_recorded(monday, program, session):
    p = program(monday.reception)
    visit = {
        "centre": "poznan", "channel": "desk", "services": ["integration_advice"],
        "case": monday.code, "language": "uk", "minutes": 20,
        "occurred_at": "2030-01-06T12:00:00+01:00",
    }  # fmt: skip

    recorded = p.post("/visits", visit)
    counted = p.post("/quick-contacts", {"centre": "poznan", "channel": "phone"})

    assert (recorded.status_code, counted.status_code) == (201, 201)
    row = session.scalar(select(Visit).where(Visit.key == recorded.get_json()["id"]))
    assert (row.case_id, row.minutes, row.recorded_by) == (monday.case.id, 20, monday.reception.id)
    assert session.scalar(select(func.count()).select_from(QuickContact)) == 1


def test_a_booking_lives_from_booked_to_done_and_back(monday, program, slots, session):
    p = program(monday.reception)

    made = booked(p, slots[0], monday.code)
    reference = made.get_json()["reference"]
    read = p.get(f"/bookings/{reference.replace('-', '').lower()}")
    done = p.post(f"/bookings/{reference}/status", {"status": "done"})

    assert made.status_code == 201
    assert (
        made.get_json()
        == read.get_json()
        == {
            "reference": reference,
            "status": "booked",
            "version": 1,
            "starts_at": "2030-01-07T08:00:00+01:00",
            "ends_at": "2030-01-07T08:40:00+01:00",
            "centre": "poznan",
            "service": "legal_advice",
        }
    )
    assert len(reference) == 7
    assert done.get_json()["status"] == "done"
    assert session.scalars(select(Visit.voided_at)).all() == [None]
    assert p.post(f"/bookings/{reference}/status", {"status": "arrived"}).status_code == 409

    undone = p.post(f"/bookings/{reference}/undo")

    assert undone.get_json()["status"] == "booked"
    session.expire_all()
    assert None not in session.scalars(select(Visit.voided_at)).all()


def test_a_booking_is_moved_and_cancelled_with_its_version(monday, program, slots):
    p = program(monday.reception)
    reference = booked(p, slots[0], monday.code).get_json()["reference"]

    moved = p.post(f"/bookings/{reference}/move", {"slot": slots[1]["slot"], "version": 1})
    stale = p.post(f"/bookings/{reference}/cancel", {"by": "person", "version": 1})
    cancelled = p.post(f"/bookings/{reference}/cancel", {"by": "person", "version": 2})

    assert (moved.get_json()["version"], moved.get_json()["starts_at"][11:16]) == (2, "08:20")
    assert (stale.status_code, stale.get_json()["type"]) == (409, "/problems/version-conflict")
    assert (cancelled.status_code, cancelled.get_json()["status"]) == (200, "cancelled")


def test_a_taken_slot_is_answered_with_the_next_three(monday, program, slots, make):
    p = program(monday.reception)
    booked(p, slots[0], monday.code)
    _, other = make.case(monday.centre)

    refused = booked(p, slots[0], other)

    problem = refused.get_json()
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert problem["type"].endswith("/slot-taken")
    starts = [s["starts_at"][11:16] for s in problem["alternatives"]]
    assert starts == ["08:40", "09:00", "09:20"]
    assert booked(p, problem["alternatives"][0], other).status_code == 201


def test_nobody_can_be_in_two_places(monday, program, slots, make):
    second = make.staff("lawyer", monday.centre, initials="X.Y.")
    make.duty(second, monday.centre, make.room(monday.centre, "2"), [make.service()])
    p = program(monday.reception)
    booked(p, slots[0], monday.code)
    others = p.get("/slots", service="legal_advice", specialist=second.key).get_json()["slots"]

    refused = booked(p, others[0], monday.code)

    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/person-busy")


def test_the_document_describes_every_call(app, program):
    document = program(None).get("/openapi.json").get_json()

    assert document["openapi"].startswith("3.")
    assert document["paths"].keys() == {
        f"/api/v1{path}"
        for path in (
            "/centres", "/services", "/slots", "/slots/days", "/cases", "/cases/{code}", "/visits",
            "/quick-contacts", "/bookings", "/bookings/{reference}", "/bookings/{reference}/cancel",
            "/bookings/{reference}/move", "/bookings/{reference}/status",
            "/bookings/{reference}/undo",
            "/holds", "/holds/{reference}", "/holds/{reference}/confirm",
            "/waiting-list", "/waiting-list/{waiting_id}", "/waiting-list/{waiting_id}/accept",
            "/waiting-list/{waiting_id}/decline",
            "/duties", "/duties/{duty_id}/cancel", "/disruptions/{disruption_id}/undo",
        )
    }  # fmt: skip
    booking = document["paths"]["/api/v1/bookings"]
    assert [p["name"] for p in booking["parameters"]] == ["Idempotency-Key"]
    assert document["paths"]["/api/v1/centres"]["get"]["security"] == []
    assert document["security"] == [{"token": []}]
