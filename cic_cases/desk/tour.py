"""The five-minute tour: what one's role does here, step by step, and the help of each page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from cic_cases.desk.frame import BELONGS
from cic_cases.foundation.i18n import _
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role

bp = Blueprint("tour", __name__, url_prefix="/help")


@dataclass(frozen=True)
class Step:
    """One thing to know: a title, two sentences, the page where it is done and who may open it."""

    title: str
    text: str
    endpoint: str | None = None
    action: str = "account.own"


def _card() -> Step:
    text = _(
        "The cursor waits in the code box. A card under the scanner at its hour checks the person "
        "in; a typed code only opens the case, because it may be a phone call. The key ? shows "
        "all keys."
    )
    return Step(_("Scan or type a card"), text, "desk.board", "desk.see")


def _register() -> Step:
    text = _(
        "Language, citizenship, gender, age, what for: five taps, the sixth saves. No name is ever "
        "written down. «Save and book» goes on to the free times."
    )
    return Step(_("Register in six taps"), text, "desk.board", "desk.see")


def _quick() -> Step:
    text = _("F8 only counts it: nobody is recorded. Shift F8 takes the last one back.")
    return Step(_("A question of one minute"), text, "desk.board", "desk.see")


def _book() -> Step:
    text = _(
        "Choose what is needed and the language; the first free time is chosen already. Beside it "
        "stands exactly what the person will receive."
    )
    return Step(_("Find a free time"), text, "bookings.search", "slots.see")


def _board() -> Step:
    text = _(
        "The board is up to date by itself. Whoever is late, missed or without an interpreter "
        "stands under «To solve», beside a button that resolves it."
    )
    return Step(_("Keep today's board clean"), text, "desk.board", "desk.see")


def _waiting_room() -> Step:
    text = _(
        "F6 prints a number, F7 calls the next one. The screen shows numbers and rooms, never why "
        "somebody came."
    )
    return Step(_("Numbers for the waiting room"), text, "waiting_room.overview", "ticket.call")


def _calls() -> Step:
    text = _(
        "Whom no message reached has to be called; the list must reach zero every day. Opening a "
        "number is on record."
    )
    return Step(_("Empty the call list"), text, "call_list.overview", "call_list.see")


def _line() -> Step:
    text = _(
        "When no time suits, put the person on the waiting list. A freed time is offered to the "
        "first who can attend it."
    )
    return Step(_("Nobody is lost"), text, "waiting.overview", "waiting.see")


def _urgent() -> Step:
    text = _(
        "F9 on every page: who is free now in every Centre, an empty room, and whom to call. First "
        "help, then write."
    )
    return Step(_("Help in a crisis"), text, "crisis.help_now", "crisis.see")


def _day() -> Step:
    text = _(
        "Who comes next, in which language, for the first or the n-th time. One tap says completed "
        "or did not come; every tap can be undone."
    )
    return Step(_("Your day"), text, "my_day.show", "day.own")


def _notes() -> Step:
    text = _(
        "Your notes are encrypted and saved while you write. Neither coordinators nor "
        "administrators can read them."
    )
    return Step(_("Private notes"), text, "my_day.show", "note.write")


def _interpreting() -> Step:
    text = _("You see time, room, language and code of your assignments, never the kind of help.")
    return Step(_("What an interpreter sees"), text, "my_day.show", "day.own")


def _duty() -> Step:
    text = _(
        "You see only the appointments of your own duty. Mark who was seen; nothing about their "
        "matter is written here."
    )
    return Step(_("Your duty"), text, "my_day.show", "day.own")


def _rosters() -> Step:
    text = _(
        "Free times are computed from duties. A cancelled duty first shows whom it affects and "
        "what each will receive; for a minute everything can be undone."
    )
    return Step(_("Rosters make the free times"), text, "rosters.overview", "roster.see")


def _accounts() -> Step:
    text = _(
        "Invite somebody by e-mail: they choose their own password. A right that is taken away is "
        "gone with the next click."
    )
    return Step(_("Accounts and roles"), text, "admin.accounts", "account.manage")


def _reports() -> Step:
    text = _("Exact numbers of your own Centres. They are for the team; do not publish them.")
    return Step(_("Numbers"), text, "reports.overview", "report.exact")


def _texts() -> Step:
    text = _(
        "Your region can word its messages itself. What is too long, or would give somebody away, "
        "is refused with the reason."
    )
    return Step(_("What messages say"), text, "texts.overview", "message_text.change")


def _lock() -> Step:
    text = _(
        "Lock the screen when you leave: a half-filled form waits for you. After ten minutes it "
        "locks by itself."
    )
    return Step(_("Step away safely"), text)


AT_THE_DESK = (_card, _register, _quick, _book, _board, _waiting_room, _calls, _line)
TALKING = (_day, _notes, _book)
RUNNING = (_rosters, _board, _calls, _accounts, _reports)
OF_ROLE: dict[Role, tuple[Callable[[], Step], ...]] = {
    Role.RECEPTION: AT_THE_DESK,
    Role.PSYCHOLOGIST: TALKING,
    Role.LAWYER: TALKING,
    Role.ADVISER: TALKING,
    Role.INTERPRETER: (_interpreting,),
    Role.PARTNER: (_duty, _day),
    Role.COORDINATOR: RUNNING,
    Role.REGION: (_reports, _texts, _accounts),
    Role.AUDITOR: (),
    Role.ADMIN: (_accounts, _texts),
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
    chosen = [make for role in Role if role in actor.roles for make in OF_ROLE[role]]
    steps = [make() for make in dict.fromkeys([*chosen, _urgent, _lock])]
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
