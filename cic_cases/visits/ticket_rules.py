"""How long somebody with a number may wait. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

ENOUGH = 3  # gaps between calls; fewer say nothing
LAST = 10
LONGEST = timedelta(minutes=30)  # a longer gap was a break, or an empty room
STEP = timedelta(minutes=5)


def estimate(called: Sequence[datetime], before: int) -> timedelta | None:
    """About how long until somebody is called who has `before` people before them.

    From the middle gap between the last calls of today, rounded up to five minutes: nobody should
    be told less than they wait. None when too few were called to say anything.
    """
    gaps = [later - earlier for earlier, later in pairwise(sorted(called)[-LAST - 1 :])]
    usual = [gap.total_seconds() for gap in gaps if gap <= LONGEST]
    if len(usual) < ENOUGH:
        return None
    wait = timedelta(seconds=median(usual)) * (before + 1)
    return -(-wait // STEP) * STEP
