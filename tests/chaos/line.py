"""People on the waiting list, answering the offers that the storm's cancellations bring them."""

import random
import threading
import time
from collections import Counter
from typing import Any

from flask import Flask
from sqlalchemy import select

from cic_cases.bookings import waiting_list
from cic_cases.bookings.models import Booking, WaitingOffer
from cic_cases.bookings.rules import HoldExpired, WrongStatus
from cic_cases.bookings.waiting_rules import Limits, NoOffer, Wanted
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy.actor import Actor
from tests.chaos.crowd import Crowd
from tests.chaos.history import Event

PAUSE = 0.05  # seconds between two looks at the offers
ACCEPTED = 0.7  # how many of the offers


class Line:
    """Receptionists who telephone: each looks at what is offered, and accepts or declines it."""

    def __init__(self, app: Flask, actor: Actor, moment: Any) -> None:
        self.app, self.actor, self.moment = app, actor, moment
        self.answers: Counter[str] = Counter()
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
        given = {"scope": self.actor.scope("waiting.change"), "at": self.moment()}
        takes, begun = chance.random() < ACCEPTED, time.monotonic()
        try:
            if takes:
                in_transaction(waiting_list.accept, waiting_id, **given, by=self.actor)
            else:
                in_transaction(waiting_list.decline, waiting_id, stays=True, **given, by=self.actor)
        except (NoOffer, HoldExpired, WrongStatus):  # the other receptionist was first
            self.answers["late"] += 1
            return
        act = "accept" if takes else "decline"
        self.answers[act] += 1
        crowd.record(place, Event(act, "won", reference, begun, time.monotonic()))
