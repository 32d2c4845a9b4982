"""The parts of the desk that change by themselves: today's board, and who waits.

The desk asks for them every ten seconds. Most answers are «not modified»: one small statement, and
nothing is drawn. A question of this kind is no sign that somebody sits there.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import session as browser
from sqlalchemy.orm import Session

from cic_cases.bookings import queries
from cic_cases.bookings.queries import Line
from cic_cases.bookings.statuses import Status
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk import open_case, queries_live, rules
from cic_cases.desk.frame import CENTRE_KEY, current_centre
from cic_cases.desk.queries_live import NOBODY
from cic_cases.desk.rules import Show
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.i18n import locale
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.notifications import replies
from cic_cases.privacy.actor import Actor
from cic_cases.visits import queries as visits
from cic_cases.visits import ticket_queries


@dataclass
class Live:
    """The parts that change by themselves, of the desk a member of staff has before them."""

    session: Session
    actor: Actor
    show: str | None

    @cached_property
    def tag(self) -> str:
        """What the parts look like now, as a word; the minute counts, because waits are shown."""
        at, centre_id = now(), _place(self.actor)
        looks = (
            queries_live.stamp(self.session, centre_id, at),
            f"{at:%Y%m%d%H%M}",
            str(centre_id),
            locale(),
            str(open_case.case_id() or ""),
            self.chosen.value,
        )
        return hashlib.sha256("|".join(looks).encode()).hexdigest()[:24]

    @property
    def chosen(self) -> Show:
        """Which lines of the board are shown; all of them where nothing else was asked for."""
        return Show(self.show) if self.show in list(Show) else Show.ALL

    @cached_property
    def centre(self) -> Centre:
        """Whose desk it is."""
        return current_centre(self.actor, "desk.see")

    @cached_property
    def lines(self) -> list[Line]:
        """Every appointment of the centre's local day."""
        local = zone(self.centre.timezone)
        day = day_bounds(local_day(now(), local), local)
        return queries.board(self.session, self.centre.id, day)

    def facts(self) -> dict[str, Any]:
        """Everything that is drawn, read once."""
        return self._facts

    @cached_property
    def _facts(self) -> dict[str, Any]:
        case_id = open_case.case_id()
        return _facts(self.session, self.centre, self.lines, case_id, self.chosen)


def _place(actor: Actor) -> int:
    """The id of the centre whose desk is open, as `current_centre` chooses it."""
    reach = actor.scope("desk.see").centres
    open_here = sorted(place for place in actor.places if place[1] in reach)
    for slug, centre_id in open_here:
        if slug == browser.get(CENTRE_KEY):
            return centre_id
    if not open_here:
        raise NotFound()
    return open_here[0][1]


def _facts(
    session: Session, centre: Centre, lines: Sequence[Line], case_id: int | None, chosen: Show
) -> dict[str, Any]:
    at, local = now(), zone(centre.timezone)
    today = local_day(at, local)
    hours = centres.opening(session, [centre.id], today, today).on(centre.id, today)
    line = rules.of_case(lines, case_id) if case_id else None
    voices = queries_live.voices(
        session, (one for n in lines for one in (n.staff_id, n.interpreter_id))
    )
    mute = frozenset(
        n.id for n in lines if rules.unheard(n, voices.get(n.staff_id, NOBODY).languages)
    )
    return {
        "centre": centre,
        "at": at,
        "soon": at + rules.EARLY,
        "today": today,
        "zone": local,
        "chosen": chosen,
        "any_today": bool(lines),
        "counts": {one: len(rules.shown(lines, one, at, mute)) for one in Show},
        "board": rules.shown(lines, chosen, at, mute),
        "voices": voices,
        "mute": mute,
        "now_id": line.id if line else rules.now_at(lines, at),
        "answers": replies.standing(session, (line.id for line in lines)),
        "late": {line.id for line in lines if rules.late(line, at)},
        "steps": rules.STEPS,
        "undoable": rules.UNDOABLE,
        "waiting": [line for line in lines if line.status is Status.ARRIVED],
        "today_counts": visits.today_counts(session, centre.id, day_bounds(today, local)),
        "numbers": ticket_queries.numbers(session, centre.id, today),
        "no_shows": sum(line.status is Status.NO_SHOW for line in lines),
        "closes": hours[1] if hours else None,
    }
