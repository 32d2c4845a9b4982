"""People on the waiting list, answering the offers that the storm's cancellations bring them."""

import random
import threading
import time
from typing import Any

from flask import Flask
from sqlalchemy import select

from cic_cases.bookings import waiting_list
from cic_cases.bookings.models import Booking, WaitingOffer
from cic_cases.bookings.waiting_rules import Limits, Wanted
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy.actor import Actor
from tests.chaos.crowd import Crowd, Desk
from tests.chaos.history import Event

PAUSE = 0.05  # seconds between two looks at the offers
ACCEPTED = 0.7  # how many of the offers


class Line:
    """Receptionists who telephone: each looks at what is offered, and accepts or declines it."""

    def __init__(self, app: Flask, actor: Actor, desk: Desk, moment: Any) -> None:
        self.app, self.actor, self.desk, self.moment = app, actor, desk, moment
        self._over = threading.Event()

    def join(self, case_id: int, service_id: int, centre_id: int) -> None:
        """Put somebody who can come at any time at the end of the line."""
        limits = Limits(first_day=self.moment().date())
        wanted = Wanted(case_id, service_id, frozenset({centre_id}), "uk", False, limits)
        given = {"centre_id": centre_id, "at": self.moment(), "by": self.actor}
        in_transaction(waiting_list.join, wanted, **given)

    def answer_during(self, crowd: Crowd, places: dict[Any, int]) -> list[threading.Thread]:
        """Start answering; `stop` ends it."""
        work = [
            threading.Thread(target=self._answer, args=(crowd, places, number))
            for number in range(2)
        ]
        for one in work:
            one.start()
        return work

    def stop(self, work: list[threading.Thread]) -> None:
        self._over.set()
        for one in work:
            one.join()

    def _answer(self, crowd: Crowd, places: dict[Any, int], number: int) -> None:
        chance = random.Random(number)
        with self.app.app_context():
            while not self._over.is_set():
                offers = select(WaitingOffer.waiting_id, Booking).where(
                    WaitingOffer.outcome.is_(None), Booking.id == WaitingOffer.booking_id
                )
                for waiting_id, booking in db.session.execute(offers).all():
                    place = places[booking.staff_id, booking.starts_at]
                    self._one(crowd, waiting_id, show(booking.reference), place, chance)
                db.session.rollback()
                time.sleep(PAUSE)
            db.session.remove()

    def _one(
        self, crowd: Crowd, waiting_id: int, reference: str, place: int, chance: random.Random
    ) -> None:
        """Press the button of the waiting list's page."""
        act = "accept" if chance.random() < ACCEPTED else "decline"
        path, form = f"/waiting-list/{waiting_id}/{act}", {"csrf_token": self.desk.csrf}
        form["of"] = reference.replace("-", "")
        reply, begun, ended = crowd.ask(act, "POST", path, form, self.desk.headers)
        took = reply.status == 303 and "/bookings/" in reply.location
        outcome = "won" if took else "cut"  # a page that does not tell leaves it open
        late = act == "accept" and reply.status == 303 and not took
        crowd.count(act, "lost" if late else outcome)
        if reply.status not in (0, 303):
            crowd.unexpected.append((act, reply.status, reply.body[:500]))
        if took or act == "decline" or reply.status == 0:
            crowd.record(place, Event(act, outcome, reference, begun, ended))
