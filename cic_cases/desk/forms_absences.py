"""The form of days off, and the words of its lists."""

from datetime import date
from typing import Any

from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from cic_cases.desk.forms_rosters import CHOOSE_DATE, RefusableForm, given
from cic_cases.foundation.i18n import _, lazy, pgettext


class AbsenceForm(RefusableForm):
    """From which day to which, and a reason of the list."""

    first_day = DateField(lazy("First day"), validators=[InputRequired(CHOOSE_DATE)])
    last_day = DateField(lazy("Last day"), validators=[InputRequired(CHOOSE_DATE)])
    reason = SelectField(lazy("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="off-", **kwargs)
        self.reason.choices = list(reasons().items())

    def days(self) -> tuple[date, date]:
        """The first day and the last."""
        return given(self.first_day.data), given(self.last_day.data)


def reasons() -> dict[str, str]:
    """Why somebody asks for days off; none tells of their health."""
    return {
        "leave": pgettext("reason", "leave"),
        "training": pgettext("reason", "training"),
        "other": pgettext("reason", "other"),
    }


def why_not() -> dict[str, str]:
    """Why a request was refused."""
    return {
        "no_substitute": _("nobody can stand in"),
        "many_away": _("too many are away"),
        "talk": _("let us talk about it"),
    }
