"""Times held by a program while it is booking: taken, booked, let go, lapsed."""

from datetime import timedelta

import pytest


@pytest.fixture
def reception(monday, program):
    return program(monday.reception)


@pytest.fixture
def asked(monday, slots):
    return {"slot": slots[0]["slot"], "case": monday.code, "language": "uk"}


@pytest.fixture
def free(reception):
    """The starts that are offered now."""

    def free():
        found = reception.get("/slots", service="legal_advice", to="2030-01-07").get_json()
        return {slot["slot"] for slot in found["slots"]}

    return free


def let_go(reception, reference):
    address = f"/api/v1/holds/{reference}"
    return reception.client.delete(address, headers=reception.headers)


def test_a_held_time_is_offered_to_nobody_and_says_when_it_ends(reception, asked, free):
    answer = reception.post("/holds", asked)

    assert answer.status_code == 201
    held = answer.get_json()
    assert held["status"] == "held"
    assert held["expires_at"] == "2030-01-07T07:10:00+01:00"
    assert asked["slot"] not in free()


def test_a_held_time_becomes_the_appointment_once(reception, asked):
    reference = reception.post("/holds", asked).get_json()["reference"]

    booked = reception.post(f"/holds/{reference}/confirm")
    again = reception.post(f"/holds/{reference}/confirm")

    assert (booked.status_code, booked.get_json()["status"]) == (200, "booked")
    assert again.status_code == 409
    assert again.get_json()["type"].endswith("wrong-status")


def test_what_is_let_go_is_free_again_and_twice_is_the_same_as_once(reception, asked, free):
    reference = reception.post("/holds", asked).get_json()["reference"]

    assert let_go(reception, reference).status_code == 204
    assert let_go(reception, reference).status_code == 204
    assert asked["slot"] in free()


def test_a_hold_that_ran_out_cannot_be_booked_and_its_time_is_free(reception, asked, free, clock):
    reference = reception.post("/holds", asked).get_json()["reference"]
    clock.forward(timedelta(minutes=10))

    answer = reception.post(f"/holds/{reference}/confirm")

    assert answer.status_code == 409
    assert answer.get_json()["type"].endswith("hold-expired")
    assert asked["slot"] in free()


def test_a_taken_time_cannot_be_held_and_others_are_named(reception, asked, make, monday):
    _case, code = make.case(monday.centre)
    reception.post("/holds", asked)

    answer = reception.post("/holds", {**asked, "case": code})

    assert answer.status_code == 409
    assert answer.get_json()["type"].endswith("slot-taken")
    assert len(answer.get_json()["alternatives"]) == 3


def test_nobody_hoards_times(reception, asked, slots):
    for slot in slots[1:5:3]:
        assert reception.post("/holds", {**asked, "slot": slot["slot"]}).status_code == 201

    answer = reception.post("/holds", {**asked, "slot": slots[-1]["slot"]})

    assert answer.status_code == 409
    assert answer.get_json()["type"].endswith("too-many-appointments")


def test_the_same_key_holds_once(reception, asked):
    first = reception.post("/holds", asked, key="one")
    second = reception.post("/holds", asked, key="one")

    assert first.status_code == second.status_code == 201
    assert first.get_json() == second.get_json()


def test_another_centre_neither_books_nor_lets_go_what_is_held_here(
    reception, asked, make, program, free
):
    reference = reception.post("/holds", asked).get_json()["reference"]
    foreign = program(make.staff("reception", make.centre("leszno")))

    assert foreign.post(f"/holds/{reference}/confirm").status_code == 404
    assert let_go(foreign, reference).status_code == 404
    assert asked["slot"] not in free()


def test_an_appointment_is_not_let_go_like_a_hold(shared):
    reception, _code, reference = shared

    assert let_go(reception, reference).status_code == 409
    assert reception.get(f"/bookings/{reference}").get_json()["status"] == "booked"
