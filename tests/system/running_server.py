"""The application as it runs in earnest: gunicorn, two processes with many threads each."""

import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self

PROJECT = Path(__file__).parents[2]
PATIENCE = 30  # seconds for one answer, the first one included
WORKERS, THREADS = 2, 16
MEGABYTE = 1024 * 1024


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: dict[str, Any]


class RunningServer:
    """A server of its own on a free port, ended with the block it was started for."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CIC_")},
            "CIC_ENV": "development",
            "CIC_SECRET_KEY": "r" * 40,
            "CIC_DATA_KEYS": "k1:" + "A" * 43 + "=",
            "CIC_DATABASE_URL": database_url,
            "CIC_INSTANCE_DIR": str(folder),
            "CIC_MAIL_URL": f"file:{folder / 'outbox'}",
            "CIC_MAIL_FROM": "cic@example.org",
            "CIC_MAIL_FROM_NEUTRAL": "post@example.net",
            "CIC_LOG_LEVEL": "WARNING",
        }
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._socket.getsockname()[1]
        self._log = folder / "server.log"

    def __enter__(self) -> Self:
        command = [
            sys.executable, "-m", "gunicorn", "--bind", f"fd://{self._socket.fileno()}",
            "--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS),
            "--no-control-socket", "--logger-class", "cic_cases.logs.GunicornLog", "wsgi:app",
        ]  # fmt: skip
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self._environment,
                pass_fds=[self._socket.fileno()],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *failure: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._socket.close()

    def call(self, method: str, path: str, token: str, body: Any = None) -> Answer:
        """One call of /api/v1 over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/v1{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            return Answer(answer.status, json.load(answer))
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """The process ids of the web processes that run now."""
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def memory(self) -> float:
        """Megabytes that the web processes hold now."""
        statm = (Path(f"/proc/{pid}/statm").read_text().split() for pid in self.workers())
        return sum(int(one[1]) for one in statm) * resource.getpagesize() / MEGABYTE

    def log(self) -> str:
        """What the server wrote, for the message of a failure."""
        return self._log.read_text(encoding="utf-8", errors="replace")


def all_at_once(calls: Iterable[Callable[[], Answer]]) -> list[Answer]:
    """Make every call in a thread of its own, all let go in the same moment."""
    waiting = list(calls)
    together = threading.Barrier(len(waiting))

    def go(call: Callable[[], Answer]) -> Answer:
        together.wait()
        return call()

    with ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(go, waiting))
