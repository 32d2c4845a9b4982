"""Headers of every answer, errors and files included."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, url_for

POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FOUND = (200, 206, 304)
STATIC_SECONDS = 365 * 24 * 3600  # the address changes with the content


def _stamp(folder: Path) -> str:
    """A short word that changes when any file in `folder` does."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def init_app(app: Flask, *, https: bool) -> None:
    """Add the headers; pages are never stored, files of ours are, until their content changes."""
    stamp = _stamp(Path(str(app.static_folder)))

    @app.url_defaults
    def version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static":
            values.setdefault("v", stamp)

    @lru_cache(maxsize=1024)
    def address(root: str, filename: str) -> str:
        return url_for("static", filename=filename)

    # a page has forty symbols, and each names its file
    app.jinja_env.globals["static"] = lambda filename: address(request.script_root, filename)

    @app.after_request
    def add(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if https:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint == "static" and answer.status_code in FOUND:
            answer.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}, immutable"
        else:
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer
