"""Forms of single dates: one date of a duty, closures, opening hours, the copy of a week."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from wtforms import DateField, RadioField, SelectField, TimeField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from cic_cases.calendar.changes import (
    AT_ONCE,
    Closing,
    DateHours,
    Ending,
    OneDate,
    Replacing,
    RosterChange,
    WeekHours,
)
from cic_cases.calendar.duties import DutyWish
from cic_cases.calendar.rules import Change, ClosedDays, Hours
from cic_cases.centres.models import Institution, Room
from cic_cases.desk.forms_rosters import (
    CHOOSE,
    CHOOSE_DATE,
    NO_ROOM,
    RefusableForm,
    given,
    room_choices,
)
from cic_cases.desk.queries_substitutes import Candidate
from cic_cases.foundation.i18n import (
    _,
    endonym,
    in_reader_language,
    lazy,
    lazy_pgettext,
    pgettext,
    weekday_name,
)
from cic_cases.privacy.line_field import LineField

ONE_DAY = timedelta(days=1)
SAME = 0
ONE, LATER, ALL = "one", "later", "all"


class OccurrenceForm(RefusableForm):
    """One date of a duty, it and all later ones, or all: cancelled, or other than the rule."""

    on = DateField(lazy("Date"), validators=[InputRequired(CHOOSE_DATE)])
    reach = RadioField(lazy("Which dates"), default=ONE)
    act = RadioField(lazy("What changes"), validators=[InputRequired(CHOOSE)])
    starts = TimeField(lazy_pgettext("hours", "From"), validators=[Optional()])
    ends = TimeField(lazy_pgettext("hours", "To"), validators=[Optional()])
    room = SelectField(lazy("Room"), coerce=int, default=NO_ROOM)
    substitute = SelectField(lazy("Who holds it"), coerce=int, default=SAME)

    def prepare(self, rooms: Sequence[Room], candidates: Sequence[Candidate]) -> None:
        """Offer what can be done with a date, the centre's rooms, and who could stand in."""
        self.reach.choices = [
            (ONE, pgettext("duty", "this one")),
            (LATER, pgettext("duty", "this and later ones")),
            (ALL, pgettext("duty", "all")),
        ]
        self.act.choices = [
            ("cancel", pgettext("duty", "Cancel")),
            ("change", pgettext("duty", "Other hours, room or specialist")),
            ("restore", pgettext("duty", "As the rule says again")),
            ("end", pgettext("duty", "End the duty with this date")),
        ]
        self.room.choices = [(NO_ROOM, _("the same room")), *room_choices(rooms)]
        people = [(one.staff_id, _candidate(one)) for one in candidates]
        self.substitute.choices = [(SAME, _("the same specialist")), *people]

    def validate_starts(self, field: TimeField) -> None:
        """Other hours need both ends."""
        if bool(field.data) is not bool(self.ends.data):
            raise ValidationError(_("Enter both hours, or none."))

    def wish(self, duty_id: int, now: DutyWish) -> RosterChange:
        """The change that was asked for; `now` is the rule as it stands."""
        day = given(self.on.data)
        if self.act.data == "end":
            return Ending(duty_id, day)
        if self.act.data == "restore":
            return OneDate(duty_id, day, None)
        if self.act.data == "cancel":
            if self.reach.data == ONE:
                return OneDate(duty_id, day, Change(cancelled=True))
            last = day - ONE_DAY if self.reach.data == LATER else AT_ONCE
            return Ending(duty_id, last)
        change = Change(
            hours=self._hours(),
            room_id=self._chosen(self.room),
            staff_id=self._chosen(self.substitute),
        )
        if self.reach.data == ONE:
            return OneDate(duty_id, day, change)
        wish = replace(
            now,
            hours=change.hours or now.hours,
            room_id=change.room_id or now.room_id,
            staff_id=change.staff_id or now.staff_id,
        )
        return Replacing(duty_id, day if self.reach.data == LATER else None, wish)

    def _hours(self) -> Hours | None:
        if not self.starts.data or not self.ends.data:
            return None
        return self.starts.data, self.ends.data

    @staticmethod
    def _chosen(field: SelectField) -> int | None:
        return field.data or None


