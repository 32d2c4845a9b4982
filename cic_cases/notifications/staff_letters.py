"""A mail to a member of staff about their own work: days, hours, the Centre, how many people.

It never says who comes, what for, or what anybody does there: a mailbox is read on shared screens.
"""

from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import db, end_reading
from cic_cases.foundation.i18n import _, day_long, in_language, ngettext, pgettext, wall_clock
from cic_cases.foundation.leases import DATABASE_CLOCK
from cic_cases.notifications import staff_duties, staff_news, staff_referrals
from cic_cases.notifications.channels import post_settings
from cic_cases.notifications.channels.post import PostSettings
from cic_cases.notifications.claims import Claim
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Message
from cic_cases.notifications.staff_duties import Shift
from cic_cases.people.models import Staff


def of(claim: Claim, at: datetime) -> Letter | State | datetime | None:
    """`ready`, or None when the lease is lost."""
    session = db.session()
    mine = select(Message).where(
        Message.id == claim.message_id,
        Message.state == State.PENDING,
        Message.lease_token == claim.token,
        Message.lease_until > DATABASE_CLOCK,
    )
    try:
        message = session.scalar(mine)
        return ready(session, message, post_settings(), at) if message else None
    finally:
        end_reading(session)


def ready(
    session: Session, message: Message, settings: PostSettings, at: datetime
) -> Letter | State | datetime:
    """The mail as it is true at `at`, or the state it has instead: nothing to say any more.

    While a change of these very days has not stood for long enough, the moment when it will have.
    """
    member = session.get_one(Staff, message.staff_id)
    wanted = staff_news.wishes(session, member.id).has(message.kind)
    if member.disabled_at is not None or not wanted:
        return State.SUPERSEDED
    if at >= message.expires_at:
        return State.EXPIRED
    if message.kind is Kind.REFERRAL_UNREAD:
        return _of_referrals(session, message, member, settings, at)
    days, more = staff_news.days_of(message.about or "")
    shifts = staff_duties.of_everybody(session, min(days), max(days)).get(member.id, {})
    held = {day: shifts.get(day, []) for day in days}
    if not staff_news.settled(session, member.id, held, at):
        return at + staff_news.SETTLES
    with in_language(member.language):
        if message.kind is Kind.DUTY_TOMORROW:
            words = _of_tomorrow(session, member.id, days[0], held[days[0]], at)
        else:
            words = _of_changes(days, held, more)
        if words is None:
            return State.SUPERSEDED
        subject, lines = words
        lines += ["", _("Your day in CIC Cases: %(address)s", address=_address("my-day"))]
    return _letter(message, member, settings, subject, lines, at)


def _letter(
    message: Message,
    member: Staff,
    settings: PostSettings,
    subject: str,
    lines: list[str],
    at: datetime,
) -> Letter:
    return Letter(
        message_id=message.id,
        sender=settings.mail_from,
        recipient=member.email,
        subject=subject,
        body="\n".join(lines),
        language=member.language,
        sent_at=at,
    )


def _of_referrals(
    session: Session, message: Message, member: Staff, settings: PostSettings, at: datetime
) -> Letter | State:
    """How many wait unread now; nothing when somebody has read them meanwhile."""
    number = staff_referrals.waiting(session, member.id, at)
    if not number:
        return State.SUPERSEDED
    with in_language(member.language):
        subject = pgettext("subject of a mail", "Something waits for your answer")
        waits = ngettext(
            "A colleague has referred somebody to you. Nobody has read it yet.",
            "%(num)s people have been referred to you. Nobody has read it yet.",
            number,
        )
        where = _("See it in CIC Cases: %(address)s", address=_address("referrals"))
        return _letter(message, member, settings, subject, [waits, "", where], at)


def _of_tomorrow(
    session: Session, staff_id: int, day: date, shifts: list[Shift], at: datetime
) -> tuple[str, list[str]] | None:
    if not shifts or at.astimezone(shifts[0].place).date() != day - timedelta(days=1):
        return None
    lines = [_("Tomorrow, %(day)s:", day=day_long(day))]
    for shift in shifts:
        number = staff_duties.appointments(session, staff_id, shift)
        booked = ngettext("%(num)s appointment", "%(num)s appointments", number)
        lines.append(f"{_hours(shift)}, {shift.centre}: {booked}")
    return pgettext("subject of a mail", "Your duty tomorrow"), lines


def _of_changes(
    days: list[date], shifts: dict[date, list[Shift]], more: bool
) -> tuple[str, list[str]]:
    lines = [_("Your duties have changed. From now on:")]
    for day in days:
        held = [f"{_hours(shift)}, {shift.centre}" for shift in shifts[day]]
        lines.append(f"{day_long(day)}: {'; '.join(held) or _('no duty')}")
    if more:
        lines.append(_("Other days have changed too."))
    return pgettext("subject of a mail", "Your duties have changed"), lines


def _hours(shift: Shift) -> str:
    first, last = (wall_clock(moment, shift.place) for moment in (shift.time.start, shift.time.end))
    return f"{first}–{last}"


def _address(page: str) -> str:
    base: str = current_app.config["CIC"].base_url
    return f"{base.rstrip('/')}/{page}"
