"""The ways people come, shared by rules, tables and forms."""

import enum


class Channel(enum.StrEnum):
    """How the person came: to the desk, by phone, online, or met outside the centre."""

    DESK = "desk"
    PHONE = "phone"
    ONLINE = "online"
    OUTREACH = "outreach"
