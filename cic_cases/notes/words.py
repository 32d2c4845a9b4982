"""Words shared by rules and tables: for whom a note is kept, and why a colleague must read it."""

import enum


class KeptFor(enum.StrEnum):
    """Who may read a note: only its author, or also colleagues of the same profession."""

    AUTHOR = "author"
    PROFESSION = "profession"


class OpeningReason(enum.StrEnum):
    """Why a colleague asks to read notes that are not theirs; never free text."""

    DANGER = "danger"
    ABSENCE = "absence"
    COURT = "court"
