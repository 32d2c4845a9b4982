"""Mail and SMS of the demo, read in the browser: `/dev/outbox`, nowhere near production.

It exists only where messages are written to files (`file:DIR`) and the environment is not
production; anywhere else these addresses are as unknown as any other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from cic_cases.notifications.channels import post_settings
from cic_cases.notifications.channels.file import folder_of
from cic_cases.privacy.access import open_to_all

bp = Blueprint("dev", __name__, url_prefix="/dev")
SUFFIXES = (".eml", ".txt")
SHOWN = 200


@dataclass(frozen=True)
class Found:
    """One message as it lies in the folder; `subject` and `calendar` only in a mail."""

    name: str
    written_at: datetime
    recipient: str
    sender: str | None
    subject: str | None
    text: str
    calendar: str | None


@bp.get("/outbox")
@open_to_all
def outbox() -> ResponseReturnValue:
    """The newest messages, newest first."""
    messages = [_read(path) for path in _newest()[:SHOWN]]
    return render_template("desk/dev_outbox.html", messages=messages)


@bp.get("/outbox/<name>")
@open_to_all
def message(name: str) -> ResponseReturnValue:
    """One message as the person sees it, with its calendar entry."""
    found = next((path for path in _newest() if path.name == name), None)
    if found is None:
        abort(404)
    return render_template("desk/dev_outbox_message.html", message=_read(found))


def _folders() -> set[Path]:
    """Where messages are written; 404 where this page must not be."""
    settings = post_settings()
    urls = (settings.mail_url, settings.sms_url)
    folders = {folder_of(url) for url in urls if urlsplit(url).scheme == "file"}
    if current_app.config["CIC"].env == "production" or not folders:
        abort(404)
    return folders


def _newest() -> list[Path]:
    files = [
        path
        for folder in _folders()
        if folder.is_dir()
        for path in folder.iterdir()
        if path.suffix in SUFFIXES
    ]
    return sorted(files, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _read(path: Path) -> Found:
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if path.suffix == ".txt":
        head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
        return Found(path.name, written_at, head.removeprefix("To: "), None, None, text, None)
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    calendars = [
        part for part in mail.iter_attachments() if part.get_content_subtype() == "calendar"
    ]
    return Found(
        name=path.name,
        written_at=written_at,
        recipient=str(mail["To"]),
        sender=str(mail["From"]),
        subject=str(mail["Subject"]),
        text=body.get_content() if body else "",
        calendar=calendars[0].get_content() if calendars else None,
    )
