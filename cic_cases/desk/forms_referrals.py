"""Whom to refer where and why: taps and lists, nothing written."""

from collections.abc import Sequence

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired

from cic_cases.centres.models import Service
from cic_cases.desk.forms_rosters import RefusableForm
from cic_cases.foundation.i18n import _, in_reader_language, lazy, pgettext
from cic_cases.referrals.queries import Receiver
from cic_cases.referrals.service import Wish
from cic_cases.referrals.states import NotTaken, Why

CHOOSE = lazy("Choose one of the options.")
ANYBODY = 0


class ReferralForm(RefusableForm):
    """The questions of a referral within one Centre."""

    service = RadioField(lazy("Service"), coerce=int, validators=[InputRequired(CHOOSE)])
    to = SelectField(lazy("To whom"), coerce=int, default=ANYBODY)
    why = RadioField(lazy("Why"), validators=[InputRequired(CHOOSE)])
    urgent = BooleanField(lazy("Urgent: please answer today"))

    def offer(self, services: Sequence[Service], givers: Sequence[Receiver]) -> None:
        """Offer what is given in this Centre, and by whom."""
        given = {one.service_id for one in givers}
        self.service.choices = [
            (one.id, in_reader_language(one.names)) for one in services if one.id in given
        ]
        known = sorted({(one.initials, one.staff_id) for one in givers})
        self.to.choices = [
            (ANYBODY, _("whoever has time")),
            *((staff_id, initials) for initials, staff_id in known),
        ]
        self.why.choices = list(whys().items())

    def wish(self, case_id: int, centre_id: int) -> Wish:
        """What was answered."""
        return Wish(
            case_id=case_id,
            service_id=self.service.data,
            centre_id=centre_id,
            why=Why(self.why.data),
            to_staff_id=self.to.data or None,
            urgent=bool(self.urgent.data),
        )


def whys() -> dict[str, str]:
    """Why somebody is referred; nothing about the person."""
    return {
        Why.ASKED: pgettext("why referred", "the person asked for it"),
        Why.BESIDE: pgettext("why referred", "this help is needed beside mine"),
        Why.INSTEAD: pgettext("why referred", "this help instead of mine"),
    }


def not_taken() -> dict[str, str]:
    """Why a referral was declined."""
    return {
        NotTaken.NO_TIME: pgettext("why declined", "no time in the coming weeks"),
        NotTaken.NOT_OURS: pgettext("why declined", "we cannot help with this"),
        NotTaken.ALREADY: pgettext("why declined", "the person is helped already"),
        NotTaken.KNOWN: pgettext("why declined", "somebody else should help this person"),
        NotTaken.UNWANTED: pgettext("why declined", "the person does not want it"),
    }
