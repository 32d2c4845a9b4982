"""What a specialist writes about a person, and why somebody asks to read a colleague's notes."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired

from cic_cases.foundation.i18n import lazy, pgettext
from cic_cases.notes import rules
from cic_cases.notes.rules import NoteWish
from cic_cases.notes.words import KeptFor, OpeningReason
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.guarded_text import GuardedForm, GuardedText
from cic_cases.privacy.roles import Role

Choices = list[tuple[str, str]]
CHOOSE = lazy("Choose one of the options.")
NO_APPOINTMENT = ""


def kept_for_choices(role: Role) -> Choices:
    """For whom a note written in this role can be kept, in words."""
    only_me = (KeptFor.AUTHOR, pgettext("note", "only for me"))
    if role not in rules.PROFESSIONS:
        return [only_me]
    shared = (
        pgettext("note", "also for psychologists who receive this person")
        if role is Role.PSYCHOLOGIST
        else pgettext("note", "also for lawyers and advisers who receive this person")
    )
    return [only_me, (KeptFor.PROFESSION, shared)]


class NoteForm(GuardedForm):
    """A new note. Call `offer` before use."""

    text = GuardedText(lazy("Note"))
    kept_for = RadioField(lazy("Who may read it"), default=KeptFor.AUTHOR)
    appointment = SelectField(lazy("About which appointment"), default=NO_APPOINTMENT)

    def offer(self, actor: Actor, appointments: Iterable[tuple[str, str]]) -> None:
        """Fill the choices: for whom it can be kept, and the appointments by reference."""
        self.role = rules.writes_as(actor)[0]
        self.kept_for.choices = kept_for_choices(self.role)
        none = (NO_APPOINTMENT, pgettext("note", "no particular one"))
        self.appointment.choices = [none, *appointments]

    def wish(self, centre_id: int, booking_id: int | None) -> NoteWish:
        """The note as it was typed."""
        return NoteWish(
            text=self.text.data or "",
            role=self.role,
            kept_for=KeptFor(self.kept_for.data),
            centre_id=centre_id,
            booking_id=booking_id,
        )


class CorrectionForm(GuardedForm):
    """Another version of one's own note; `seen` is the number of the version that was shown."""

    text = GuardedText(lazy("The note as it should read"))
    seen = HiddenField()

    def number_seen(self) -> int:
        """The version that was shown; 0, which no version has, when it is not told."""
        return _whole(self.seen.data)


class OpeningForm(FlaskForm):  # type: ignore[misc]
    """Why somebody has to read a colleague's notes."""

    author = HiddenField()
    reason = RadioField(lazy("Why do you have to read them?"), validators=[InputRequired(CHOOSE)])

    def offer(self) -> None:
        """Fill the reasons."""
        self.reason.choices = list(reason_names().items())

    def author_id(self) -> int:
        """Whose notes are asked for; 0, which nobody has, when it is not told."""
        return _whole(self.author.data)


def _whole(text: str | int | None) -> int:
    return int(text) if str(text).isdecimal() else 0  # type: ignore[arg-type]


def reason_names() -> dict[str, str]:
    """Why notes may be opened to a colleague, in words."""
    return {
        OpeningReason.DANGER: pgettext("opening", "there is danger to life or health"),
        OpeningReason.ABSENCE: pgettext(
            "opening", "the author is away and the person needs help now"
        ),
        OpeningReason.COURT: pgettext("opening", "a court or the law demands it"),
    }