def _candidate(one: Candidate) -> str:
    spoken = ", ".join(endonym(code) for code in one.languages)
    if one.free:
        return _("%(who)s: free then · %(languages)s", who=one.initials, languages=spoken)
    return _("%(who)s: not free then · %(languages)s", who=one.initials, languages=spoken)


class ClosureForm(RefusableForm):
    """Days on which a centre, one of its rooms or an institution is closed."""

    who = SelectField(lazy("Who is closed"))
    first_day = DateField(lazy("First day"), validators=[InputRequired(CHOOSE_DATE)])
    last_day = DateField(lazy("Last day"), validators=[InputRequired(CHOOSE_DATE)])
    reason = LineField(
        lazy("Reason"), validators=[InputRequired(lazy("Enter a reason.")), Length(max=120)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="closure-", **kwargs)

    def prepare(
        self, institutions: Sequence[Institution], rooms: Sequence[Room], whole_region: bool
    ) -> None:
        """Offer this centre, its rooms, and the institutions of its region."""
        choices = [("0", _("this Centre"))]
        choices += [
            (str(one.id), _("%(office)s, in this Centre", office=in_reader_language(one.names)))
            for one in institutions
        ]
        choices += [(f"room-{key}", label) for key, label in room_choices(rooms)]
        if whole_region:
            choices += [
                (
                    f"all-{one.id}",
                    _("%(office)s, in all Centres", office=in_reader_language(one.names)),
                )
                for one in institutions
            ]
        self.who.choices = choices

    def validate_last_day(self, field: DateField) -> None:
        """Closed days run forward."""
        if field.data and self.first_day.data and field.data < self.first_day.data:
            raise ValidationError(_("The last day must not be before the first."))

    def wish(self, centre_id: int) -> Closing:
        """The closure, of `centre_id`, one of its rooms, or the chosen institution."""
        what, _dash, number = str(self.who.data).rpartition("-")
        office = int(number) if what != "room" and int(number) else None
        closed = ClosedDays(
            centre_id=None if what == "all" else centre_id,
            institution_id=office,
            first_day=given(self.first_day.data),
            last_day=given(self.last_day.data),
            room_id=int(number) if what == "room" else None,
        )
        return Closing(closed, given(self.reason.data).strip())


class HoursForm(RefusableForm):
    """When the centre is open on a weekday; without hours it is closed."""

    weekday = SelectField(lazy("Day of the week"), coerce=int)
    opens = TimeField(lazy_pgettext("hours", "From"), validators=[Optional()])
    closes = TimeField(lazy_pgettext("hours", "To"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="week-", **kwargs)
        self.weekday.choices = [(day, weekday_name(day)) for day in range(7)]

    def validate_opens(self, field: TimeField) -> None:
        """Hours have both ends."""
        _both(field.data, self.closes.data)

    def wish(self, centre_id: int) -> WeekHours:
        """The hours of that weekday, None for closed."""
        return WeekHours(centre_id, self.weekday.data, _span(self.opens.data, self.closes.data))


class DateHoursForm(RefusableForm):
    """When the centre is open on one date; without hours it is as every week."""

    on = DateField(lazy("Date"), validators=[InputRequired(CHOOSE_DATE)])
    opens = TimeField(lazy_pgettext("hours", "From"), validators=[Optional()])
    closes = TimeField(lazy_pgettext("hours", "To"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="date-", **kwargs)

    def validate_opens(self, field: TimeField) -> None:
        """Hours have both ends."""
        _both(field.data, self.closes.data)

    def wish(self, centre_id: int) -> DateHours:
        """The hours of that date, None for those of its weekday."""
        hours = _span(self.opens.data, self.closes.data)
        return DateHours(centre_id, given(self.on.data), hours)


def _both(opens: time | None, closes: time | None) -> None:
    if bool(opens) is not bool(closes):
        raise ValidationError(_("Enter both hours, or none."))


def _span(opens: time | None, closes: time | None) -> Hours | None:
    return (opens, closes) if opens and closes else None


class CopyForm(RefusableForm):
    """Copy the duties of one week into another; any day names its week."""

    week = DateField(lazy("A day of the week to copy"), validators=[InputRequired(CHOOSE_DATE)])
    into = DateField(
        lazy("A day of the week to copy into"), validators=[InputRequired(CHOOSE_DATE)]
    )
