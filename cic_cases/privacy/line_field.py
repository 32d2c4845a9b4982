"""A line that somebody types and others read later."""

from typing import Any

from wtforms import StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from cic_cases.foundation.i18n import _
from cic_cases.foundation.readable import misleads, tidy


def refuse_hidden(text: str | None, *, lines: bool = False) -> None:
    """Raise a `ValidationError` for hidden signs that would mislead its readers."""
    if misleads(text or "", lines=lines):
        raise ValidationError(
            _("There are hidden signs in the text. Type it here instead of pasting it.")
        )


class LineField(StringField):
    """One line: what comes along with pasted text is taken out, what misleads is refused."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What was typed, tidied."""
        super().process_formdata(valuelist)
        self.data = self.data and tidy(self.data)

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is hidden in it."""
        refuse_hidden(self.data)
