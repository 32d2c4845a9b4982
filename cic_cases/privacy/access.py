"""Every endpoint declares its action; one that does not declare stops the start."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user

from cic_cases.foundation import clock
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.policy import POLICY

P = ParamSpec("P")
T = TypeVar("T")
OPEN = "open to all"
OFF_DUTY = "off_duty.show"
"""The page of whoever may do nothing today; it lives upstairs, where duties are known."""
FRESH = timedelta(minutes=15)


def current_actor() -> Actor:
    """Who is signed in; only inside an endpoint that `allows` something."""
    if not current_user.is_authenticated:
        abort(401)
    return cast(Actor, current_user._get_current_object())


def allows(action: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Declare what the endpoint does. Not signed in: to the sign-in page. No right: 404.

    An officer on a day without a duty is led to a page that says when the next one is.
    """
    if action not in POLICY:
        raise LookupError(f"{action} is not in the policy")

    def decorate(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            if not current_user.is_authenticated:
                return cast(T, _sign_in_first())
            if not current_user.may(action):
                return cast(T, _not_here())
            return view(*args, **kwargs)

        guarded.access = action  # type: ignore[attr-defined]
        return guarded

    return decorate


def _not_here() -> Any:
    """No right: as if it did not exist. Whose every role rests today is told when it opens."""
    if not current_user.off_duty or _by_program():
        abort(404)
    return redirect(url_for(OFF_DUTY), code=303)


def _by_program() -> bool:
    return request.blueprint == "api" or request.path.startswith("/api/")


def _sign_in_first() -> Any:
    if _by_program():
        abort(401)
    return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]


def freshly(view: Callable[P, T]) -> Callable[P, T]:
    """Declare that only somebody may who proved a moment ago who they are; put it under `allows`.

    Whoever stepped away from an unlocked screen cannot be acted for. The others are asked, and
    the act goes on where it was.
    """

    @wraps(view)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        browser = current_actor().browser
        if browser is None or clock.now() - browser.proven_at > FRESH:
            return cast(T, current_app.login_manager.needs_refresh())  # type: ignore[attr-defined]
        return view(*args, **kwargs)

    asked.fresh = True  # type: ignore[attr-defined]
    return asked


def by_itself(view: Callable[P, T]) -> Callable[P, T]:
    """Declare that pages ask this by themselves: it says nothing about a person being there."""
    view.by_itself = True  # type: ignore[attr-defined]
    return view


def open_to_all(view: Callable[P, T]) -> Callable[P, T]:
    """Declare that anybody may enter, signed in or not."""
    view.access = OPEN  # type: ignore[attr-defined]
    return view


def declared(app: Flask) -> dict[str, str]:
    """endpoint → its action (or `OPEN`), for those that declare one."""
    return {e: v.access for e, v in app.view_functions.items() if hasattr(v, "access")}


def undeclared(app: Flask) -> list[str]:
    """Endpoints that say nothing about who may enter: a mistake that stops the start."""
    return sorted(set(app.view_functions) - set(declared(app)))
