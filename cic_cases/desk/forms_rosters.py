"""Forms of the roster pages: a duty, one date of it, a closure."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cic_cases.calendar.rules import Change, ClosedDays, DutyWish
from cic_cases.centres.models import Institution, Room
from cic_cases.desk.queries_rosters import Choices
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import (
    _,
    in_reader_language,
    lazy,
    lazy_pgettext,
    pgettext,
    weekday_name,
)

CHOOSE = lazy("Choose one of the options.")
CHOOSE_DATE, CHOOSE_TIME = lazy("Choose a date."), lazy("Choose a time.")
NO_ROOM = 0
T = TypeVar("T")


class _RefusableForm(FlaskForm):  # type: ignore[misc]
    """A form that can carry a rule's refusal back to the field it names."""

    def refuse(self, refusal: Refusal) -> None:
        """Show the sentence beside its field, or above the form when it names none."""
        if refusal.field in self._fields:
            field = self._fields[refusal.field]
            field.errors = [*field.errors, refusal.text()]
        else:
            self.form_errors.append(refusal.text())


class DutyForm(_RefusableForm):
    """A weekly duty; the same first and last day make it a single one."""

    staff = SelectField(lazy("Specialist"), coerce=int, validators=[InputRequired(CHOOSE)])
    services = SelectMultipleField(
        lazy("Services"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired(CHOOSE)],
    )
    room = SelectField(lazy("Room"), coerce=int)
    weekday = SelectField(lazy("Day of the week"), coerce=int)
    starts = TimeField(lazy_pgettext("hours", "From"), validators=[InputRequired(CHOOSE_TIME)])
    ends = TimeField(lazy_pgettext("hours", "To"), validators=[InputRequired(CHOOSE_TIME)])
    valid_from = DateField(lazy("First day"), validators=[InputRequired(CHOOSE_DATE)])
    valid_until = DateField(lazy("Last day (if it ends)"), validators=[Optional()])
    grid = IntegerField(
        lazy("A time every … minutes"),
        default=20,
        validators=[InputRequired(), NumberRange(5, 240, lazy("Enter 5 to 240 minutes."))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="duty-", **kwargs)

    def prepare(self, choices: Choices) -> None:
        """Offer what this centre has."""
        self._centre_id = choices.centre_id
        self.staff.choices = [(s.id, s.initials) for s in choices.staff]
        self.services.choices = [(s.id, in_reader_language(s.names)) for s in choices.services]
        self.room.choices = [*_rooms(choices.rooms), (NO_ROOM, _("online or by phone"))]
        self.weekday.choices = [(day, weekday_name(day)) for day in range(7)]

    def validate_valid_until(self, field: DateField) -> None:
        """A duty cannot end before it begins."""
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_("The last day must not be before the first."))

    def wish(self) -> DutyWish:
        """What was asked for; a single duty takes its weekday from its date."""
        first_day = _given(self.valid_from.data)
        single = first_day == self.valid_until.data
        return DutyWish(
            staff_id=self.staff.data,
            centre_id=self._centre_id,
            room_id=self.room.data or None,
            weekday=first_day.weekday() if single else self.weekday.data,
            hours=(_given(self.starts.data), _given(self.ends.data)),
            valid_from=first_day,
            valid_until=self.valid_until.data,
            grid_minutes=_given(self.grid.data),
            service_ids=frozenset(_given(self.services.data)),
        )


class OccurrenceForm(_RefusableForm):
    """One date of a duty: cancelled, at other hours, or the last one."""

    on = DateField(lazy("Date"), validators=[InputRequired(CHOOSE_DATE)])
    act = RadioField(lazy("What changes"), validators=[InputRequired(CHOOSE)])
    starts = TimeField(lazy_pgettext("hours", "From"), validators=[Optional()])
    ends = TimeField(lazy_pgettext("hours", "To"), validators=[Optional()])
    room = SelectField(lazy("Room"), coerce=int, default=NO_ROOM)

    def prepare(self, rooms: Sequence[Room]) -> None:
        """Offer what can be done with a date, and the centre's rooms."""
        self.act.choices = [
            ("cancel", pgettext("duty", "Cancel this date")),
            ("change", pgettext("duty", "Other hours or room on this date")),
            ("end", pgettext("duty", "End the duty with this date")),
        ]
        self.room.choices = [(NO_ROOM, _("the same room")), *_rooms(rooms)]

    def validate_starts(self, field: TimeField) -> None:
        """Other hours need both ends."""
        if self.act.data == "change" and not (field.data and self.ends.data):
            raise ValidationError(_("Choose a time."))

    def wish(self) -> tuple[date, Change | None]:
        """The date and its change; no change means that the duty ends with it."""
        day = _given(self.on.data)
        if self.act.data == "end":
            return day, None
        if self.act.data == "cancel":
            return day, Change(cancelled=True)
        hours = (_given(self.starts.data), _given(self.ends.data))
        return day, Change(hours=hours, room_id=self.room.data or None)


class ClosureForm(_RefusableForm):
    """Days on which a centre is closed, or an institution sends nobody."""

    who = SelectField(lazy("Who is closed"), coerce=int)
    first_day = DateField(lazy("First day"), validators=[InputRequired(CHOOSE_DATE)])
    last_day = DateField(lazy("Last day"), validators=[InputRequired(CHOOSE_DATE)])
    reason = StringField(
        lazy("Reason"), validators=[InputRequired(lazy("Enter a reason.")), Length(max=120)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="closure-", **kwargs)

    def prepare(self, institutions: Sequence[Institution]) -> None:
        """Offer this centre and the institutions of its region."""
        offices = [(office.id, in_reader_language(office.names)) for office in institutions]
        self.who.choices = [(0, _("this Centre")), *offices]

    def validate_last_day(self, field: DateField) -> None:
        """Closed days run forward."""
        if field.data and self.first_day.data and field.data < self.first_day.data:
            raise ValidationError(_("The last day must not be before the first."))

    def wish(self, centre_id: int) -> tuple[ClosedDays, str]:
        """The closure, of `centre_id` or of the chosen institution."""
        office = self.who.data or None
        closed = ClosedDays(
            centre_id=None if office else centre_id,
            institution_id=office,
            first_day=_given(self.first_day.data),
            last_day=_given(self.last_day.data),
        )
        return closed, _given(self.reason.data).strip()


def _given(value: T | None) -> T:
    """The value of a field that its validators have required."""
    if value is None:
        raise ValueError("a wish is read only from a form that was accepted")
    return value


def _rooms(rooms: Sequence[Room]) -> list[tuple[int, str]]:
    return [(room.id, _("room %(label)s", label=room.label)) for room in rooms]
