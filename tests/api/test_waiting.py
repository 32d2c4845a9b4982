"""The waiting list as a program meets it."""

import pytest

from tests.api.conftest import Monday, Program


@pytest.fixture
def desk(monday: Monday, program) -> Program:
    return program(monday.reception)


def wish(monday: Monday, **more: object) -> dict[str, object]:
    return {"service": "legal_advice", "case": monday.code, "centres": ["poznan"], **more}


def joined(desk: Program, monday: Monday, **more: object) -> int:
    answer = desk.post("/waiting-list", wish(monday, **more))
    assert answer.status_code == 201, answer.text
    return answer.get_json()["id"]


def filled_and_cancelled(desk: Program, make, monday: Monday) -> dict[str, str]:
    """Next Monday's first time is taken by somebody and given back; what it was."""
    slots = desk.get("/slots", service="legal_advice", **{"from": "2030-01-14"}).get_json()["slots"]
    _case, code = make.case(monday.centre)
    booked = desk.post(
        "/bookings", {"slot": slots[0]["slot"], "case": code, "language": "uk"}
    ).get_json()
    desk.post(f"/bookings/{booked['reference']}/cancel", {"by": "person"})
    return slots[0]


def delete(desk: Program, waiting_id: int):
    return desk.client.delete(f"/api/v1/waiting-list/{waiting_id}", headers=desk.headers)


def test_a_case_joins_and_is_listed_with_its_place(monday, desk):
    answer = desk.post("/waiting-list", wish(monday, weekdays=[0, 4], last_day="2030-02-01"))

    assert answer.status_code == 201
    assert answer.get_json() | {"id": 0} == {"id": 0, "place": 1, "state": "waiting"}
    (listed,) = desk.get("/waiting-list", centre="poznan").get_json()["waiting"]
    assert listed["case"].replace("-", "") == monday.code.replace("-", "")
    assert (listed["place"], listed["centres"], listed["offered"]) == (1, ["poznan"], None)
    assert listed["service"] is None  # its author's secret
    assert desk.post("/waiting-list", wish(monday)).get_json()["type"].endswith("already-waiting")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"centres": ["nowhere"]}, "centres"),
        ({"centres": []}, "centres"),
        ({"service": "nothing"}, "service"),
        ({"weekdays": [7]}, "weekdays"),
        ({"notice_minutes": -1}, "notice_minutes"),
        ({"first_day": "tomorrow"}, "first_day"),
        ({"from_time": "25:00"}, "from_time"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(monday, desk, wrong, field):
    answer = desk.post("/waiting-list", wish(monday, **wrong))

    assert answer.status_code == 422
    assert any(name.startswith(field) for name in answer.get_json()["errors"])


def test_an_offer_is_listed_with_its_deadline_and_accepted(monday, desk, make):
    waiting_id = joined(desk, monday)
    slot = filled_and_cancelled(desk, make, monday)

    (listed,) = desk.get("/waiting-list").get_json()["waiting"]
    reference = listed["offered"].pop("reference")
    assert listed["offered"] == {
        "centre": "poznan",
        "starts_at": slot["starts_at"],
        "until": "2030-01-08T09:00:00+01:00",
    }
    other = desk.post(f"/waiting-list/{waiting_id}/accept?of=AAA-AAA")
    assert other.status_code in (404, 409)
    booked = desk.post(f"/waiting-list/{waiting_id}/accept?of={reference}").get_json()
    assert (booked["status"], booked["starts_at"]) == ("booked", slot["starts_at"])
    again = desk.post(f"/waiting-list/{waiting_id}/accept")
    assert (again.status_code, again.get_json()["type"].endswith("no-offer")) == (409, True)


@pytest.mark.parametrize(("stays", "state", "place"), [(True, "waiting", 1), (False, "left", None)])
def test_a_declined_offer_leaves_the_place_or_the_list(monday, desk, make, stays, state, place):
    waiting_id = joined(desk, monday)
    filled_and_cancelled(desk, make, monday)

    answer = desk.post(f"/waiting-list/{waiting_id}/decline", {"stays": stays}).get_json()
    assert (answer["state"], answer["place"]) == (state, place)


def test_leaving_is_final_and_foreign_entries_are_missing(monday, desk, make, program):
    waiting_id = joined(desk, monday)
    foreign = program(make.staff("reception", make.centre("leszno")))
    assert delete(foreign, waiting_id).status_code == 404
    assert foreign.get("/waiting-list").get_json() == {"waiting": []}

    assert delete(desk, waiting_id).get_json()["state"] == "left"
    assert delete(desk, waiting_id).status_code == 409
    assert desk.get("/waiting-list").get_json() == {"waiting": []}


def test_the_same_request_sent_twice_joins_once(monday, desk):
    first = desk.post("/waiting-list", wish(monday), key="once")
    second = desk.post("/waiting-list", wish(monday), key="once")

    assert first.status_code == second.status_code == 201
    assert first.get_json() == second.get_json()


def test_the_document_tells_of_the_waiting_list(monday, desk):
    paths = desk.get("/openapi.json").get_json()["paths"]

    assert {"get", "post"} <= paths["/api/v1/waiting-list"].keys()
    for rest in ("", "/accept", "/decline"):
        assert f"/api/v1/waiting-list/{{waiting_id}}{rest}" in paths
