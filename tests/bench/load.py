"""Clients of a running server: several processes, each with threads that keep their connection.

Run as a program it is one of the processes: it reads its orders as one line of JSON, connects,
says it is ready, waits for a line to start, and answers with one line. The clients share the
processors with the server, which every figure made with them says.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

PROJECT = Path(__file__).parents[2]
PROCESSES = 4
PATIENCE = 120  # seconds for one answer

Call = tuple[str, str, Any]  # method, path, body as JSON


class Load(NamedTuple):
    """What came of it: the statuses and waits (s) of all calls, and how long the whole took."""

    statuses: list[int]
    waits: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.statuses) / self.seconds


def drive(port: int, headers: dict[str, str], clients: list[list[Call]]) -> Load:
    """Let every client make its calls one after another, all clients at once."""
    shares = [clients[n::PROCESSES] for n in range(min(PROCESSES, len(clients)))]
    started = [_process({"port": port, "headers": headers, "clients": share}) for share in shares]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for process in started]
    for process in started:
        process.communicate(timeout=PATIENCE)
    seconds = max(a["ended"] for a in answers) - min(a["began"] for a in answers)
    made = [call for answer in answers for call in answer["calls"]]
    return Load([status for status, _ in made], [wait for _, wait in made], seconds)


def _process(orders: dict[str, Any]) -> Any:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(json.dumps(orders) + "\n")
    process.stdin.flush()
    return process


def _client(
    port: int, headers: dict[str, str], calls: list[Call], start: threading.Event
) -> list[tuple[int, float]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.connect()
    ready = [(method, path, json.dumps(body) if body else None) for method, path, body in calls]
    start.wait()
    made = []
    for method, path, body in ready:
        began = time.perf_counter()
        try:
            status = _ask(connection, method, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            if method != "GET" and connection.sock is not None:
                raise  # it may have been acted upon
            connection.close()  # an idle connection that the server had closed
            status = _ask(connection, method, path, body, headers)
        made.append((status, time.perf_counter() - began))
    connection.close()
    return made


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None,
    headers: dict[str, str],
) -> int:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def main() -> None:
    """One of the processes."""
    orders = json.loads(sys.stdin.readline())
    clients, start = orders["clients"], threading.Event()
    with ThreadPoolExecutor(len(clients)) as pool:
        waiting = [
            pool.submit(_client, orders["port"], orders["headers"], calls, start)
            for calls in clients
        ]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        began = time.time()
        start.set()
        calls = [made for one in waiting for made in one.result()]
        ended = time.time()
    sys.stdout.write(json.dumps({"began": began, "ended": ended, "calls": calls}) + "\n")


if __name__ == "__main__":
    main()
