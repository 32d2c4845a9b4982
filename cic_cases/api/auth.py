"""Who asks: only a bearer token counts here, never the cookie of a browser.

Every endpoint declares its action as pages do; whoever has no right to it finds nothing there.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import g, request

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import N_, NotFound, Refusal
from cic_cases.people.sessions import actor_of_token
from cic_cases.privacy.access import OPEN
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.policy import POLICY

P = ParamSpec("P")
T = TypeVar("T")
SCHEME = "bearer"


class Unauthorised(Refusal):
    """No token, or one that is unknown, too old, revoked, or of a closed account."""

    msgid = N_("The token is missing or not valid.")
    problem = "unauthorised"
    status = 401


def current_actor() -> Actor:
    """The owner of this request's token; only inside an endpoint that `allows` something."""
    return cast(Actor, g.token_owner)


def allows(action: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Declare what the endpoint does. Without a token 401; without the right the usual 404."""
    if action not in POLICY:
        raise LookupError(f"{action} is not in the policy")

    def decorate(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            g.token_owner = actor = _owner()
            if not actor.may(action):
                raise NotFound()
            return view(*args, **kwargs)

        return _declared(guarded, action)

    return decorate


def open_to_all(view: Callable[P, T]) -> Callable[P, T]:
    """Declare that no token is asked for."""

    @wraps(view)
    def entered(*args: P.args, **kwargs: P.kwargs) -> T:
        return view(*args, **kwargs)

    return _declared(entered, OPEN)


def _declared(view: Callable[P, T], access: str) -> Callable[P, T]:
    view.access = access  # type: ignore[attr-defined]
    view.provide_automatic_options = False  # type: ignore[attr-defined]
    return view


def _owner() -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not token.strip():
        raise Unauthorised()
    actor = actor_of_token(db.session(), token.strip(), now())
    if actor is None:
        raise Unauthorised()
    return actor
