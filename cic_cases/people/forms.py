"""What is typed to sign in, to choose a password and to change one's own account."""

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired

from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import STAFF_LOCALES, endonym, lazy
from cic_cases.privacy.line_field import LineField

PASSWORD_NEEDED = InputRequired(lazy("Enter the password."))


class PeopleForm(FlaskForm):  # type: ignore[misc]
    """A form that can carry a refusal back to its field."""

    def refuse(self, refusal: Refusal) -> None:
        """Show the sentence beside the field it belongs to, else above the form."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.text())
        else:
            field.errors = [*field.errors, refusal.text()]


class SignInForm(PeopleForm):
    """E-mail and password; `next` is where the person wanted to go."""

    email = EmailField(lazy("Work e-mail"), validators=[InputRequired(lazy("Enter your e-mail."))])
    password = PasswordField(lazy("Password"), validators=[PASSWORD_NEEDED])
    next = HiddenField()


class CodeForm(PeopleForm):
    """Six digits of the app, or a recovery code."""

    code = StringField(lazy("Code"), validators=[InputRequired(lazy("Enter the code."))])
    next = HiddenField()


class ProveForm(PeopleForm):
    """The password once more; `next` is where the person was."""

    password = PasswordField(lazy("Password"), validators=[PASSWORD_NEEDED])
    next = HiddenField()


class PasskeyForm(PeopleForm):
    """What a passkey answered, as the browser's script wrote it."""

    credential = HiddenField()
    next = HiddenField()


class PasskeyNameForm(PeopleForm):
    """What its owner calls a passkey, beside what it answered when it is new."""

    name = LineField(lazy("Name of the passkey"), validators=[InputRequired(lazy("Enter a name."))])
    credential = HiddenField()


class NewPasswordForm(PeopleForm):
    """The password chosen on a one-time link."""

    password = PasswordField(lazy("New password"), validators=[PASSWORD_NEEDED])


class ChangePasswordForm(PeopleForm):
    """The old password and the new one."""

    current = PasswordField(lazy("Current password"), validators=[PASSWORD_NEEDED])
    password = PasswordField(lazy("New password"), validators=[PASSWORD_NEEDED])


class LanguageForm(PeopleForm):
    """The language of one's own pages; whether it exists is for the rules to say."""

    language = RadioField(
        lazy("Language of the pages"),
        choices={code: endonym(code) for code in STAFF_LOCALES},
        validators=[InputRequired(lazy("Choose one of the options."))],
        validate_choice=False,
    )
