"""What may follow what in a referral, and when its receivers are reminded. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cic_cases.referrals.states import State

FROM: Mapping[State, State] = {
    State.ACCEPTED: State.SENT,
    State.DECLINED: State.SENT,
    State.WITHDRAWN: State.SENT,
    State.DONE: State.ACCEPTED,
}
"""What a referral becomes → what it has to be for that; undone, it is that again."""
UNREAD_FOR, UNREAD_URGENT = timedelta(hours=4), timedelta(hours=1)
KEPT_ON_LIST = timedelta(days=30)  # what has ended is shown for so long


def follows(state: State, wanted: State) -> bool:
    """Whether a referral in `state` may become `wanted`."""
    return FROM.get(wanted) is state


def undone(state: State) -> State | None:
    """What a referral is again when the last step is taken back; None: there was none."""
    return FROM.get(state)


def overdue(sent_at: datetime, urgent: bool, at: datetime) -> bool:
    """Whether what nobody has read since `sent_at` is to be told of by mail at `at`."""
    return at - sent_at >= (UNREAD_URGENT if urgent else UNREAD_FOR)
