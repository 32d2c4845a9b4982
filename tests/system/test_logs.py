"""What the program writes about itself: lines of JSON without people, networks or addresses."""

import json
import logging
import socket
import sys

import pytest

from cic_cases.logs import Lines
from tests.system.running_server import RunningServer

TYPED = "600100200"


def line(name: str, said: str, *values: object, error: bool = False) -> dict[str, object]:
    """One record as it is written."""
    caught = sys.exc_info() if error else None
    record = logging.LogRecord(name, logging.WARNING, "x.py", 1, said, values, caught)
    written = Lines().format(record)
    assert "\n" not in written
    found: dict[str, object] = json.loads(written)
    return found


def test_our_own_lines_say_what_they_say_at_a_moment_in_utc():
    told = line("cic_cases.scheduler", "%s messages sent", 3)

    assert told["said"] == "3 messages sent"
    assert told["level"] == "WARNING"
    assert str(told["at"]).endswith("+00:00")
    assert told.keys() == {"at", "level", "from", "process", "said"}


@pytest.mark.parametrize(
    ("said", "values", "kept"),
    [
        ("Invalid request from ip=192.0.2.17: bad", (), "Invalid request from ip=…: bad"),
        ("from 2001:db8::17 port", (), "from … port"),
        ("GET %s", ("/cases/836-VY9-YEX?x=1",), "GET %s"),
        ("GET /search?code=836VY9YEX again", (), "GET /search… again"),
        ("retrying https://gateway.example/send/KEY", (), "retrying …"),
        ("refused olena@example.org", (), "refused …"),
        (f"to {TYPED}", (), "to …"),
        ("Worker (pid:4711) was sent SIGKILL!", (), "Worker (pid:4711) was sent SIGKILL!"),
    ],
)
def test_a_librarys_line_names_no_network_address_query_or_number(said, values, kept):
    assert line("gunicorn.error", said, *values)["said"] == kept


def test_a_line_cannot_be_ended_by_what_is_in_it():
    assert line("cic_cases.x", "a\n%s", '{"level": "INFO"}')["said"] == 'a\n{"level": "INFO"}'


def test_an_error_is_its_kind_and_its_places_and_not_its_words():
    try:
        int(f"tel {TYPED}")
    except ValueError:
        told = line("cic_cases.x", "not read", error=True)

    assert told["error"] == "ValueError"
    assert [str(one).split(":")[0] for one in told["places"]] == ["test_logs.py"]  # type: ignore[attr-defined]
    assert TYPED not in json.dumps(told)


@pytest.mark.sqlite_only
def test_a_running_server_writes_nothing_else_whatever_it_is_asked(database_url, tmp_path):
    with RunningServer(database_url, tmp_path) as server:
        server.call("GET", f"/cases/836-VY9-YEX?q={TYPED}", TYPED)
        with socket.create_connection(("127.0.0.1", server.port)) as line_in:
            line_in.sendall(f"GET /desk?{TYPED} BROKEN/{TYPED}\r\n\r\n".encode())
            line_in.recv(1000)
        with socket.create_connection(("127.0.0.1", server.port)) as line_in:
            line_in.sendall(f"GET / HTTP/1.1\r\nX {TYPED}\r\n\r\n".encode())
            line_in.recv(1000)
    written = (tmp_path / "server.log").read_text().splitlines()

    assert all(json.loads(one).keys() >= {"at", "level", "said"} for one in written)
    assert any("Invalid request" in one for one in written)
    for told in (TYPED, "127.0.0.1", "836-VY9-YEX"):
        assert all(told not in one for one in written if "Listening at" not in one), told
