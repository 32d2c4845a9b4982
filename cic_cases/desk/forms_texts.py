"""The form in which a region writes a message in its own words."""

from collections.abc import Iterable

from wtforms import TextAreaField

from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import lazy
from cic_cases.people.forms import PeopleForm


class TextForm(PeopleForm):
    """The words; every reason against them is shown beside the field."""

    text = TextAreaField(lazy("Message"))

    def refuse_all(self, refusals: Iterable[Refusal]) -> None:
        """Show each refusal beside its field."""
        for refusal in refusals:
            self.refuse(refusal)
