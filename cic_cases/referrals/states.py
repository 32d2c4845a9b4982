"""What a referral can be, why it was made, and why it was not taken: shared words."""

import enum


class State(enum.StrEnum):
    """sent → accepted → done; or declined by the receiver, or withdrawn by the sender."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    DONE = "done"


class Why(enum.StrEnum):
    """Why somebody is referred: chosen by a tap, never told in words."""

    ASKED = "asked"
    BESIDE = "beside"
    INSTEAD = "instead"


class NotTaken(enum.StrEnum):
    """Why a referral was declined."""

    NO_TIME = "no_time"
    NOT_OURS = "not_ours"
    ALREADY = "already"
    KNOWN = "known"
    UNWANTED = "unwanted"
