"""The form that opens an account."""

from collections.abc import Iterable, Sequence

from wtforms import EmailField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from cic_cases.centres.models import Centre, Institution
from cic_cases.desk.frame import role_name
from cic_cases.foundation.i18n import (
    PERSON_LOCALES,
    STAFF_LOCALES,
    endonym,
    in_reader_language,
    lazy,
    pgettext,
)
from cic_cases.people.forms import PeopleForm
from cic_cases.people.rules import REGION_WIDE, GrantWish, Invitation
from cic_cases.privacy.line_field import LineField
from cic_cases.privacy.roles import Role


def checkboxes(label: object) -> SelectMultipleField:
    """Several answers; whether they may be given is for the rules to say."""
    return SelectMultipleField(
        label,  # type: ignore[arg-type]
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


class InviteForm(PeopleForm):
    """Who is invited, as what, where."""

    email = EmailField(lazy("Work e-mail"), validators=[InputRequired(lazy("Enter the e-mail."))])
    initials = LineField(lazy("Initials"), validators=[InputRequired(lazy("Enter the initials."))])
    roles = checkboxes(lazy("Roles"))
    centres = checkboxes(lazy("Centres"))
    languages = checkboxes(lazy("Languages in which they receive people"))
    language = SelectField(lazy("Language of the pages"), validate_choice=False)
    institution = SelectField(lazy("Institution"), validate_choice=False)

    def prepare(
        self, roles: Iterable[Role], centres: Sequence[Centre], offices: Iterable[Institution]
    ) -> None:
        """Offer what this actor may give; the only centre is chosen already."""
        self._offered = given = frozenset(roles)
        self.roles.choices = {one.value: role_name(one) for one in Role if one in given}
        self.centres.choices = {one.slug: one.city for one in centres}
        self.languages.choices = {code: endonym(code) for code in PERSON_LOCALES}
        self.language.choices = {code: endonym(code) for code in STAFF_LOCALES}
        keys = {office.key: in_reader_language(office.names) for office in offices}
        self.institution.choices = {"": pgettext("institution", "none"), **keys}
        self._centres = {centre.slug: centre for centre in centres}
        if not self.is_submitted() and len(centres) == 1:
            self.centres.data = [centres[0].slug]

    def validate(self, extra_validators: object = None) -> bool:
        """Also: at least one role, and a centre for the roles that need one."""
        well = bool(super().validate(extra_validators))
        if not self._chosen_roles():
            self.roles.errors = [lazy("Choose at least one role.")]
        if self._chosen_roles() - REGION_WIDE and not self._chosen_centres():
            self.centres.errors = [lazy("Choose at least one Centre.")]
        return well and not (self.roles.errors or self.centres.errors)

    def invitation(self) -> Invitation:
        """What was asked for, as the service wants it."""
        return Invitation(
            email=str(self.email.data),
            initials=str(self.initials.data),
            language=str(self.language.data),
            grants=tuple(self._grants()),
            languages=tuple(self.languages.data or ()),
            institution_key=self.institution.data or None,
        )

    def _grants(self) -> Iterable[GrantWish]:
        """Every role in every centre chosen; those for a region in the regions of the centres."""
        for role in sorted(self._chosen_roles()):
            if role in REGION_WIDE:
                chosen = self._chosen_centres() or list(self._centres.values())
                for region_id in sorted({centre.region_id for centre in chosen}):
                    yield GrantWish(role, region_id=region_id)
            else:
                for centre in self._chosen_centres():
                    yield GrantWish(role, centre_id=centre.id)

    def _chosen_roles(self) -> frozenset[Role]:
        return frozenset(role for role in self._offered if role.value in (self.roles.data or ()))

    def _chosen_centres(self) -> list[Centre]:
        return [self._centres[slug] for slug in self.centres.data or () if slug in self._centres]
