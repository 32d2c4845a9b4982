"""A mail server and an SMS gateway that behave badly on purpose, and workers that are harmed."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.conftest import TEST_KEYS
from tests.notifications.sms_gateway import HANG_UP, SILENCE, Answer, SmsGateway
from tests.notifications.smtp_server import ACCEPTED, SmtpServer

PROJECT = Path(__file__).parents[2]
LEASE_SECONDS = 4.0
PATIENCE_SECONDS = 60
SLOWLY = 0.03  # seconds for each message, so that workers are hit in the midst of one
SKEWS = (0, 30, -30)  # seconds that the workers' clocks are wrong by
HABITS = {
    ACCEPTED: 80,
    "451 try later": 8,
    "550 never": 2,
    "stall": 2,
    "hang up": 4,
    "accept and hang up": 4,
}
TAKES = "takes it"
OF_GATEWAY = {
    TAKES: 80,
    "busy": 8,
    "never": 2,
    SILENCE: 2,
    HANG_UP: 4,
    "take and hang up": 4,
}
Taken = tuple[str, float, float]
"""The message's id, when it was begun, and when it was taken (seconds since 1970)."""


class BadServer(SmtpServer):
    """Refuses, is silent, breaks off before and after its 250, and is away for a while."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.accepted: list[Taken] = []
        self.behaved: Counter[str] = Counter()
        self.well = False
        self.away_until = 0.0
        self._chance = chance

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if time.time() < self.away_until:
            self.behaved["away"] += 1
            return "421 away"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        envelope.begun = time.time()  # type: ignore[attr-defined]
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(SLOWLY)
        habit = ACCEPTED if self.well else _one_of(HABITS, self._chance)
        self.behaved[habit] += 1
        takes = habit in (ACCEPTED, "accept and hang up")
        self.answer = lambda envelope: ACCEPTED if takes else habit
        reply = await super().handle_DATA(server, session, envelope)
        if takes:
            begun: float = envelope.begun  # type: ignore[attr-defined]
            name = self.ids[-1].removeprefix("<").partition("@")[0]
            self.accepted.append((name, begun, time.time()))
            self.messages[:-1] = []
        if habit == "accept and hang up":
            server.transport.abort()
        return reply


class BadGateway(SmsGateway):
    """The same with SMS; `numbers` are its own ones of all that it took."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(self._answers)
        self.accepted: list[Taken] = []
        self.numbers: list[str] = []
        self.behaved: Counter[str] = Counter()
        self.well = False
        self.away_until = 0.0
        self._chance = chance

    def _answers(self, message: dict[str, Any]) -> Answer | str:
        begun = time.time()
        if begun < self.away_until:
            self.behaved["away"] += 1
            return HANG_UP
        time.sleep(SLOWLY)
        habit = TAKES if self.well else _one_of(OF_GATEWAY, self._chance)
        self.behaved[habit] += 1
        if habit in (TAKES, "take and hang up"):
            self.accepted.append((message["id"], begun, time.time()))
            number = f"{message['id']}-{len(self.accepted)}"
            self.numbers.append(number)
            return (200, {"id": number}) if habit is TAKES else HANG_UP
        return {"busy": (503, {}), "never": (400, {})}.get(habit, habit)


def _one_of(habits: dict[str, int], chance: random.Random) -> str:
    return chance.choices(list(habits), list(habits.values()))[0]


class Workers:
    """Processes that send, each with a short lease; `harm` kills or stops one at random."""

    def __init__(
        self, url: str, folder: Path, doors: tuple[str, str], chance: random.Random
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CIC_")}
        mail_url, sms_url = doors
        env = kept | {
            "CIC_ENV": "test",
            "CIC_SECRET_KEY": "t" * 40,
            "CIC_DATA_KEYS": TEST_KEYS,
            "CIC_DATABASE_URL": url,
            "CIC_INSTANCE_DIR": str(folder),
            "CIC_MAIL_URL": mail_url,
            "CIC_MAIL_FROM": "cic@example.org",
            "CIC_SMS_URL": sms_url,
            "CIC_LOG_LEVEL": "ERROR",
        }
        self._log = (folder / "workers.log").open("w")
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.sender", str(LEASE_SECONDS)],
            cwd=PROJECT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._chance = chance
        self._ready: list[int] = []
        self._waking: list[threading.Timer] = []
        self.killed = self.stopped = 0

    def start(self) -> None:
        """One more, and wait until it works."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(f"{SKEWS[self.killed % len(SKEWS)]}\n")
        self._nursery.stdin.flush()
        self._ready.append(int(self._nursery.stdout.readline()))

    def harm(self) -> None:
        """Kill one, or stop it for longer than its lease; a killed one is replaced."""
        victim = self._chance.choice(self._ready)
        if self._chance.random() < 0.2:
            self.stopped += 1
            os.kill(victim, signal.SIGSTOP)
            wakes = threading.Timer(LEASE_SECONDS + 1, _wake, [victim])
            wakes.start()
            self._waking.append(wakes)
            return
        self.killed += 1
        os.kill(victim, signal.SIGKILL)
        self._ready.remove(victim)
        self.start()

    def wake(self) -> None:
        """Let those that sleep finish what they were at."""
        for wakes in self._waking:
            wakes.join()

    def end(self) -> None:
        """End all of them."""
        self.wake()
        for number in self._ready:
            os.kill(number, signal.SIGKILL)
        self._nursery.kill()
        self._nursery.communicate()
        self._log.close()


def _wake(number: int) -> None:
    with suppress(ProcessLookupError):  # it was killed in its sleep
        os.kill(number, signal.SIGCONT)
