"""The form of an appointment elsewhere: where, when, how far, and who goes along."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, HiddenField, IntegerField, TimeField
from wtforms.validators import InputRequired, ValidationError

from cic_cases.cases import choices
from cic_cases.cases.forms import Listed, refuse
from cic_cases.centres.models import Place
from cic_cases.foundation.clock import zone
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _, in_reader_language, lazy
from cic_cases.foundation.localtime import instant
from cic_cases.people.models import Staff
from cic_cases.visits.external_queries import ExternalLine
from cic_cases.visits.external_rules import Details

MINUTES = lazy("Enter minutes as a whole number.")
YEARS = range(2000, 2200)  # what lies outside is a slip of the keys
USUAL_MINUTES, USUAL_WAY = 60, 30


class ExternalForm(FlaskForm):  # type: ignore[misc]
    """One appointment in another institution's own system. Call `offer` before use."""

    place = Listed(lazy("Place"))
    day = DateField(lazy("Date"), validators=[InputRequired(lazy("Choose a date."))])
    time = TimeField(lazy("Time"), validators=[InputRequired(lazy("Choose a time."))])
    minutes = IntegerField(
        lazy("Minutes there"), default=USUAL_MINUTES, validators=[InputRequired(MINUTES)]
    )
    travel_minutes = IntegerField(
        lazy("Minutes of the way, each way"), default=USUAL_WAY, validators=[InputRequired(MINUTES)]
    )
    language = Listed(lazy("Language of the conversation"))
    company = BooleanField(lazy("Somebody from the Centre is needed to go along"))
    assistant = Listed(lazy("Who goes along"), default="")
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places: dict[str, int] = {}
        self._assistants: dict[str, int] = {}

    @classmethod
    def of(cls, line: ExternalLine, place_key: str, assistant_key: str | None) -> "ExternalForm":
        """The form with what is noted now."""
        local = line.starts_at.astimezone(zone(line.timezone))
        return cls(
            formdata=None,
            place=place_key,
            day=local.date(),
            time=local.time(),
            minutes=int((line.ends_at - line.starts_at).total_seconds() // 60),
            travel_minutes=line.travel_minutes,
            language=line.language,
            company=line.company,
            assistant=assistant_key or "",
            version=str(line.version),
        )

    def offer(self, places: Sequence[Place], assistants: Sequence[Staff]) -> None:
        """The region's places, and who of the centre goes along."""
        self._places = {place.key: place.id for place in places}
        self._assistants = {person.key: person.id for person in assistants}
        self.place.choices = [(one.key, in_reader_language(one.names)) for one in places]
        nobody = ("", _("nobody yet"))
        self.assistant.choices = [nobody, *((one.key, one.initials) for one in assistants)]
        self.language.choices = choices.languages()

    def validate_day(self, field: Field) -> None:
        """A date of this age."""
        if isinstance(field.data, date) and field.data.year not in YEARS:
            raise ValidationError(_("Choose a date."))

    def details(self, here: ZoneInfo) -> Details:
        """The answers as a value, times of the clocks in `here`. Raises `SkippedHour`.

        Only once the form is valid.
        """
        day, at = self.day.data, self.time.data
        minutes, way = self.minutes.data, self.travel_minutes.data
        if day is None or at is None or minutes is None or way is None:
            raise LookupError("the form was not checked")
        return Details(
            place_id=self._places[self.place.data],
            starts_at=instant(day, at, here),
            minutes=minutes,
            travel_minutes=way,
            company=self.company.data,
            assistant_id=self._assistants.get(self.assistant.data),
            language=self.language.data,
        )

    def known_version(self) -> int | None:
        """The state on which this change was decided; None when it was not sent."""
        sent = self.version.data or ""
        return int(sent) if sent.isdecimal() and len(sent) < 10 else None

    def refuse(self, refusal: Refusal) -> None:
        """Carry a refusal to its field."""
        refuse(self, refusal, "time")
