"""Who works in an invented centre, and when: data for the demonstration, no real person."""

from dataclasses import dataclass
from datetime import time

from cic_cases.privacy.roles import Role

WORKDAYS = (0, 1, 2, 3, 4)
LATE_DAY = 2  # the region file's assumed late day: Wednesday until 19:00


@dataclass(frozen=True)
class Part:
    """One invented member of staff of a centre; `account` begins the e-mail address."""

    account: str
    role: Role
    initials: tuple[str, ...]
    languages: tuple[str, ...]
    language: str = "pl"
    institution: str | None = None


@dataclass(frozen=True)
class Hours:
    """A duty: on these days, in the room of this number, with these services.

    `minutes`, `before` and `after` are the duty's own; without services it is an interpreter's.
    """

    account: str
    services: tuple[str, ...]
    days: tuple[int, ...]
    starts: time
    ends: time
    room: int
    grid: int
    minutes: int | None = None
    before: int = 0
    after: int = 0
    every_weeks: int = 1
    remote: bool = False
    languages: tuple[str, ...] = ()


PARTS = (
    Part("reception", Role.RECEPTION, ("A.K.", "M.S.", "P.N.", "I.W.", "K.D."), ("pl", "uk")),
    Part(
        "psychologist",
        Role.PSYCHOLOGIST,
        ("M.W.", "O.H.", "L.P.", "N.T.", "J.B."),
        ("pl", "uk", "ru"),
        language="uk",
    ),
    Part("lawyer", Role.LAWYER, ("J.K.", "W.R.", "D.S.", "T.B.", "E.M."), ("pl", "uk", "en")),
    Part(
        "adviser",
        Role.ADVISER,
        ("O.S.", "R.C.", "S.L.", "Z.G.", "H.F."),
        ("pl", "uk", "ru", "en"),
    ),
    Part(
        "interpreter",
        Role.INTERPRETER,
        ("K.O.", "G.A.", "T.M.", "B.Y.", "N.K."),
        ("pl", "ka", "az", "tr"),
    ),
    Part(
        "partner",
        Role.PARTNER,
        ("R.T.", "B.Z.", "A.P.", "F.J.", "C.L."),
        ("pl", "uk", "en"),
        institution="WUW",
    ),
    Part(
        "partner-wup",
        Role.PARTNER,
        ("D.W.", "S.K.", "M.A.", "P.O.", "U.R."),
        ("pl", "en", "uk"),
        institution="WUP",
    ),
    Part(
        "partner-zus",
        Role.PARTNER,
        ("H.Z.", "I.S.", "L.W.", "K.M.", "W.N."),
        ("pl", "uk"),
        institution="ZUS",
    ),
    Part(
        "partner-us",
        Role.PARTNER,
        ("G.U.", "E.K.", "B.S.", "J.P.", "A.Z."),
        ("pl", "uk"),
        institution="US",
    ),
    Part("coordinator", Role.COORDINATOR, ("E.B.", "Z.K.", "A.M.", "L.S.", "R.D."), ("pl", "en")),
)
REGION_PARTS = (
    Part("region", Role.REGION, ("E.W.",), ("pl", "en")),
    Part("auditor", Role.AUDITOR, ("F.A.",), ("pl", "en")),
    Part("admin", Role.ADMIN, ("S.A.",), ("pl", "en")),
)

_ADVICE = ("mos_application_help", "family_reunification_help", "school_choice", "accompaniment")
DUTIES = (
    Hours(
        "psychologist",
        ("psychological_support",),
        (0, 1, 3, 4),
        time(8),
        time(14, 30),
        1,
        60,
        minutes=50,
        after=10,
    ),
    Hours("psychologist", ("psychological_support",), (LATE_DAY,), time(11), time(19), 1, 60, 50),
    Hours("lawyer", ("legal_advice",), WORKDAYS, time(8), time(12), 2, 40),
    Hours("lawyer", ("legal_advice",), (LATE_DAY,), time(15), time(19), 2, 40),
    Hours("adviser", _ADVICE, WORKDAYS, time(8), time(12), 3, 30),
    Hours("adviser", _ADVICE, (LATE_DAY,), time(15, 30), time(19), 3, 30),
    Hours("partner", ("wuw_consultation",), WORKDAYS, time(12), time(15), 2, 20),
    Hours("partner-wup", ("career_advice",), (0, 3), time(12), time(15), 3, 40),
    Hours("partner-zus", ("zus_consultation",), (1,), time(12), time(15), 3, 20),
    Hours("partner-us", ("tax_consultation",), (2, 4), time(12), time(15), 3, 20),
    Hours("partner-us", ("tax_consultation",), (0,), time(15), time(15, 30), 3, 15, 15, 0, 0, 2),
)
# interpreters for all centres by telephone, and one who sits in a centre
INTERPRETERS = (
    Part("interpreter-remote-1", Role.INTERPRETER, ("V.D.",), ("pl", "uk", "ru")),
    Part("interpreter-remote-2", Role.INTERPRETER, ("L.G.",), ("pl", "ka", "az")),
    Part("interpreter-remote-3", Role.INTERPRETER, ("S.Y.",), ("pl", "tr", "en")),
)
REMOTE_DUTIES = (
    Hours("interpreter-remote-1", (), WORKDAYS, time(8), time(15), 0, 10, remote=True),
    Hours("interpreter-remote-2", (), (0, 2, 4), time(8), time(15), 0, 10, remote=True),
    Hours("interpreter-remote-3", (), (1, 3), time(8), time(15), 0, 10, remote=True),
)
ON_SITE = "poznan"
ON_SITE_DUTIES = (Hours("interpreter", (), WORKDAYS, time(9), time(15), 0, 10),)
SATURDAY_DUTIES = (
    Hours("lawyer", ("legal_advice",), (5,), time(9), time(12), 2, 40),
    Hours("adviser", _ADVICE, (5,), time(9), time(13), 3, 30),
)

CITIZENSHIPS = ("UA",) * 11 + ("BY",) * 3 + ("GE",) * 2 + ("AZ", "TR", "CO", "IN", "AM", "VN", "XX")
LANGUAGES_OF = {
    "UA": ("uk", "uk", "uk", "ru"),
    "BY": ("ru", "pl"),
    "GE": ("ka", "ru"),
    "AZ": ("az", "ru"),
    "TR": ("tr", "en"),
    "CO": ("es",),
    "IN": ("en",),
    "AM": ("ru", "en"),
    "VN": ("en", "pl"),
    "XX": ("ru", "en"),
}
