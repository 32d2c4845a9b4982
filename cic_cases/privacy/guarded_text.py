"""A text field that warns before it keeps what could name a person.

What the register never collects has to be taken out. What may have a reason to be there is kept
once its writer has confirmed exactly these numbers and addresses (`confirmed` of the form).
"""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from cic_cases.foundation.i18n import _
from cic_cases.foundation.readable import tidy
from cic_cases.privacy.free_text import NEVER, Finding, Found, findings, mark
from cic_cases.privacy.line_field import refuse_hidden


def warning(one: Finding) -> str:
    """What was recognised and what to do about it, in the reader's language."""
    sentences = {
        Found.PESEL: _(
            "A PESEL number (%(what)s): take it out. The register keeps no identification numbers; "
            "the card is enough.",
            what=one.masked,
        ),
        Found.PAYMENT: _(
            "A number of a payment card or bank account (%(what)s): take it out. Write what was "
            "agreed, without the number.",
            what=one.masked,
        ),
        Found.OFFICE_CASE: _(
            "The number of a case at an office (%(what)s): take it out. The person has it on their "
            "papers.",
            what=one.masked,
        ),
        Found.DOCUMENT: _(
            "The number of a document (%(what)s): take it out. Write which document it is and "
            "until when it is valid.",
            what=one.masked,
        ),
        Found.PHONE: _(
            "A phone number (%(what)s): the person's own belongs in their way of contact, where it "
            "is encrypted and removed in time.",
            what=one.masked,
        ),
        Found.EMAIL: _(
            "An e-mail address (%(what)s): the person's own belongs in their way of contact, where "
            "it is encrypted and removed in time.",
            what=one.masked,
        ),
        Found.CODE: _(
            "The code of a card (%(what)s): it ties this person to another. Write it only if the "
            "note cannot do without it.",
            what=one.masked,
        ),
    }
    return sentences[one.kind]


class GuardedText(TextAreaField):
    """Free text of a specialist; the form it is in is a `GuardedForm`.

    `to_confirm` is what the checkbox sends back when all that was found may be confirmed.
    """

    to_confirm: str | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What was typed, without what came along unseen."""
        super().process_formdata(valuelist)
        self.data = self.data and tidy(self.data)

    def pre_validate(self, form: BaseForm) -> None:
        """Warn of everything at once; raises the last warning."""
        refuse_hidden(self.data, lines=True)
        found = findings(self.data or "")
        forbidden = [one for one in found if one.kind in NEVER]
        asked = mark(found)
        confirmed = form["confirmed"].data == asked
        if not forbidden and (confirmed or not found):
            return
        told = forbidden if confirmed else found
        self.to_confirm = None if forbidden else asked
        *others, last = (warning(one) for one in told)
        self.errors = [*self.errors, *others]
        raise ValidationError(last)


class GuardedForm(FlaskForm):  # type: ignore[misc]
    """A form with a `GuardedText`; `confirmed` carries what its writer has confirmed."""

    confirmed = StringField()
