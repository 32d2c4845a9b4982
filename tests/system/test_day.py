"""A whole day of a centre by role, hour by hour (domain/day.md), from the eve to the night."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from cic_cases import scheduler
from cic_cases.bookings import service
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.bookings.statuses import Status
from cic_cases.centres import service as centres
from cic_cases.centres.models import Centre, Room, Service
from cic_cases.centres.region_file import read
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.resources import resource
from cic_cases.people.models import Staff
from cic_cases.visits.models import QuickContact, Visit
from tests.conftest import Clock
from tests.factory import Factory

WARSAW = ZoneInfo("Europe/Warsaw")
PHONE = "+4860010020{}"
CHOICE = re.compile(r'name="(choice-\d+)".*?<option value="([^"]*)"', re.S)
FREE_TIME = re.compile(r'name="slot" value="([^"]+)"')


@dataclass
class Day:
    """Poznań on Monday, 7 January 2030: who works, who comes, and the clock on the wall."""

    app: Flask
    make: Factory
    clock: Clock
    client_of: Callable[[Staff | None], FlaskClient]
    poznan: Centre
    staff: dict[str, Staff] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def at(self, wall: str, day: int = 7) -> datetime:
        """Now it is this time in Poznań."""
        hour, minute = map(int, wall.split(":"))
        self.clock.at = datetime(2030, 1, day, hour, minute, tzinfo=WARSAW).astimezone(UTC)
        return self.clock.at

    def browser(self, who: str) -> FlaskClient:
        """Signed in anew: the hours of a day would lock one that stays open."""
        self.make.session.rollback()
        return self.client_of(self.staff[who])

    def page(self, who: str, path: str, **form: object) -> str:
        """What somebody reads there, or after sending a form; every page is kept."""
        browser = self.browser(who)
        sent = {"data": form, "follow_redirects": True}
        answer = browser.post(path, **sent) if form else browser.get(path)
        assert answer.status_code == 200, (who, path, answer.status_code)
        self.seen.append(answer.text)
        return answer.text

    def person(self, language: str = "uk", mode: str | None = None, number: int = 0):
        """Somebody with a card, and perhaps a phone."""
        case, code = self.make.case(self.poznan, language=language)
        if mode:
            self.make.contact(case, mode=mode, phone=PHONE.format(number) if number else None)
        return case, code

    def book(self, case, who: str, key: str, wall: str, interpreter: bool = False) -> Booking:
        """An appointment on the Monday, made by reception."""
        hour, minute = map(int, wall.split(":"))
        start = datetime(2030, 1, 7, hour, minute, tzinfo=WARSAW).astimezone(UTC)
        slot = SlotKey(key, self.staff[who].key, "poznan", start).encode()
        wish = Wish(slot, case.id, case.contact_language, interpreter, self.poznan.id)
        by = self.make.actor(self.staff["reception"])
        return in_transaction(service.book, wish, at=self.clock.at, by=by)

    def status(self, booking: Booking) -> Status:
        self.make.session.expire_all()
        return self.make.session.get_one(Booking, booking.id).status

    def count(self, rows: type) -> int:
        self.make.session.rollback()
        live = select(func.count()).select_from(rows).where(rows.voided_at.is_(None))
        return self.make.session.scalar(live) or 0


@pytest.fixture
def day(app, make, session, clock, client_of) -> Day:
    in_transaction(centres.load, read(resource("regions/wielkopolska.toml")), at=clock.at)
    poznan = session.scalars(select(Centre).where(Centre.slug == "poznan")).one()
    day = Day(app, make, clock, client_of, poznan)
    for role, languages in (
        ("reception", ("pl",)),
        ("coordinator", ("pl",)),
        ("psychologist", ("pl", "uk")),
        ("lawyer", ("pl", "uk")),
        ("partner", ("pl", "uk")),
        ("interpreter", ("pl", "ka")),
    ):
        day.staff[role] = make.staff(role, poznan, languages=languages, language="en")
    services = {one.key: one for one in session.scalars(select(Service))}
    rooms = session.scalars(select(Room).where(Room.centre_id == poznan.id)).all()
    for room, (who, key, ends, grid) in zip(
        rooms,
        (
            ("psychologist", "psychological_support", "12:00", 60),
            ("lawyer", "legal_advice", "12:00", 40),
            ("partner", "wuw_consultation", "11:10", 20),
        ),
        strict=False,
    ):
        hours = {"starts": "08:30", "ends": ends, "grid": grid}
        make.duty(day.staff[who], poznan, room, [services[key]], **hours)
    make.duty(day.staff["interpreter"], poznan, None, [], kind="interprets", starts="08:00")
    return day


def test_a_day(day: Day):
    # Friday: appointments are made, everybody who may be written to is told
    day.at("10:00", day=4)
    ill = [day.person(mode="full", number=n) for n in range(1, 4)]
    ill += [day.person(mode="none"), day.person(mode="discreet", number=4)]
    lost = [
        day.book(case, "partner", "wuw_consultation", wall)
        for (case, _code), wall in zip(
            ill, ("08:30", "08:50", "09:10", "09:30", "09:50"), strict=True
        )
    ]
    known, known_code = day.person()
    absent, absent_code = day.person(mode="full", number=5)
    georgian, _code = day.person("ka")
    first = day.book(known, "psychologist", "psychological_support", "08:30")
    missed = day.book(absent, "lawyer", "legal_advice", "08:30")
    spoken = day.book(georgian, "lawyer", "legal_advice", "10:30", interpreter=True)
    assert scheduler.send_due(day.app) == 5

    # 07:20 everything is on one board, and the kind of help is not
    day.at("07:20")
    board = day.page("reception", "/desk")
    assert board.count("<tr") - 1 == 8
    assert "no interpreter" not in board

    # 07:40 the officer is ill: five people, shown first, told after a minute, the rest called
    day.at("07:40")
    duties = day.page("coordinator", "/rosters?view=list&week=2030-01-07")
    cancel = next(
        f"/rosters/duties/{number}/cancel"
        for number in dict.fromkeys(re.findall(r"/rosters/duties/(\d+)", duties))
        if "5 people" in day.page("coordinator", f"/rosters/duties/{number}/cancel?on=2030-01-07")
    )
    preview = day.page("coordinator", f"{cancel}?on=2030-01-07")
    chosen = dict(CHOICE.findall(preview))  # the time proposed first to each
    assert len(chosen) == 5
    day.page("coordinator", cancel, on="2030-01-07", reason="illness", **chosen)
    assert {day.status(one) for one in lost} == {Status.NEEDS_REBOOKING}
    day.clock.forward(timedelta(seconds=61))
    assert scheduler.send_due(day.app) == 4

    # 08:00 a card under the scanner checks in; four quick questions, one too many
    day.at("08:10")
    assert show(known_code) in day.page("reception", "/desk/scan", code=known_code, by="scanner")
    assert day.status(first) is Status.ARRIVED
    for _question in range(4):
        day.page("reception", "/desk/quick-contacts", once="1")
    day.page("reception", "/desk/quick-contacts/undo", once="1")
    assert day.count(QuickContact) == 3

    # 08:30 the psychologist sees who is here
    day.at("08:30")
    assert show(known_code) in day.page("psychologist", "/my-day")

    # 08:45 somebody has not come: called, not reached, marked; booked again another day
    day.at("08:45")
    late = f"/desk/late/{show(missed.reference)}/number"
    assert late in day.page("reception", "/desk?show=solve")
    assert PHONE.format(5) in day.page("reception", late, once="1")
    day.seen.pop()  # the only page that may show a number
    day.page("reception", f"/bookings/{missed.reference}/status", status="no_show")
    assert day.status(missed) is Status.NO_SHOW

    # 09:10 a walk-in without a phone: six taps, «save and book», a slip without our name
    day.at("09:10")
    answers = {"contact_language": "tr", "citizenship": "TR", "gender": "woman"}
    answers |= {"age_band": "18_60", "services": "information", "channel": "desk"}
    registered = day.browser("reception")
    search = registered.post("/desk/visits", data={**answers, "then": "book"}).location
    times = registered.get(f"{search}?service=legal_advice&language=any").text
    slot = FREE_TIME.search(times)
    assert slot is not None
    made = registered.post("/bookings", data={"slot": slot[1], "service": "legal_advice"})
    reference = made.location.rpartition("/")[2].partition("?")[0]
    slip = day.page("reception", f"/bookings/{reference}/slip?neutral=1")
    assert reference in slip
    assert "Centrum" not in slip.partition("sheets")[2]

    # 10:00 a woman in tears: who is free, whom to call
    day.at("10:00")
    urgent = day.page("reception", "/urgent")
    assert "tel:112" in urgent
    assert "free until" in urgent

    # 10:20 the interpreter does not come: a remote one of another centre takes over
    day.at("10:20")
    leszno = day.make.centre("leszno")
    remote = day.make.staff("interpreter", leszno, languages=("pl", "ka"), initials="R.M.")
    day.make.duty(remote, leszno, None, [], kind="interprets", remote=True)
    taken = f"/bookings/{show(spoken.reference)}/interpreter"
    assert "R.M." in day.page("reception", taken, back="/desk")

    # 11:10 seen: exactly one visit; and 13:00 nobody is found by a name
    day.at("11:10")
    before = day.count(Visit)
    for one, who in ((first, "psychologist"), (spoken, "lawyer")):
        for step in ("arrived", "in_progress", "done"):
            if (one, step) != (first, "arrived"):
                day.page(who, f"/bookings/{one.reference}/status", status=step, back="/my-day")
        assert day.status(one) is Status.DONE
    assert day.count(Visit) == before + 2
    day.at("13:00")
    asked = day.browser("reception").post("/desk/scan", data={"code": "Olena K."})
    assert asked.status_code == 422

    # night: what is due leaves, what is over is tidied; no page has shown a number
    day.at("20:00")
    scheduler.send_due(day.app)
    scheduler.tidy(day.app)
    shown = "\n".join(day.seen)
    assert not [n for n in range(1, 6) if PHONE.format(n) in shown]
    assert absent_code in shown.replace("-", "")
