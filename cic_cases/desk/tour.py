"""The five-minute tour: what one's role does here, step by step, and the help of each page."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel.speaklater import LazyString

from cic_cases.desk.frame import BELONGS
from cic_cases.foundation.i18n import lazy
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role

bp = Blueprint("tour", __name__, url_prefix="/help")


@dataclass(frozen=True, eq=False)
class Step:
    """One thing to know: a title, two sentences, the page where it is done and who may open it."""

    title: LazyString
    text: LazyString
    endpoint: str | None = None
    action: str = "account.own"


CARD = Step(
    lazy("Scan or type a card"),
    lazy(
        "The cursor waits in the code box. A card under the scanner at its hour checks the person "
        "in; a typed code only opens the case, because it may be a phone call. The key ? shows "
        "all keys."
    ),
    "desk.board",
    "desk.see",
)
REGISTER = Step(
    lazy("Register in six taps"),
    lazy(
        "Language, citizenship, gender, age, what for: five taps, the sixth saves. No name is ever "
        "written down. «Save and book» goes on to the free times."
    ),
    "desk.board",
    "desk.see",
)
QUICK = Step(
    lazy("A question of one minute"),
    lazy("F8 only counts it: nobody is recorded. Shift F8 takes the last one back."),
    "desk.board",
    "desk.see",
)
BOOK = Step(
    lazy("Find a free time"),
    lazy(
        "Choose what is needed and the language; the first free time is chosen already. Beside it "
        "stands exactly what the person will receive."
    ),
    "bookings.search",
    "slots.see",
)
BOARD = Step(
    lazy("Keep today's board clean"),
    lazy(
        "The board is up to date by itself. Whoever is late, missed or without an interpreter "
        "stands under «To solve», beside a button that resolves it."
    ),
    "desk.board",
    "desk.see",
)
WAITING_ROOM = Step(
    lazy("Numbers for the waiting room"),
    lazy(
        "F6 prints a number, F7 calls the next one. The screen shows numbers and rooms, never why "
        "somebody came."
    ),
    "waiting_room.overview",
    "ticket.call",
)
CALLS = Step(
    lazy("Empty the call list"),
    lazy(
        "Whom no message reached has to be called; the list must reach zero every day. Opening a "
        "number is on record."
    ),
    "call_list.overview",
    "call_list.see",
)
LINE = Step(
    lazy("Nobody is lost"),
    lazy(
        "When no time suits, put the person on the waiting list. A freed time is offered to the "
        "first who can attend it."
    ),
    "waiting.overview",
    "waiting.see",
)
URGENT = Step(
    lazy("Help in a crisis"),
    lazy(
        "F9 on every page: who is free now in every Centre, an empty room, and whom to call. First "
        "help, then write."
    ),
    "crisis.help_now",
    "crisis.see",
)
DAY = Step(
    lazy("Your day"),
    lazy(
        "Who comes next, in which language, for the first or the n-th time. One tap says completed "
        "or did not come; every tap can be undone."
    ),
    "my_day.show",
    "day.own",
)
NOTES = Step(
    lazy("Private notes"),
    lazy(
        "Your notes are encrypted and saved while you write. Neither coordinators nor "
        "administrators can read them."
    ),
    "my_day.show",
    "note.write",
)
INTERPRETING = Step(
    lazy("What an interpreter sees"),
    lazy("You see time, room, language and code of your assignments, never the kind of help."),
    "my_day.show",
    "day.own",
)
DUTY = Step(
    lazy("Your duty"),
    lazy(
        "You see only the appointments of your own duty. Mark who was seen; nothing about their "
        "matter is written here."
    ),
    "my_day.show",
    "day.own",
)
ROSTERS = Step(
    lazy("Rosters make the free times"),
    lazy(
        "Free times are computed from duties. A cancelled duty first shows whom it affects and "
        "what each will receive; for a minute everything can be undone."
    ),
    "rosters.overview",
    "roster.see",
)
ACCOUNTS = Step(
    lazy("Accounts and roles"),
    lazy(
        "Invite somebody by e-mail: they choose their own password. A right that is taken away is "
        "gone with the next click."
    ),
    "admin.accounts",
    "account.manage",
)
REPORTS = Step(
    lazy("Numbers"),
    lazy("Exact numbers of your own Centres. They are for the team; do not publish them."),
    "reports.overview",
    "report.exact",
)
TEXTS = Step(
    lazy("What messages say"),
    lazy(
        "Your region can word its messages itself. What is too long, or would give somebody away, "
        "is refused with the reason."
    ),
    "texts.overview",
    "message_text.change",
)
LOCK = Step(
    lazy("Step away safely"),
    lazy(
        "Lock the screen when you leave: a half-filled form waits for you. After ten minutes it "
        "locks by itself."
    ),
)


AT_THE_DESK = (CARD, REGISTER, QUICK, BOOK, BOARD, WAITING_ROOM, CALLS, LINE)
TALKING = (DAY, NOTES, BOOK)
RUNNING = (ROSTERS, BOARD, CALLS, ACCOUNTS, REPORTS)
OF_ROLE: dict[Role, tuple[Step, ...]] = {
    Role.RECEPTION: AT_THE_DESK,
    Role.PSYCHOLOGIST: TALKING,
    Role.LAWYER: TALKING,
    Role.ADVISER: TALKING,
    Role.INTERPRETER: (INTERPRETING,),
    Role.PARTNER: (DUTY, DAY),
    Role.COORDINATOR: RUNNING,
    Role.REGION: (REPORTS, TEXTS, ACCOUNTS),
    Role.AUDITOR: (),
    Role.ADMIN: (ACCOUNTS, TEXTS),
}


@bp.get("")
@allows("account.own")
def show() -> ResponseReturnValue:
    """One step, from the first: `?step=2`, or the one about a page: `?about=bookings`."""
    steps = steps_for(current_actor())
    number = _number(steps)
    return render_template("desk/tour.html", steps=steps, number=number, step=steps[number])


def steps_for(actor: Actor) -> list[Step]:
    """What somebody of these roles does, each step once; what everybody does comes last."""
    chosen = [step for role in Role if role in actor.roles for step in OF_ROLE[role]]
    steps = dict.fromkeys([*chosen, URGENT, LOCK])
    known = current_app.view_functions
    return [
        one
        for one in steps
        if actor.may(one.action) and (one.endpoint is None or one.endpoint in known)
    ]


def _number(steps: list[Step]) -> int:
    about = request.args.get("about", "")
    if about:
        return _about(steps, (about, BELONGS.get(about, about)))
    asked = request.args.get("step", default=1, type=int)
    return min(max(asked, 1), len(steps)) - 1


def _about(steps: Iterable[Step], blueprints: Iterable[str]) -> int:
    """The first step about one of these parts, the narrower one first; else the first of all."""
    parts = [(one.endpoint or "").partition(".")[0] for one in steps]
    return next((parts.index(part) for part in blueprints if part in parts), 0)
