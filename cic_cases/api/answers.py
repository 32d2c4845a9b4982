"""How the JSON reads what it is sent and says no: one parser, one form of problem.

Marshmallow checks shapes and names the fields; what a value means is for the rooms' rules.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar, cast

from flask import Request, Response
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.foundation.problems import problem_json

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "The same key and body within 24 hours: acted on once, answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
WHOLE = "_schema"  # marshmallow's name for what is wrong with the object itself
_REQUIRED = fields.Field.default_error_messages["required"]
_MISSING = {_REQUIRED, fields.Field.default_error_messages["null"]}


class Unreadable(Refusal):
    """The body is not JSON."""

    msgid = N_("This request could not be read")
    status = 400


class WrongInput(Refusal):
    """Some fields are missing, unknown or of the wrong shape; `errors` has a sentence for each."""

    msgid = N_("Something in the form is not right. Go back, check it and save again.")

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__()
        self.errors = dict(_sentences(errors))


class OneField(WrongInput):
    """One field names something that does not exist here."""

    def __init__(self, field: str) -> None:
        super().__init__({field: [""]})


def _sentences(messages: Mapping[Any, Any], path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Marshmallow's nested messages as `contact.mode` → our sentence in the reader's language."""
    for name, found in messages.items():
        here = path if name == WHOLE else f"{path}.{name}".lstrip(".")
        if isinstance(found, Mapping):
            yield from _sentences(found, here)
        else:
            missing = any(str(text) in _MISSING for text in found)
            sentence = _("Enter a value.") if missing else _("This value is not possible here.")
            yield here or "body", [sentence]


class Parser(FlaskParser):
    """Reads arguments; whatever is wrong with them is a `Refusal` like any other."""

    def _raw_load_json(self, req: Request) -> Any:
        try:
            return super()._raw_load_json(req)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError):  # a number or a nest too big to be read
            raise Unreadable() from None

    def _handle_invalid_json_error(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Unreadable()

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, **status: Any
    ) -> NoReturn:
        """Refuse with a sentence for every field that is wrong."""
        by_place = error.messages_dict  # webargs puts json or query around the fields
        raise WrongInput(next(iter(by_place.values())))


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A group of calls in the document and in the application."""

    ARGUMENTS_PARSER = Parser()

    def get(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Answer GET at `rule`."""
        return cast(Callable[[View], View], super().get(rule, **options))

    def post(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Answer POST at `rule`; every one takes an Idempotency-Key."""
        found = super().post(rule, parameters=[IDEMPOTENCY_KEY], **options)
        return cast(Callable[[View], View], found)

    def delete(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Answer DELETE at `rule`; every one takes an Idempotency-Key."""
        found = super().delete(rule, parameters=[IDEMPOTENCY_KEY], **options)
        return cast(Callable[[View], View], found)

    def arguments(
        self, schema: type[Schema] | Schema, location: str = "json", **options: Any
    ) -> Callable[[View], View]:
        """Give the view what was sent, read by `schema`, as its first argument."""
        made = schema() if isinstance(schema, type) else schema  # once, not for every call
        return cast(Callable[[View], View], super().arguments(made, location=location, **options))

    def response(
        self, status: int, schema: type[Schema] | None = None, **options: Any
    ) -> Callable[[View], View]:
        """Describe the answer; what is not a `Response` yet is written by `schema`."""
        return cast(Callable[[View], View], super().response(status, schema, **options))

    def without_token(self, view: View) -> View:
        """Say in the document that this call needs no token."""
        return cast(View, self.doc(security=[])(view))


def group(name: str, description: str) -> Blueprint:
    """A new group of calls whose refusals are answered as problems."""
    made = Blueprint(f"api_{name}", name, url_prefix=PREFIX, description=description)
    made.register_error_handler(Refusal, refused)
    return made


def refused(refusal: Refusal) -> Response:
    """The refusal as problem+json, with the field it belongs to and what else it brings."""
    members: dict[str, object] = dict(getattr(refusal, "members", {}))
    errors = getattr(refusal, "errors", None)
    if errors is None and refusal.field and refusal.problem == "invalid":
        errors = {refusal.field: [refusal.text()]}
    if errors:
        members["errors"] = errors
    answer = problem_json(refusal.status, refusal.problem, refusal.text(), **members)
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="CIC Cases"'
    return answer
