"""Two claims that meet at one hold that has run out: it is in nobody's way."""

from dataclasses import replace
from datetime import timedelta

from flask import Flask

from cic_cases.bookings import service
from cic_cases.bookings.rules import Wish
from cic_cases.foundation.db import in_transaction
from tests.bookings.conftest import Practice
from tests.bookings.races import Pause, Work
from tests.bookings.waiting_world import Line


def test_a_hold_that_ran_out_is_in_nobodys_way_whoever_removes_it(
    practice: Practice, app: Flask, monkeypatch
):
    """One takes the room of the hold, another its lawyer: the first removes all that it held."""
    line = Line(practice)
    slot = line.slots()[0]
    line.holds_while_booking(slot)
    at = line.clock.forward(timedelta(minutes=11))
    by, centre_id = practice.receptionist, practice.centre.id

    def taking(number: int) -> Work:
        """One of the two things the slot takes, by somebody of their own."""
        wish = Wish(slot.code, line.person(), "uk", False, centre_id)
        part = replace(slot, claims=(slot.claims[number],))
        return lambda: in_transaction(service.take, part, wish, at=at, by=by)

    lawyer, room = taking(0), taking(1)
    line.session.rollback()
    pause = Pause(monkeypatch, "_drop_expired")

    assert pause.between(app, lawyer, room) == ("done", "done")
