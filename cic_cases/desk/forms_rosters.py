"""The form of a duty: who, when, where, and what is given in it at which length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cic_cases.calendar.duties import DutyWish, ServiceIn
from cic_cases.calendar.models import DutyKind
from cic_cases.centres.models import Room
from cic_cases.desk.queries_rosters import Choices
from cic_cases.desk.words import every
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import (
    ENDONYMS,
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
ON_SITE, REMOTE = "interprets", "remote"
LONGEST, LONGEST_BUFFER = 240, 120
T = TypeVar("T")


class RefusableForm(FlaskForm):  # type: ignore[misc]
    """A form that can carry a rule's refusal back to the field it names."""

    def refuse(self, refusal: Refusal) -> None:
        """Show the sentence beside its field, or above the form when it names none."""
        if refusal.field in self._fields:
            field = self._fields[refusal.field]
            field.errors = [*field.errors, refusal.text()]
        else:
            self.form_errors.append(refusal.text())


@dataclass(frozen=True)
class ServiceRow:
    """The three numbers beside one service of the form."""

    value: int
    label: str
    usual: int | None
    minutes: IntegerField
    before: IntegerField
    after: IntegerField


def _minutes(label: Any, longest: int, least: int) -> IntegerField:
    limits = NumberRange(
        least, longest, lazy("Enter %(least)s to %(most)s minutes.", least=least, most=longest)
    )
    return IntegerField(label, validators=[Optional(), limits])


