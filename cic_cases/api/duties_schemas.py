"""The shapes of the JSON of duties: their dates, and what cancelling one does to people."""

from marshmallow import Schema, fields, validate

from cic_cases.api.schemas import Text
from cic_cases.bookings.disruption_rules import REASONS

DATE = {"format": "date"}
TIME = {"format": "date-time"}


class DutiesQuery(Schema):
    """Which dates of which duties; days are local to each centre, both included."""

    from_ = fields.Date(data_key="from", metadata={"description": "default today"})
    to = fields.Date(metadata={"description": "default 28 days; 92 days at most"})
    centre = fields.List(
        Text(400), metadata={"description": "repeated or separated by commas; default all"}
    )
    specialist = Text(8)


class DutyDateOut(Schema):
    """One date of a duty with whoever holds it that day; times in the centre's zone.

    `room` is null for a duty without one; without `services` it interprets. `booked` counts the
    appointments in it; a cancelled date has the hours of every week.
    """

    id = fields.Integer()
    centre = fields.String()
    specialist = fields.String()
    date = fields.String(metadata=DATE)
    starts_at = fields.String(metadata=TIME)
    ends_at = fields.String(metadata=TIME)
    room = fields.String(allow_none=True)
    services = fields.List(fields.String())
    cancelled = fields.Boolean()
    booked = fields.Integer()


class DutiesOut(Schema):
    """Earliest first."""

    duties = fields.List(fields.Nested(DutyDateOut))


class DutyCancelIn(Schema):
    """The date that is cancelled, and why; the reason is for the team only."""

    date = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.OneOf(REASONS))


class DryRunQuery(Schema):
    """With `dry_run` nothing is done: the answer tells what would be."""

    dry_run = fields.Boolean(load_default=False)


class ProposalOut(Schema):
    """The time that is held for the person instead, until when."""

    starts_at = fields.String(metadata=TIME)
    centre = fields.String()
    held_until = fields.String(metadata=TIME)


class MessageOut(Schema):
    """One message as it will arrive, and when it leaves; a code in it is not shown."""

    channel = fields.String()
    language = fields.String()
    text = fields.String()
    due_at = fields.String(metadata=TIME)


class LostOut(Schema):
    """Somebody who loses their time; without `reference` where the kind of help is a secret."""

    was = fields.String(metadata=TIME)
    language = fields.String()
    told = fields.String(metadata={"description": "message, call or reception"})
    proposal = fields.Nested(ProposalOut, allow_none=True)
    messages = fields.List(fields.Nested(MessageOut))
    reference = fields.String()


class CancelledOut(Schema):
    """What was done; `disruption` and `undo_until` are null when nothing was (`dry_run`)."""

    disruption = fields.Integer(allow_none=True)
    date = fields.String(metadata=DATE)
    undo_until = fields.String(metadata=TIME, allow_none=True)
    people = fields.List(fields.Nested(LostOut))


class UndoneOut(Schema):
    """Everything is as it was before."""

    disruption = fields.Integer()
    undone_at = fields.String(metadata=TIME)
