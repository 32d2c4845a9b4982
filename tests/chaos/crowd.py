"""Clients of every kind who want the same times at once, while web processes are killed."""

import http.client
import json
import os
import random
import re
import signal
import threading
import time
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.history import Event
from tests.system.running_server import PATIENCE, RunningServer

CUT_OFF = (OSError, http.client.HTTPException)
SETTLING = 0.2  # seconds that a client waits after it was cut off


@dataclass(frozen=True)
class Size:
    """How many people, times and kills; `rivals` want each time."""

    clients: int
    slots: int
    rivals: int
    kills: int


@dataclass(frozen=True)
class Wanted:
    """A time that is fought for."""

    code: str
    lawyer: int  # its number, from 0


@dataclass
class Own:
    """An appointment of a client, as far as the client knows."""

    reference: str
    slot: int
    version: int


@dataclass
class Reply:
    """What came back: `status` 0 when the connection was cut."""

    status: int
    body: bytes = b""
    location: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Desk:
    """How a receptionist's browser books for this case: its cookie and its form's token."""

    cookie: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        form = "application/x-www-form-urlencoded"
        return {"Cookie": self.cookie, "Content-Type": form}


@dataclass
class Person:
    """Whom a client books for; one for each lawyer, so that nobody is in two places."""

    code: str
    desk: Desk
    own: list[Own] = field(default_factory=list)


