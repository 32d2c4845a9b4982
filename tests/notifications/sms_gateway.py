"""A gateway that takes SMS as JSON, and does what a test tells it to."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]
HANG_UP, SILENCE = "hang up", "silence"


class SmsGateway:
    """Answers with what `answer` says of the message: (status, JSON, headers), or a way to fail."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer | str] | None = None) -> None:
        self.answer = answer or (lambda message: (200, {"id": f"ref-{message['id']}"}))
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())

    def url(self, query: str = "sender=CIC&neutral=INFO", token: str = "secret") -> str:  # noqa: S107 (a test's own)
        """The setting that leads here."""
        who = f"{token}@" if token else ""
        return f"http://{who}{HOST}:{self._server.server_port}/send?{query}"

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

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.headers.append(dict(self.headers))
                gateway.paths.append(self.path)
                answer = gateway.answer(message)
                if answer == HANG_UP:
                    self.connection.close()
                    return
                if answer == SILENCE:
                    time.sleep(2)
                    return
                status, told, *more = answer
                if status < 300:
                    gateway.taken.append(message)
                body = told.encode() if isinstance(told, str) else json.dumps(told).encode()
                with suppress(ConnectionError):  # whoever asked was killed meanwhile
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    for header in (more[0] if more else {}).items():
                        self.send_header(*header)
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_words: Any) -> None:
                """Tests are quiet."""

        return Handler
