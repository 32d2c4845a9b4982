"""A card read by the camera of a phone or tablet; the picture never leaves the browser."""

from flask import Blueprint, Response, make_response, render_template

from cic_cases.privacy.access import allows
from cic_cases.privacy.headers import HEADERS

bp = Blueprint("camera", __name__, url_prefix="/desk/camera")
POLICY = "Permissions-Policy"


@bp.get("")
@allows("desk.scan")
def look() -> Response:
    """The only page of ours that may use the camera; what it reads goes where a scanner's does."""
    answer = make_response(render_template("desk/camera.html"))
    answer.headers[POLICY] = HEADERS[POLICY].replace("camera=()", "camera=(self)")
    return answer
