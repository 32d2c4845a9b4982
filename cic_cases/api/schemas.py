"""The shapes of the JSON: what calls take, and, for the document, what they answer."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import AgeBand, ContactMode, Gender
from cic_cases.cases.rules import known_country, known_language
from cic_cases.visits.channels import Channel
from cic_cases.visits.rules import LONGEST_MINUTES

MOST_SLOTS = 200
MOST_SERVICES = 40
STATUSES = (Status.ARRIVED, Status.IN_PROGRESS, Status.DONE, Status.NO_SHOW)


def holds(rule: Callable[[str], bool]) -> Callable[[str], None]:
    """A rule of ours as marshmallow wants it."""

    def check(value: str) -> None:
        if not rule(value):
            raise ValidationError(rule.__name__)

    return check


class Text(fields.String):
    """One line of printable text: no NUL, no control or direction marks, no half characters."""

    def __init__(self, longest: int, shortest: int = 1, **more: Any) -> None:
        checks: list[Callable[[str], Any]] = [
            validate.Length(min=shortest, max=longest),
            holds(str.isprintable),
        ]
        super().__init__(validate=checks, **more)


class Language(fields.String):
    """A language, BCP 47 primary code: `uk`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=holds(known_language), **more)


def one_of(words: Iterable[StrEnum]) -> validate.OneOf:
    """One of the words of an enum."""
    return validate.OneOf([word.value for word in words])


class SlotsQuery(Schema):
    """What is looked for; days are local to each centre, `to` included."""

    service = Text(40, required=True)
    from_ = Text(
        40, data_key="from", metadata={"description": "date, or time with offset; default now"}
    )
    to = Text(40, metadata={"description": "date (included) or time (excluded); default 28 days"})
    centre = fields.List(
        Text(400), metadata={"description": "repeated or separated by commas; default all"}
    )
    language = Language()
    interpreter = fields.Boolean(load_default=False)
    specialist = Text(8)
    limit = fields.Integer(load_default=MOST_SLOTS, validate=validate.Range(1, MOST_SLOTS))


class ContactIn(Schema):
    """How somebody wants to be told things."""

    mode = fields.String(required=True, validate=one_of(ContactMode))
    phone = Text(40, shortest=0, allow_none=True)
    email = Text(254, shortest=0, allow_none=True)


class CaseIn(Schema):
    """A new person: four answers and no name."""

    centre = Text(40, required=True)
    citizenship = fields.String(required=True, validate=holds(known_country))
    gender = fields.String(required=True, validate=one_of(Gender))
    age_band = fields.String(required=True, validate=one_of(AgeBand))
    contact_language = Language(required=True)
    contact = fields.Nested(ContactIn)


class VisitIn(Schema):
    """A visit, of a case or of nobody known."""

    centre = Text(40, required=True)
    channel = fields.String(required=True, validate=one_of(Channel))
    services = fields.List(
        Text(40), required=True, validate=validate.Length(min=1, max=MOST_SERVICES)
    )
    case = Text(40)
    language = Language(required=True)
    minutes = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_MINUTES))
    occurred_at = fields.AwareDateTime(format="iso")


class QuickContactIn(Schema):
    """A one-minute question."""

    centre = Text(40, required=True)
    channel = fields.String(required=True, validate=one_of(Channel))


class BookingIn(Schema):
    """A slot for a case."""

    slot = Text(400, required=True)
    case = Text(40, required=True)
    language = Language(required=True)
    interpreter = fields.Boolean(load_default=False)


class MoveIn(Schema):
    """Another slot for a booking; with `version`, only if nobody changed it since."""

    slot = Text(400, required=True)
    version = fields.Integer(strict=True)


class CancelIn(Schema):
    """Who calls it off."""

    by = fields.String(required=True, validate=validate.OneOf(("person", "centre")))
    version = fields.Integer(strict=True)


class StatusIn(Schema):
    """The next status."""

    status = fields.String(required=True, validate=one_of(STATUSES))


class Problem(Schema):
    """RFC 9457; `type` ends in a name that does not change."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class CentreOut(Schema):
    """A centre."""

    slug = fields.String()
    city = fields.String()
    name = fields.String()
    address = fields.String()
    phone = fields.String()
    email = fields.String()
    timezone = fields.String()
    region = fields.String()


class CentresOut(Schema):
    """Every centre that works."""

    centres = fields.List(fields.Nested(CentreOut))


class ServiceOut(Schema):
    """A kind of help."""

    key = fields.String()
    name = fields.String()
    minutes = fields.Integer(allow_none=True)
    booking = fields.String()
    region = fields.String()


class ServicesOut(Schema):
    """Every kind of help given now."""

    services = fields.List(fields.Nested(ServiceOut))


class SlotOut(Schema):
    """A free time; `slot` is opaque."""

    slot = fields.String()
    centre = fields.String()
    service = fields.String()
    specialist = fields.String()
    starts_at = fields.String(metadata={"format": "date-time"})
    ends_at = fields.String(metadata={"format": "date-time"})
    languages = fields.List(fields.String())


class SlotsOut(Schema):
    """Earliest first."""

    slots = fields.List(fields.Nested(SlotOut))


class DayOut(Schema):
    """A local day and how many slots are free on it."""

    date = fields.String(metadata={"format": "date"})
    free = fields.Integer()


class DaysOut(Schema):
    """Every day of the search."""

    days = fields.List(fields.Nested(DayOut))


class CodeOut(Schema):
    """The code of the new card."""

    code = fields.String()


class ContactOut(Schema):
    """Which kinds of address are kept; never the address."""

    mode = fields.String()
    phone = fields.Boolean()
    email = fields.Boolean()


class AppointmentOut(Schema):
    """A booking in a person's list, without the kind of help."""

    reference = fields.String()
    status = fields.String()
    version = fields.Integer()
    starts_at = fields.String(metadata={"format": "date-time"})
    ends_at = fields.String(metadata={"format": "date-time"})
    centre = fields.String()


class BookingOut(AppointmentOut):
    """A booking; times in the centre's zone."""

    service = fields.String()


class HoldOut(BookingOut):
    """A held time, and when it ends."""

    expires_at = fields.String(metadata={"format": "date-time"})


class CaseOut(Schema):
    """A case; `contact` only for the desks that serve it, `bookings` those in one's scope."""

    code = fields.String()
    citizenship = fields.String()
    gender = fields.String()
    age_band = fields.String()
    contact_language = fields.String()
    contact = fields.Nested(ContactOut, allow_none=True)
    bookings = fields.List(fields.Nested(AppointmentOut))


class IdOut(Schema):
    """The id of what was written."""

    id = fields.String()
