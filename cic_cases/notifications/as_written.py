"""One message as a phone will show it: the words of the delivery, in any language and any way.

No address is opened for it, and the link that a full mail carries is a placeholder: a preview
must not be able to manage anybody's appointment.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from cic_cases.notifications import ics, manage_links, sms_text
from cic_cases.notifications.channels import PostSettings, sms_service
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.occasions import Facts
from cic_cases.notifications.rules import Way
from cic_cases.notifications.writing import wording


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What the person reads, from whom, and, of an SMS, how much of it there is.

    `sender` is empty where the gateway's own number is shown; `used` of `room` are units of the
    encoding; `entry` and `link` say what comes with it besides.
    """

    way: Way
    language: str
    sender: str
    subject: str | None
    body: str
    entry: bool
    link: bool
    parts: int
    used: int
    room: int
    encoding: sms_text.Encoding


def as_written(
    kind: Kind,
    facts: Facts,
    way: Way,
    language: str,
    settings: PostSettings,
    *,
    starts_at: datetime,
) -> Written | None:
    """The message about `facts` as it is written now; None where people are sent nothing."""
    words = wording(
        kind,
        way,
        language,
        centre=facts.centre,
        starts_at=starts_at,
        reference=facts.occasion.reference,
        held=facts.held,
        link=manage_links.shown(language),
    )
    if words is None:
        return None
    used, room = sms_text.size(words.body)
    return Written(
        way=way,
        language=language,
        sender=sender_of(way, settings),
        subject=words.subject,
        body=words.body,
        entry=way.channel is Means.EMAIL and ics.has_entry(kind),
        link=manage_links.carries(kind, way.channel, way.mode),
        parts=sms_text.parts(words.body),
        used=used,
        room=room,
        encoding=sms_text.encoding(words.body),
    )


def sender_of(way: Way, settings: PostSettings) -> str:
    """Whom the phone names as the sender."""
    full = way.mode is Mode.FULL
    if way.channel is Means.EMAIL:
        name, address = parseaddr(settings.mail_from if full else settings.mail_from_neutral)
        return name or address
    service = sms_service(settings)
    return service.sender if full else service.neutral
