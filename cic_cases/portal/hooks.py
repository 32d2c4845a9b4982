"""Where SMS gateways report what was delivered. Calls of machines: proven by a key, no session.

Without CIC_SMS_REPORT_KEY there is no such page. A message that nobody knows is answered like one
that is known, so that a report can neither be used to look for messages nor comes for ever.
"""

from flask import Blueprint, Flask, Response, request
from flask_wtf import CSRFProtect

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import delivery_reports, report_rules
from cic_cases.notifications.channels import post_settings
from cic_cases.notifications.kinds import Means
from cic_cases.privacy import walls
from cic_cases.privacy.access import open_to_all

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
TIMESTAMP, SIGNATURE = "X-CIC-Timestamp", "X-CIC-Signature"
LARGEST_REPORT = 16 * 1024  # bytes; they are a few hundred


@bp.before_request
def _gateway() -> None:
    walls.enter("gateway")


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """Add the calls; no browser and no cookie is behind them, so no CSRF token can be asked for."""
    csrf.exempt(bp)
    app.register_blueprint(bp)


@bp.get("/smsapi/<secret>", endpoint="smsapi")
@bp.post("/smsapi/<secret>", endpoint="smsapi")
@open_to_all
def of_smsapi(secret: str) -> Response:
    """Reports as SMSAPI sends them, which repeats them until it is answered «OK»."""
    if not report_rules.opens(secret, post_settings().sms_report_key):
        raise NotFound()
    request.max_content_length = LARGEST_REPORT
    for told in report_rules.of_smsapi(request.values):
        in_transaction(delivery_reports.take, Means.SMS, *told, at=now())
    return Response("OK", content_type="text/plain; charset=utf-8")


@bp.post("/sms", endpoint="gateway")
@open_to_all
def of_gateway() -> Response:
    """One signed report of a JSON gateway; unsigned, old and unreadable ones are the same 404."""
    request.max_content_length = LARGEST_REPORT
    body, at = request.get_data(), now()
    given = (request.headers.get(TIMESTAMP, ""), body, request.headers.get(SIGNATURE, ""))
    told = report_rules.of_gateway(body)
    if not report_rules.is_signed(post_settings().sms_report_key, *given, at) or told is None:
        raise NotFound()
    in_transaction(delivery_reports.take, Means.SMS, *told, at=at)
    return Response(status=204)
