"""A time that is held for a person: they take it, or give it back, through the link in a mail."""

from contextlib import suppress

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.notifications import held_answers
from cic_cases.notifications.manage_rules import HOLDS
from cic_cases.portal import manage_page
from cic_cases.privacy.access import open_to_all


@open_to_all
def accept(token: str) -> ResponseReturnValue:
    """The person takes the time; another one than they had has a link of its own."""
    manage_page.found(token)
    with suppress(Refusal):  # given away or answered at this moment: the page says how it stands
        token = in_transaction(held_answers.accept, token, at=now())
    return redirect(url_for("manage.show", token=token), code=303)


@open_to_all
def ask_decline(token: str) -> ResponseReturnValue:
    """Asks once more before the time goes to somebody else."""
    context = manage_page.context(token)
    if context["stage"] not in HOLDS:
        return redirect(url_for("manage.show", token=token), code=303)
    return render_template("portal/manage_decline.html", **context)


@open_to_all
def decline(token: str) -> ResponseReturnValue:
    """The person gives the time back."""
    manage_page.found(token)
    with suppress(Refusal):
        in_transaction(held_answers.decline, token, at=now())
    return redirect(url_for("manage.show", token=token), code=303)