class DutyForm(RefusableForm):
    """A weekly duty; the same first and last day make it a single one.

    Every service has its own length and buffers; what is left blank is as the service says.
    """

    staff = SelectField(lazy("Specialist"), coerce=int, validators=[InputRequired(CHOOSE)])
    kind = SelectField(lazy("What happens in this duty"), default=DutyKind.RECEIVES.value)
    services = SelectMultipleField(
        lazy("Services"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    room = SelectField(lazy("Room"), coerce=int, default=NO_ROOM)
    languages = SelectMultipleField(
        lazy("Languages of this duty"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    weekday = SelectField(lazy("Day of the week"), coerce=int, default=0)
    every_weeks = SelectField(lazy("How often"), coerce=int, default=1)
    starts = TimeField(lazy_pgettext("hours", "From"), validators=[InputRequired(CHOOSE_TIME)])
    ends = TimeField(lazy_pgettext("hours", "To"), validators=[InputRequired(CHOOSE_TIME)])
    valid_from = DateField(lazy("First day"), validators=[InputRequired(CHOOSE_DATE)])
    valid_until = DateField(lazy("Last day (if it ends)"), validators=[Optional()])
    grid = IntegerField(
        lazy("A time every … minutes"),
        default=20,
        validators=[InputRequired(), NumberRange(5, 240, lazy("Enter 5 to 240 minutes."))],
    )

    rows: tuple[ServiceRow, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="duty-", **kwargs)

    def prepare(self, choices: Choices) -> None:
        """Offer what this centre has."""
        self._centre_id = choices.centre_id
        self._interpreters = choices.interpreters
        self.staff.choices = [(s.id, s.initials) for s in choices.staff]
        self.kind.choices = [
            (DutyKind.RECEIVES.value, pgettext("duty", "receives people")),
            (ON_SITE, pgettext("duty", "interprets in the Centre")),
            (REMOTE, pgettext("duty", "interprets remotely, for all Centres")),
        ]
        names = [(s.id, in_reader_language(s.names)) for s in choices.services]
        self.services.choices = names
        self.room.choices = [*room_choices(choices.rooms), (NO_ROOM, _("online or by phone"))]
        self.languages.choices = [(code, ENDONYMS[code]) for code in choices.languages]
        self.weekday.choices = [(day, weekday_name(day)) for day in range(7)]
        self.every_weeks.choices = [(n, every(n)) for n in range(1, 9)]
        usual = {service.id: service.minutes for service in choices.services}
        self.rows = tuple(
            ServiceRow(value, label, usual[value], *self._numbers[value]) for value, label in names
        )

    @property
    def _numbers(self) -> Mapping[int, tuple[IntegerField, IntegerField, IntegerField]]:
        return {
            service_id: (
                self[f"minutes_{service_id}"],
                self[f"before_{service_id}"],
                self[f"after_{service_id}"],
            )
            for service_id in self.service_ids
        }

    service_ids: tuple[int, ...] = ()

    def validate_valid_until(self, field: DateField) -> None:
        """A duty cannot end before it begins."""
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_("The last day must not be before the first."))

    def validate_services(self, field: SelectMultipleField) -> None:
        """Whoever receives people gives something; an interpreter's help is no service."""
        if self.kind.data == DutyKind.RECEIVES.value and not field.data:
            raise ValidationError(_("Choose one of the options."))

    def validate_kind(self, field: SelectField) -> None:
        """Interpreters interpret, specialists receive people."""
        interprets = field.data != DutyKind.RECEIVES.value
        if self.staff.data and interprets is not (self.staff.data in self._interpreters):
            wrong = (
                _("Only an interpreter can interpret. Choose an interpreter.")
                if interprets
                else _("An interpreter interprets. Choose where.")
            )
            raise ValidationError(wrong)

    def wish(self) -> DutyWish:
        """What was asked for; a single duty takes its weekday from its date."""
        first_day = given(self.valid_from.data)
        single = first_day == self.valid_until.data
        interprets = self.kind.data != DutyKind.RECEIVES.value
        remote = self.kind.data == REMOTE
        return DutyWish(
            staff_id=self.staff.data,
            centre_id=self._centre_id,
            room_id=None if remote else self.room.data or None,
            weekday=first_day.weekday() if single else self.weekday.data,
            hours=(given(self.starts.data), given(self.ends.data)),
            valid_from=first_day,
            valid_until=self.valid_until.data,
            grid_minutes=given(self.grid.data),
            services=() if interprets else self._services(),
            languages=frozenset(self.languages.data or ()),
            every_weeks=1 if single else self.every_weeks.data,
            kind=DutyKind.INTERPRETS if interprets else DutyKind.RECEIVES,
            remote=remote,
        )

    def _services(self) -> tuple[ServiceIn, ...]:
        found = []
        for service_id in given(self.services.data):
            minutes, before, after = (field.data for field in self._numbers[service_id])
            found.append(ServiceIn(service_id, minutes, before or 0, after or 0))
        return tuple(found)


def duty_form(choices: Choices, **kwargs: Any) -> DutyForm:
    """The form with three numbers for each service of this centre."""
    fields: dict[str, Any] = {"service_ids": tuple(s.id for s in choices.services)}
    for service in choices.services:
        name = in_reader_language(service.names)
        fields[f"minutes_{service.id}"] = _minutes(
            _("%(service)s: minutes", service=name), LONGEST, 5
        )
        fields[f"before_{service.id}"] = _minutes(
            _("%(service)s: minutes before", service=name), LONGEST_BUFFER, 0
        )
        fields[f"after_{service.id}"] = _minutes(
            _("%(service)s: minutes after", service=name), LONGEST_BUFFER, 0
        )
    form: DutyForm = type("DutyFormOfCentre", (DutyForm,), fields)(**kwargs)
    form.prepare(choices)
    return form


def values_of(wish: DutyWish) -> dict[str, Any]:
    """What the form shows for a duty that is already there."""
    kind = wish.kind.value if wish.kind is DutyKind.RECEIVES or not wish.remote else REMOTE
    values: dict[str, Any] = {
        "staff": wish.staff_id,
        "kind": kind,
        "services": [one.service_id for one in wish.services],
        "room": wish.room_id or NO_ROOM,
        "languages": sorted(wish.languages),
        "weekday": wish.weekday,
        "every_weeks": wish.every_weeks,
        "starts": wish.hours[0],
        "ends": wish.hours[1],
        "valid_from": wish.valid_from,
        "valid_until": wish.valid_until,
        "grid": wish.grid_minutes,
    }
    for one in wish.services:
        values[f"minutes_{one.service_id}"] = one.minutes
        values[f"before_{one.service_id}"] = one.before_minutes or None
        values[f"after_{one.service_id}"] = one.after_minutes or None
    return values


def given(value: T | None) -> T:
    """The value of a field that its validators have required."""
    if value is None:
        raise ValueError("a wish is read only from a form that was accepted")
    return value


def room_choices(rooms: Sequence[Room]) -> list[tuple[int, str]]:
    """Rooms as they are called on the pages."""
    return [(room.id, _("room %(label)s", label=room.label)) for room in rooms]


def day_or_none(text: str | None) -> date | None:
    """A date of the address, None for anything that is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
