"""Who may do what: the one table (DESIGN §4). Tests walk it; nothing else decides."""

from collections.abc import Mapping

from cic_cases.privacy.roles import Reach, Role

CENTRE, OWN = Reach.CENTRE, Reach.OWN

_DESK = {Role.RECEPTION: CENTRE, Role.COORDINATOR: CENTRE}
_OWN_DAY = {Role.PSYCHOLOGIST: OWN, Role.LAWYER: OWN, Role.ADVISER: OWN, Role.PARTNER: OWN}
_WITH_COORDINATOR = {**_OWN_DAY, Role.COORDINATOR: CENTRE}
_BOOKING = {**_OWN_DAY, **_DESK}
_OUTSIDE = {**_DESK, Role.ADVISER: OWN, Role.LAWYER: OWN}
_ALONG = {**_OUTSIDE, Role.INTERPRETER: OWN}
_WAITING = {**_DESK, Role.PSYCHOLOGIST: OWN, Role.LAWYER: OWN, Role.ADVISER: OWN}
_ACCOUNTS = {Role.COORDINATOR: CENTRE, Role.REGION: CENTRE, Role.ADMIN: CENTRE}
_SUPERVISION = {Role.COORDINATOR: CENTRE, Role.REGION: CENTRE}
_SPECIALIST = {Role.PSYCHOLOGIST: OWN, Role.LAWYER: OWN, Role.ADVISER: OWN}
_EVERYONE = dict.fromkeys(Role, OWN)

POLICY: Mapping[str, Mapping[Role, Reach]] = {
    "account.own": _EVERYONE,
    "account.manage": _ACCOUNTS,
    "desk.see": _DESK,
    "desk.scan": _DESK,
    "desk.record": _DESK,
    "case.open": {**_DESK, Role.PSYCHOLOGIST: OWN, Role.LAWYER: OWN, Role.ADVISER: OWN},
    "case.see": _BOOKING,
    "card.print": _WAITING,
    "card.replace": _DESK,
    "case.recover": _DESK,
    "case.link": _WAITING,
    "case.link_settle": {Role.COORDINATOR: CENTRE},
    "case.erase": {Role.COORDINATOR: CENTRE},
    "contact.change": _DESK,
    "contact.reveal": _DESK,
    "call_list.see": _DESK,
    "call_list.change": _DESK,
    "message.see": _BOOKING,
    "message.resend": _BOOKING,
    "message.failed": {Role.COORDINATOR: CENTRE},
    "ticket.give": _DESK,
    "ticket.call": _BOOKING,
    "display.change": {Role.COORDINATOR: CENTRE},
    "visit.record": {**_DESK, Role.PSYCHOLOGIST: OWN, Role.LAWYER: OWN, Role.ADVISER: OWN},
    "quick_contact.count": _DESK,
    "slots.see": _BOOKING,
    "morning.see": {Role.COORDINATOR: CENTRE},
    "crisis.see": {**_BOOKING, Role.INTERPRETER: OWN},
    "crisis.check": {Role.COORDINATOR: CENTRE},
    "booking.see": _BOOKING,
    "booking.change": _BOOKING,
    "booking.status": _BOOKING,
    "waiting.see": _WAITING,
    "waiting.change": _WAITING,
    "visit.outcome": _OWN_DAY,
    "absence.ask": {**_OWN_DAY, Role.INTERPRETER: OWN},
    "referral.see": _BOOKING,
    "referral.send": _WAITING,
    "referral.answer": _OWN_DAY,
    "day.own": {**_OWN_DAY, Role.INTERPRETER: OWN},
    "note.read": _OWN_DAY,
    "note.write": _OWN_DAY,
    "note.ask": {Role.PSYCHOLOGIST: OWN, Role.LAWYER: OWN, Role.ADVISER: OWN},
    "note.grant": {Role.COORDINATOR: CENTRE, Role.REGION: CENTRE},
    "external.see": _ALONG,
    "external.change": _OUTSIDE,
    "external.outcome": _ALONG,
    "roster.see": {**_BOOKING, Role.REGION: CENTRE},
    "roster.change": {Role.COORDINATOR: CENTRE},
    "message_text.change": {Role.REGION: CENTRE, Role.ADMIN: CENTRE},
    "audit.see": {**_SUPERVISION, **_SPECIALIST},
    "audit.search": _SUPERVISION,
    "audit.alarm": {Role.REGION: CENTRE, Role.AUDITOR: CENTRE},
    "audit.security": {Role.REGION: CENTRE, Role.AUDITOR: CENTRE, Role.ADMIN: CENTRE},
    "report.exact": {Role.COORDINATOR: CENTRE, Role.REGION: CENTRE},
}
"""action → role → reach. A role that is not named may not."""
