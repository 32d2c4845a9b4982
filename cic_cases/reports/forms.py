"""What to count: the days and the centre. Asked by GET, so a report has an address."""

from collections.abc import Sequence
from datetime import date

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _, lazy, lazy_pgettext
from cic_cases.reports.rules import Period, Place, Span, chosen_span, span_of


class Day(DateField):
    """A date whose error is a sentence of ours: the library lacks some languages."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read an ISO date, as the browser's own date field sends it."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Choose a date.")) from None


class ReportForm(FlaskForm):  # type: ignore[misc]
    """From, to, centre. Without dates it is filled with the period that was tapped."""

    class Meta:
        csrf = False  # it only reads

    first = Day(
        lazy_pgettext("period", "From"),
        name="from",
        validators=[InputRequired(lazy("Choose a date."))],
    )
    last = Day(
        lazy_pgettext("period", "To"), name="to", validators=[InputRequired(lazy("Choose a date."))]
    )
    centre = SelectField(lazy("Centre"), validate_choice=False)

    def __init__(self, asked: MultiDict[str, str], places: Sequence[Place], today: date) -> None:
        self.period = _period(asked)
        if self.period:
            span = span_of(self.period, today)
            days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
            asked = MultiDict({"centre": asked.get("centre", ""), **days})
        super().__init__(asked)
        self.centre.choices = [
            ("", _("All Centres")),
            *((place.slug, place.city) for place in places),
        ]

    def span(self) -> Span | None:
        """The days to count; None, with the reason at its field, when they cannot be read."""
        self.validate()
        first, last = self.first.data, self.last.data
        if first is None or last is None:
            return None
        try:
            return chosen_span(first, last)
        except Refusal as refusal:
            field = self.first if refusal.field == "first" else self.last
            field.errors = [*field.errors, _(refusal.msgid, **refusal.values)]
            return None


def _period(asked: MultiDict[str, str]) -> Period | None:
    """The period tapped; this month where nothing was asked; None where days were typed."""
    if asked.get("period") in set(Period):
        return Period(asked["period"])
    return None if "from" in asked or "to" in asked else Period.THIS_MONTH
