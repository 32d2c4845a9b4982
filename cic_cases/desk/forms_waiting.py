"""What a person who waits can attend: taps and dates, nothing written."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from cic_cases.bookings.waiting_rules import EVERY_DAY, Limits, Wanted
from cic_cases.centres.models import Centre, Service
from cic_cases.desk.finder import TIMES_OF_DAY
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import (
    _,
    endonym,
    in_reader_language,
    lazy,
    ngettext,
    pgettext,
    weekday_name,
)

CHOOSE = lazy("Choose one of the options.")
ANY = "any"
NOTICES = (60, 120, 240, 24 * 60)  # minutes to get there
USUAL_NOTICE = 120


class Boxes(SelectMultipleField):
    """Several answers, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class WaitingForm(FlaskForm):  # type: ignore[misc]
    """The questions of the waiting list; its names are those of the search for a time."""

    service = SelectField(lazy("Service"), coerce=int, validators=[InputRequired(CHOOSE)])
    centre = Boxes(lazy("Centre"), coerce=int)
    language = SelectField(lazy("Language of the meeting"))
    interpreter = BooleanField(lazy("Include times with an interpreter"))
    first_day = DateField(lazy("First day"), validators=[InputRequired(lazy("Choose a date."))])
    last_day = DateField(lazy("Last day (if it ends)"), validators=[Optional()])
    weekdays = Boxes(lazy("Days of the week"))
    time = RadioField(lazy("Time of day"), default=ANY)
    notice = SelectField(lazy("Time needed to get there"), coerce=int, default=USUAL_NOTICE)

    def prepare(
        self, services: Sequence[Service], centres: Sequence[Centre], languages: Sequence[str]
    ) -> None:
        """Offer what this region has."""
        self.service.choices = [(s.id, in_reader_language(s.names)) for s in services]
        self.centre.choices = [(c.id, c.city) for c in centres]
        spoken = [(code, endonym(code)) for code in languages]
        self.language.choices = [(ANY, pgettext("language", "any")), *spoken]
        self.weekdays.choices = [(day, weekday_name(int(day))) for day in EVERY_DAY]
        self.time.choices = [(part, time_of_day(part)) for part in TIMES_OF_DAY]
        self.notice.choices = [(minutes, notice_text(minutes)) for minutes in NOTICES]

    def refuse(self, refusal: Refusal) -> None:
        """Show the sentence beside its field, or above the form when it names none."""
        field = self._fields.get({"until_time": "time"}.get(refusal.field or "", refusal.field))
        if field is not None:
            field.errors = [*field.errors, refusal.text()]
        else:
            self.form_errors.append(refusal.text())

    def wanted(self, case_id: int) -> Wanted:
        """What was asked for; call it on a valid form."""
        if self.first_day.data is None:
            raise LookupError("the form was not validated")
        from_time, until_time = TIMES_OF_DAY[self.time.data]
        return Wanted(
            case_id=case_id,
            service_id=self.service.data,
            centre_ids=frozenset(self.centre.data or ()),
            language=None if self.language.data == ANY else self.language.data,
            interpreter=self.interpreter.data,
            limits=Limits(
                first_day=self.first_day.data,
                last_day=self.last_day.data,
                from_time=from_time,
                until_time=until_time,
                weekdays="".join(self.weekdays.data or ()),
                notice=timedelta(minutes=self.notice.data),
            ),
        )


def time_of_day(part: str) -> str:
    """A part of the day in words."""
    return {
        ANY: pgettext("time of day", "any"),
        "morning": _("till 12"),
        "midday": _("12–16"),
        "late": _("from 16"),
    }[part]


def notice_text(minutes: int) -> str:
    """How long somebody needs to get to the centre, in words."""
    if minutes < 24 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))


def asked_before(values: "MultiDict[str, str]", form_data: dict[str, Any]) -> dict[str, Any]:
    """The form's first answers: those of the search that found nothing, else the usual ones."""
    if values.get("time") in TIMES_OF_DAY:
        form_data["time"] = values["time"]
    if values.get("language"):
        form_data["language"] = values["language"]
    if values.get("interpreter") == "y":
        form_data["interpreter"] = True
    return form_data
