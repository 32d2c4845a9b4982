"""Referring somebody, and what becomes of it. Each step can be taken back by whoever made it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cic_cases.cases import service as cases
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.referrals import queries, rules
from cic_cases.referrals.models import Referral
from cic_cases.referrals.states import NotTaken, State, Why


class NobodyGivesIt(Refusal):
    """The rosters name nobody who gives this help there, or not the one who was chosen."""

    msgid = N_("Nobody you chose gives this help in that Centre. Choose another one, or anybody.")
    field = "to"


class AlreadyReferred(Refusal):
    """A referral to the same help in the same centre is open."""

    msgid = N_("This person has been referred there already, and it is still open.")
    field = "service"
    status = 409


class Settled(Refusal):
    """Somebody else was faster."""

    msgid = N_("Somebody has answered or withdrawn this referral meanwhile.")
    problem = "wrong-status"
    status = 409


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to refer where; `to_staff_id` None: whoever of them has time."""

    case_id: int
    service_id: int
    centre_id: int
    why: Why
    to_staff_id: int | None = None
    urgent: bool = False


def send(session: Session, wish: Wish, *, centre_id: int, at: datetime, by: Actor) -> Referral:
    """Refer a person; `centre_id` is where from, and the caller has found the case in scope.

    Raises `NobodyGivesIt`, `AlreadyReferred`.
    """
    place = zone(session.get_one(Centre, wish.centre_id).timezone)
    givers = queries.receivers(session, wish.centre_id, local_day(at, place))
    able = {one.staff_id for one in givers if one.service_id == wish.service_id} - {by.id}
    if not able or wish.to_staff_id not in {None, *able}:
        raise NobodyGivesIt()
    cases.hold(session, wish.case_id)
    if queries.standing(session, wish.case_id, wish.service_id, wish.centre_id):
        raise AlreadyReferred()
    referral = Referral(
        case_id=wish.case_id,
        centre_id=wish.centre_id,
        service_id=wish.service_id,
        to_staff_id=wish.to_staff_id,
        why=wish.why,
        urgent=wish.urgent,
        state=State.SENT,
        sent_at=at,
        sent_by=by.id,
        sent_centre_id=centre_id,
    )
    session.add(referral)
    session.flush()
    _note(session, "referral.sent", referral, at, by)
    return referral


def read(session: Session, referral_ids: Iterable[int], *, at: datetime, by: Actor) -> None:
    """A receiver has been shown these; only the first time counts, and no mail tells of them.

    One that somebody else answered or withdrew in the same moment is left as it is.
    """
    for referral_id in sorted(referral_ids):
        referral = session.get(Referral, referral_id)
        if referral is None:
            continue
        lock_row(session, referral)
        if referral.state is State.SENT and referral.read_at is None:
            referral.read_at = at
            _note(session, "referral.read", referral, at, by)


def accept(session: Session, referral_id: int, *, at: datetime, by: Actor) -> Referral:
    """Take the person on: the case is one's own from now, and the centre serves it.

    Raises `NotFound`, `Settled`.
    """
    referral = _answered(session, referral_id, State.ACCEPTED, at, by)
    cases.serve(session, referral.case_id, referral.centre_id)
    _note(session, "referral.accepted", referral, at, by)
    return referral


def decline(
    session: Session, referral_id: int, why: NotTaken, *, at: datetime, by: Actor
) -> Referral:
    """Give it back to the sender. Raises `NotFound`, `Settled`."""
    referral = _answered(session, referral_id, State.DECLINED, at, by)
    referral.declined_for, referral.ended_at = why, at
    _note(session, "referral.declined", referral, at, by)
    return referral


def finish(session: Session, referral_id: int, *, at: datetime, by: Actor) -> Referral:
    """What was asked for has been done. Raises `NotFound`, `Settled`."""
    referral = queries.to_answer(session, referral_id, by.id, at)
    _becomes(session, referral, State.DONE)
    referral.ended_at, referral.noted_at = at, None
    _note(session, "referral.done", referral, at, by)
    return referral


def take_back(session: Session, referral_id: int, *, at: datetime, by: Actor) -> Referral:
    """Undo one's own last answer. Raises `NotFound`, `Settled`."""
    referral = queries.to_answer(session, referral_id, by.id, at)
    lock_row(session, referral)
    before = rules.undone(referral.state)
    if before is None or referral.answered_by != by.id:
        raise Settled()
    referral.state, referral.ended_at, referral.noted_at = before, None, None
    referral.declined_for = None
    if before is State.SENT:
        referral.answered_at = referral.answered_by = None
    _note(session, "referral.undone", referral, at, by)
    return referral


def withdraw(
    session: Session, referral_id: int, *, scope: Scope, at: datetime, by: Actor
) -> Referral:
    """The sender no longer asks. Raises `NotFound`, `Settled`."""
    referral = queries.as_sender(session, referral_id, scope)
    _becomes(session, referral, State.WITHDRAWN)
    referral.ended_at = referral.noted_at = at
    _note(session, "referral.withdrawn", referral, at, by)
    return referral


def send_again(
    session: Session, referral_id: int, *, scope: Scope, at: datetime, by: Actor
) -> Referral:
    """Undo a withdrawal. Raises `NotFound`, `Settled`, `AlreadyReferred`."""
    referral = queries.as_sender(session, referral_id, scope)
    cases.hold(session, referral.case_id)
    lock_row(session, referral)
    if referral.state is not State.WITHDRAWN:
        raise Settled()
    if queries.standing(session, referral.case_id, referral.service_id, referral.centre_id):
        raise AlreadyReferred()
    referral.state, referral.ended_at, referral.noted_at = State.SENT, None, None
    _note(session, "referral.undone", referral, at, by)
    return referral


def noted(session: Session, referral_id: int, *, scope: Scope, at: datetime, by: Actor) -> Referral:
    """The sender has seen the answer. Raises `NotFound`."""
    referral = queries.as_sender(session, referral_id, scope)
    lock_row(session, referral)
    if referral.answered_at is not None and referral.noted_at is None:
        referral.noted_at = at
        _note(session, "referral.noted", referral, at, by)
    return referral


def forget(session: Session, case_id: int) -> None:
    """Take away every referral of a person who is forgotten."""
    session.execute(delete(Referral).where(Referral.case_id == case_id))


def _answered(
    session: Session, referral_id: int, state: State, at: datetime, by: Actor
) -> Referral:
    referral = queries.to_answer(session, referral_id, by.id, at)
    _becomes(session, referral, state)
    referral.answered_at, referral.answered_by = at, by.id
    referral.read_at = referral.read_at or at
    return referral


def _becomes(session: Session, referral: Referral, state: State) -> None:
    lock_row(session, referral)
    if not rules.follows(referral.state, state):
        raise Settled()
    referral.state = state


def _note(session: Session, action: str, referral: Referral, at: datetime, by: Actor) -> None:
    session.flush()
    audit.note(
        session,
        action,
        "referral",
        referral.id,
        by=by.id,
        at=at,
        centre_id=referral.centre_id,
    )
