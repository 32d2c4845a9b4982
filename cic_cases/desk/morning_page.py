"""What the coordinator's board shows: what to do first, and one line for each centre.

It lies open on a desk: appointments by their reference and time; no code, no kind of help.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from cic_cases.bookings.models import Booking
from cic_cases.calendar.models import AbsenceRequest
from cic_cases.centres.models import Centre
from cic_cases.desk.forms_absences import reasons
from cic_cases.desk.morning_rules import Dropped, Share, Unheld
from cic_cases.desk.queries_live import NOBODY, Voice
from cic_cases.desk.queries_morning import Unended
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import ENDONYMS, _, day_short, ngettext, wall_clock
from cic_cases.foundation.localtime import local_day


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Something to put right before people come; `when` (UTC) is when it is too late, if known."""

    symbol: str
    city: str
    title: str
    detail: str
    url: str
    act: str
    when: datetime | None = None
    bad: bool = False

    def left(self, at: datetime) -> str:
        """How long until then."""
        if self.when is None or self.when <= at:
            return ""
        hours, minutes = divmod(int((self.when - at).total_seconds()) // 60, 60)
        if hours:
            return _("in %(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        return _("in %(num)s min", num=minutes)


@dataclass(frozen=True, kw_only=True)
class Place:
    """One centre's day as it is known now."""

    centre: Centre
    at: datetime
    day: date
    hours: tuple[time, time] | None
    closed: bool
    on_duty: int
    dropped: Sequence[Dropped]
    unheld: Sequence[Unheld]
    mute: Sequence[Booking]
    booked: int
    taken: Share
    week: Share
    unended: Sequence[Unended]
    unsent: int
    calls: int

    @property
    def zone(self) -> ZoneInfo:
        """By whose clocks the centre lives."""
        return zone(self.centre.timezone)

    @property
    def gaps(self) -> int:
        """How many members of staff are missing."""
        return len({one.staff_id for one in self.dropped} | {one.staff_id for one in self.unheld})

    def url(self, endpoint: str) -> str:
        """A page of this centre: it becomes the one that is worked in."""
        return url_for(endpoint, at=self.centre.slug)

    def tasks(self, voices: Mapping[int, Voice]) -> Iterator[Task]:
        """What to do here."""
        yield from (self._unheld(one, voices) for one in self.unheld)
        yield from (self._dropped(one, voices) for one in self.dropped)
        yield from (self._mute(one) for one in self.mute)
        if self.unended:
            yield self._late()
        if self.week.runs_out:
            yield self._short()

    def _unheld(self, one: Unheld, voices: Mapping[int, Voice]) -> Task:
        first = one.bookings[0]
        who = voices.get(one.staff_id, NOBODY).initials
        return Task(
            symbol="alert",
            city=self.centre.city,
            title=_("%(who)s is not on duty", who=who),
            detail=ngettext(
                "%(num)s person is booked, the first at %(time)s",
                "%(num)s people are booked, the first at %(time)s",
                len(one.bookings),
                time=wall_clock(first.starts_at, self.zone),
            ),
            url=url_for("bookings.detail", reference=show(first.reference)),
            act=_("Open the appointment"),
            when=first.starts_at,
            bad=True,
        )

    def _dropped(self, one: Dropped, voices: Mapping[int, Voice]) -> Task:
        hours = (wall_clock(moment, self.zone) for moment in (one.time.start, one.time.end))
        return Task(
            symbol="users",
            city=self.centre.city,
            title="–".join(hours),
            detail=_(
                "the duty of %(who)s is cancelled, nobody stands in",
                who=voices.get(one.staff_id, NOBODY).initials,
            ),
            url=self.url("rosters.overview"),
            act=_("Find a substitute"),
            when=one.time.start,
        )

    def _mute(self, one: Booking) -> Task:
        return Task(
            symbol="lang",
            city=self.centre.city,
            title=_(
                "%(time)s: no interpreter, %(language)s",
                time=wall_clock(one.starts_at, self.zone),
                language=ENDONYMS.get(one.language, one.language),
            ),
            detail=show(one.reference),
            url=url_for("bookings.detail", reference=show(one.reference)),
            act=_("Find an interpreter"),
            when=one.starts_at,
            bad=True,
        )

    def _late(self) -> Task:
        oldest = self.unended[0]
        return Task(
            symbol="clock",
            city=self.centre.city,
            title=ngettext(
                "%(num)s appointment has no end",
                "%(num)s appointments have no end",
                len(self.unended),
            ),
            detail=_(
                "nobody has said if the person came; the oldest is of %(day)s",
                day=day_short(local_day(oldest.starts_at, self.zone)),
            ),
            url=url_for("bookings.detail", reference=show(oldest.reference)),
            act=_("Open the oldest"),
        )

    def _short(self) -> Task:
        return Task(
            symbol="cal",
            city=self.centre.city,
            title=_("Free times run out"),
            detail=_(
                "%(percent)s%% of the coming week's hours are taken", percent=self.week.percent
            ),
            url=self.url("rosters.overview"),
            act=_("Add a duty"),
        )


def asked_off(one: AbsenceRequest, centre: Centre, who: Voice) -> Task:
    """Somebody asks to be away from today or in the next days."""
    days = day_short(one.first_day)
    if one.last_day != one.first_day:
        days = f"{days} – {day_short(one.last_day)}"
    return Task(
        symbol="ban",
        city=centre.city,
        title=_("%(who)s asks for days off", who=who.initials),
        detail=f"{days}, {reasons()[one.reason]}",
        url=url_for("absences.waiting"),
        act=_("Decide"),
        when=datetime.combine(one.first_day, time(), zone(centre.timezone)),
        bad=True,
    )


def notes_asked(number: int) -> Task:
    """Colleagues ask to read somebody's notes: it cannot wait, and a second person decides."""
    return Task(
        symbol="lock",
        city="",
        title=ngettext("%(num)s request to read notes", "%(num)s requests to read notes", number),
        detail=_("somebody may be in danger"),
        url=url_for("openings.overview"),
        act=_("Decide"),
        bad=True,
    )


def in_order(tasks: Sequence[Task], at: datetime) -> list[Task]:
    """What is too late first stands first; what has no hour comes last, the grave before."""

    def urgency(one: Task) -> tuple[bool, datetime, bool]:
        return one.when is None, one.when or at + timedelta(days=1), not one.bad

    return sorted(tasks, key=urgency)
