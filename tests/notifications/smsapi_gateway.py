"""SMSAPI as its client meets it: forms in, JSON out, an `idx` taken only once."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.notifications.sms_gateway import HANG_UP, HOST, SILENCE

NOT_UNIQUE = '{"error": 53, "message": "Not unique idx parameter"}'
Sms = dict[str, str]


class SmsApi:
    """Takes every SMS, unless `answer` says otherwise: (status, text), or a way to fail.

    `after` is what happens to an SMS that was taken: its answer is lost.
    """

    def __init__(self, answer: Callable[[Sms], tuple[int, str] | str | None] | None = None) -> None:
        self.answer = answer or (lambda sms: None)
        self.after: str | None = None
        self.taken: list[Sms] = []
        self.authorization: list[str | None] = []
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())

    @property
    def domain(self) -> str:
        """What stands for https://api.smsapi.pl/."""
        return f"http://{HOST}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _said(self, sms: Sms) -> tuple[int, str] | str:
        if said := self.answer(sms):
            return said
        if sms.get("check_idx") == "1" and sms["idx"] in {one["idx"] for one in self.taken}:
            return 200, NOT_UNIQUE
        self.taken.append(sms)
        return self.after or (200, taken(f"ref-{len(self.taken)}"))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                gateway.authorization.append(self.headers["Authorization"])
                said = gateway._said(dict(parse_qsl(sent)))
                if said == SILENCE:
                    time.sleep(2)
                if said in (HANG_UP, SILENCE):
                    self.close_connection = True
                    return
                status, text = said
                self.send_response(int(status))
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_words: Any) -> None:
                """Tests are quiet."""

        return Handler


def taken(reference: str, parts: int = 2, error: str = "null") -> str:
    """The answer about one SMS that was taken."""
    one = f'{{"id": "{reference}", "points": 0.3, "number": "48600100200", "error": {error}}}'
    return f'{{"count": 1, "list": [{one}], "message": "", "length": 90, "parts": {parts}}}'