class Crowd:
    """Everybody walks through the times in one order; each time has its own rivals."""

    def __init__(
        self,
        server: RunningServer,
        token: str,
        slots: list[Wanted],
        people: list[list[Person]],
        size: Size,
    ) -> None:
        self.server, self.slots, self.people, self.size = server, slots, people, size
        self.api = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.events: dict[int, list[Event]] = defaultdict(list)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.unexpected: list[tuple[str, int, bytes]] = []
        self.versions: dict[str, tuple[int, bool]] = {}  # the last known; whether one is unknown
        self.victims: list[int] = []
        self.seconds = 0.0
        self._done, self._taken = 0, 0
        self._turn = threading.Condition()
        plan = random.Random(20300107)
        self.tasks: list[list[tuple[int, str]]] = [[] for _ in range(size.clients)]
        for number in range(len(slots)):
            for client in plan.sample(range(size.clients), size.rivals):
                self.tasks[client].append((number, plan.choice(("book", "book", "move", "desk"))))

    def run(self) -> None:
        """Let everybody go; ends when the last time was fought for."""
        began = time.monotonic()
        with ThreadPoolExecutor(self.size.clients) as pool:
            list(pool.map(self._client, range(self.size.clients)))
        self.seconds = time.monotonic() - began

    def _client(self, number: int) -> None:
        chance = random.Random(number)
        for slot, act in self.tasks[number]:
            self._wait_for_the_others(slot)
            person = self.people[number][self.slots[slot].lawyer]
            if act == "move" and person.own:
                self._move(person, chance.choice(person.own), slot)
            elif act == "desk":
                self._book_at_the_desk(person, slot, number)
            else:
                self._book(person, slot, number)
            if person.own and chance.random() < 0.1:
                self._cancel(person, chance.choice(person.own))
            with self._turn:
                self._done += 1
                self._turn.notify_all()

    def _wait_for_the_others(self, slot: int) -> None:
        """Nobody runs far ahead: rivals are to meet at each time."""
        ahead = slot - 2 * self.size.clients // self.size.rivals
        with self._turn:
            self._turn.wait_for(lambda: self._done >= ahead * self.size.rivals)

    # What a client does

    def _book(self, person: Person, slot: int, number: int) -> None:
        body = {"slot": self.slots[slot].code, "case": person.code, "language": "uk"}
        reply, begun, ended = self.ask("book", "POST", "/api/v1/bookings", body)
        reference = f"?{number}"
        if reply.status == 201:
            reference = reply.json["reference"]
            self._mine(person, reference, slot)
        self._note("book", "take", slot, reference, reply, begun, ended, good=201)

    def _book_at_the_desk(self, person: Person, slot: int, number: int) -> None:
        form = {"slot": self.slots[slot].code, "language": "uk", "csrf_token": person.desk.csrf}
        reply, begun, ended = self.ask("desk", "POST", "/bookings", form, person.desk.headers)
        reference = f"?{number}"
        if reply.status == 303:
            found = re.search(r"/bookings/([\w-]+)", reply.location)
            reference = found.group(1) if found else reference
            self._mine(person, reference, slot)
        self._note("desk", "take", slot, reference, reply, begun, ended, good=303)

    def _mine(self, person: Person, reference: str, slot: int) -> None:
        person.own.append(Own(reference, slot, 1))
        with self._turn:
            self.versions[reference] = 1, False

    def _move(self, person: Person, own: Own, slot: int) -> None:
        path = f"/api/v1/bookings/{own.reference}/move"
        body = {"slot": self.slots[slot].code, "version": own.version}
        reply, begun, ended = self.ask("move", "POST", path, body)
        left = own.slot
        outcome = self._note("move", "take", slot, own.reference, reply, begun, ended, good=200)
        if outcome == "won":
            own.slot, own.version = slot, reply.json["version"]
        self._changed(person, own, outcome)
        if outcome in ("won", "cut"):
            with self._turn:
                self.events[left].append(Event("leave", outcome, own.reference, begun, ended))

    def _cancel(self, person: Person, own: Own) -> None:
        path = f"/api/v1/bookings/{own.reference}/cancel"
        body = {"by": "person", "version": own.version}
        reply, begun, ended = self.ask("cancel", "POST", path, body)
        outcome = self._note(
            "cancel", "leave", own.slot, own.reference, reply, begun, ended, good=200
        )
        if outcome == "won":
            person.own.remove(own)
            own.version = reply.json["version"]
        self._changed(person, own, outcome)

    def _changed(self, person: Person, own: Own, outcome: str) -> None:
        with self._turn:
            self.versions[own.reference] = own.version, outcome == "cut"
        if outcome == "cut":
            person.own.remove(own)  # the client cannot know what became of it

    def record(self, slot: int, event: Event) -> None:
        """Note what somebody else did to a time."""
        with self._turn:
            self.events[slot].append(event)

    def count(self, kind: str, outcome: str) -> None:
        """Count somebody else's request."""
        with self._turn:
            self.outcomes[kind, outcome] += 1

    # How it goes

    def ask(
        self, kind: str, method: str, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> tuple[Reply, float, float]:
        sent = json.dumps(body) if headers is None else urllib.parse.urlencode(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        begun = time.monotonic()
        try:
            connection.request(method, path, sent, headers or self.api)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.read(), answer.getheader("Location") or "")
        except CUT_OFF:
            reply = Reply(0)
            time.sleep(SETTLING)
        finally:
            connection.close()
        ended = time.monotonic()
        self.waits[kind].append(ended - begun)
        return reply, begun, ended

    def _note(
        self,
        kind: str,
        act: str,
        slot: int,
        reference: str,
        reply: Reply,
        begun: float,
        ended: float,
        *,
        good: int,
    ) -> str:
        outcome = {good: "won", 409: "lost", 0: "cut"}.get(reply.status, "unexpected")
        with self._turn:
            if outcome == "unexpected" or (act == "leave" and outcome == "lost"):
                self.unexpected.append((kind, reply.status, reply.body[:500]))
            self.outcomes[kind, outcome] += 1
            self.events[slot].append(Event(act, outcome, reference, begun, ended))
            self._taken += outcome == "won"
            every = max(1, self.size.slots // (self.size.kills + 1))
            if self._taken >= every * (len(self.victims) + 1) and self.size.kills > len(
                self.victims
            ):
                self.victims.append(self._kill())
        return outcome

    def _kill(self) -> int:
        victim = self.server.workers()[0]
        os.kill(victim, signal.SIGKILL)
        return victim

    def table(self, say: Callable[[str], None]) -> None:
        """What happened, in one look."""
        say("| act | won | lost | cut off | median ms | 95 % ms | longest ms |")
        for kind, waits in sorted(self.waits.items()):
            told = [self.outcomes[kind, word] for word in ("won", "lost", "cut")]
            waits.sort()
            spread = [waits[int(len(waits) * part)] for part in (0.5, 0.95)] + [waits[-1]]
            say(
                "| "
                + " | ".join([kind, *map(str, told), *(f"{1000 * w:.0f}" for w in spread)])
                + " |"
            )
        asked = sum(self.outcomes.values())
        say(
            f"{asked} requests in {self.seconds:.0f} s ({asked / self.seconds:.0f} a second), "
            f"{len(self.victims)} web processes killed"
        )
