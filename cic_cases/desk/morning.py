"""The coordinator's board: every centre of theirs before it opens, what to do, in which order.

Nothing is counted twice: what stands on the call list, in the list of messages or in the rosters
is read by the questions that those pages ask.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import LIVE
from cic_cases.calendar import absences
from cic_cases.calendar.models import AbsenceRequest
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk import call_list_page, failed_page, morning_rules, queries_live
from cic_cases.desk import queries_morning as queries
from cic_cases.desk.morning_page import Place, asked_off, in_order, notes_asked
from cic_cases.desk.morning_rules import Share
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.notes import queries as notes
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor

bp = Blueprint("morning", __name__, url_prefix="/morning")
SEE = "morning.see"
BACK = timedelta(days=14)  # how far what was never closed is looked for
SOON = timedelta(days=2)  # from which day on a request for days off cannot wait
TASKS = 8  # what fits above the centres; the others open below them
LINES = 4  # of each list beside; the lists themselves are one tap away


@dataclass(frozen=True)
class Lists:
    """What did not arrive and who has to be called, as their own pages say it."""

    unsent: list[tuple[str, failed_page.Row]]  # with what is wrong
    calls: list[call_list_page.Line]

    @classmethod
    def read(cls, session: Session, actor: Actor, at: datetime) -> "Lists":
        """Eight statements at most."""
        troubles = failed_page.context(session, actor.scope("message.failed"), at)["troubles"]
        untold = [
            (trouble.title, failed_page.Row(one, at))
            for trouble in troubles
            for one in trouble.group.messages
            if not one.otherwise
        ]
        return cls(untold, call_list_page.context(session, actor, at)["lines"])

    def first_unsent(self, number: int) -> list[tuple[str, failed_page.Row]]:
        """The first appointments of which somebody was not told, each once."""
        by_reference = {row.reference: (why, row) for why, row in reversed(self.unsent)}
        return sorted(by_reference.values(), key=lambda one: one[1].one.starts_at)[:number]


@bp.get("")
@allows(SEE)
def board() -> ResponseReturnValue:
    """What is known of today in every centre of one's own."""
    actor, at, session = current_actor(), now(), db.session()
    lists = Lists.read(session, actor, at)
    scope = actor.scope(SEE).centres
    found = [one for one in centres.centres_in(session, scope) if one.active]
    off = [one for one in absences.waiting(session, actor.scope("roster.change")) if _soon(one, at)]
    days = _Days(session, found, at)
    voices = queries_live.voices(session, [*days.missing(), *(one.staff_id for one in off)])
    places = [days.place(one, lists) for one in found]
    tasks = [task for place in places for task in place.tasks(voices)]
    tasks += [asked_off(one, days.centres[one.centre_id], voices[one.staff_id]) for one in off]
    if waiting := len(notes.to_decide(session, actor.scope("note.grant"), at)):
        tasks.append(notes_asked(waiting))
    return render_template(
        "desk/morning.html",
        at=at,
        places=places,
        tasks=in_order(tasks, at),
        lists=lists,
        first=TASKS,
        shown=LINES,
        calls_waiting=lambda: len(lists.calls),
    )


def _soon(asked: AbsenceRequest, at: datetime) -> bool:
    return asked.first_day <= (at + SOON).date()


class _Days:
    """What is asked once for all centres: rosters, appointments, what was never closed."""

    def __init__(self, session: Session, found: Sequence[Centre], at: datetime) -> None:
        self.centres, self.at = {one.id: one for one in found}, at
        self.today = {one.id: local_day(at, zone(one.timezone)) for one in found}
        first = min(self.today.values(), default=at.date())
        last = max(self.today.values(), default=at.date())
        week = timedelta(days=morning_rules.A_WEEK)
        self.plan = duty_plan.read(session, self.centres, first, last + week)
        bounds = {one.id: day_bounds(self.today[one.id], zone(one.timezone)) for one in found}
        begin = min((one.start for one in bounds.values()), default=at)
        end = max((one.end for one in bounds.values()), default=at)
        everything = queries.of_day(session, self.centres, Interval(begin, end))
        self.bookings = {
            place: [
                n
                for n in everything
                if n.centre_id == place and time.start <= n.starts_at < time.end
            ]
            for place, time in bounds.items()
        }
        self.standing = self.plan.standing(everything)
        self.promised = queries.promised(session, self.centres, Interval(end, end + week))
        self.unended = queries.unended(session, self.centres, Interval(begin - BACK, begin))
        self.mute = self._mute(session, everything)

    def _mute(self, session: Session, everything: Sequence[Booking]) -> frozenset[int]:
        """The appointments to come in which nobody speaks the person's language."""
        voices = queries_live.voices(session, (one.staff_id for one in everything))
        return frozenset(
            one.id
            for one in everything
            if one.status in LIVE
            and one.ends_at > self.at
            and one.interpreter_id is None
            and one.language not in voices[one.staff_id].languages
        )

    def missing(self) -> Iterator[int]:
        """Everybody whose duty of today is cancelled, or who is booked without one."""
        for place, day in self.today.items():
            yield from (one.staff_id for one in morning_rules.dropped(self.plan, place, day))
            yield from (one.staff_id for one in self._unheld(place))

    def _unheld(self, place: int) -> list[morning_rules.Unheld]:
        return morning_rules.unheld(self.bookings[place], self.standing)

    def place(self, centre: Centre, lists: Lists) -> Place:
        """One centre's line."""
        day, booked = self.today[centre.id], self.bookings[centre.id]
        duties = morning_rules.on_duty(self.plan, centre.id, day)
        taken = morning_rules.length(Interval(one.starts_at, one.ends_at) for one in booked)
        return Place(
            centre=centre,
            at=self.at,
            day=day,
            hours=self.plan.hours.on(centre.id, day),
            closed=morning_rules.closed(self.plan, centre.id, day),
            on_duty=len({one.rule.staff_id for one in duties}),
            dropped=list(morning_rules.dropped(self.plan, centre.id, day)),
            unheld=self._unheld(centre.id),
            mute=[one for one in booked if one.id in self.mute],
            booked=len(booked),
            taken=Share(taken, morning_rules.length(one.time for one in duties)),
            week=morning_rules.week_ahead(self.plan, centre.id, day, self.promised[centre.id]),
            unended=self.unended[centre.id],
            unsent=sum(row.one.centre_id == centre.id for _why, row in lists.unsent),
            calls=sum(line.one.facts.centre.id == centre.id for line in lists.calls),
        )
