"""Problems as JSON (RFC 9457): one form for failures of the application and refusals of the API."""

from flask import Response, jsonify


def problem_json(status: int, problem: str, sentence: str, **members: object) -> Response:
    """An RFC 9457 answer; the last word of its type is fixed by the contract.

    `members` stand beside the three usual ones, e.g. `errors` by field, `alternatives`.
    """
    answer = jsonify(
        {"type": f"/problems/{problem}", "title": sentence, "status": status, **members}
    )
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    return answer
