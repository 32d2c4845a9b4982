"""The shapes of the waiting list's JSON."""

from marshmallow import Schema, fields, validate

from cic_cases.api.schemas import Language, Text

MOST_CENTRES = 60
A_WEEK = 7 * 24 * 60


class WaitingIn(Schema):
    """What a person waits for and can attend; days and hours are local to each centre.

    Without a `language` any will do; `weekdays` count from 0, Monday; `notice_minutes` is what
    the person needs to get there.
    """

    service = Text(40, required=True)
    case = Text(40, required=True)
    centres = fields.List(
        Text(40), required=True, validate=validate.Length(min=1, max=MOST_CENTRES)
    )
    language = Language(allow_none=True, load_default=None)
    interpreter = fields.Boolean(load_default=False)
    first_day = fields.Date(metadata={"description": "default today"})
    last_day = fields.Date(allow_none=True, load_default=None)
    from_time = fields.Time(allow_none=True, load_default=None)
    until_time = fields.Time(allow_none=True, load_default=None)
    weekdays = fields.List(
        fields.Integer(strict=True, validate=validate.Range(0, 6)),
        load_default=lambda: list(range(7)),
        validate=validate.Length(max=7),
    )
    notice_minutes = fields.Integer(
        strict=True, load_default=120, validate=validate.Range(0, A_WEEK)
    )


class DeclineIn(Schema):
    """Whether the person keeps their place."""

    stays = fields.Boolean(required=True)


class AnswerQuery(Schema):
    """The time that is answered about, by its `offered.reference`; by default whichever is held."""

    of = Text(20)


class WaitingQuery(Schema):
    """One centre, or all of the owner's."""

    centre = Text(40)


class OfferedOut(Schema):
    """The time that is held for the person until `until`."""

    reference = fields.String()
    centre = fields.String()
    starts_at = fields.String()
    until = fields.String()


class WaitingOut(Schema):
    """One place in line; `service` is left out where it is somebody's secret."""

    id = fields.Integer()
    case = fields.String(allow_none=True)
    place = fields.Integer()
    state = fields.String()
    since = fields.String()
    service = fields.String(allow_none=True)
    centres = fields.List(fields.String())
    offered = fields.Nested(OfferedOut, allow_none=True)


class WaitingListOut(Schema):
    """Everybody in line, first come first."""

    waiting = fields.List(fields.Nested(WaitingOut))


class PlaceOut(Schema):
    """Where somebody stands in line."""

    id = fields.Integer()
    state = fields.String()
    place = fields.Integer(allow_none=True)
