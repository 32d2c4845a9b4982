"""A mail server that behaves badly on purpose, and workers that are killed and put to sleep."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.conftest import TEST_KEYS
from tests.notifications.smtp_server import ACCEPTED, SmtpServer

PROJECT = Path(__file__).parents[2]
LEASE_SECONDS = 4.0
PATIENCE_SECONDS = 60
SLOWLY = 0.03  # seconds for each mail, so that workers are hit in the midst of one
HABITS = {
    ACCEPTED: 80,
    "451 try later": 8,
    "550 never": 2,
    "stall": 2,
    "hang up": 4,
    "accept and hang up": 4,
}


class BadServer(SmtpServer):
    """Refuses, is silent, breaks off before and after its 250, and is away for a while.

    `accepted` has (Message-ID, when it was begun, when it was taken) of everything it took.
    """

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.accepted: list[tuple[str, float, float]] = []
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
        habits = list(HABITS)
        weights = list(HABITS.values())
        habit = ACCEPTED if self.well else self._chance.choices(habits, weights)[0]
        self.behaved[habit] += 1
        takes = habit in (ACCEPTED, "accept and hang up")
        self.answer = lambda envelope: ACCEPTED if takes else habit
        reply = await super().handle_DATA(server, session, envelope)
        if takes:
            begun: float = envelope.begun  # type: ignore[attr-defined]
            self.accepted.append((self.ids[-1], begun, time.time()))
            self.messages[:-1] = []
        if habit == "accept and hang up":
            server.transport.abort()
        return reply


class Workers:
    """Processes that send, each with a short lease; `harm` kills or stops one at random."""

    def __init__(self, url: str, folder: Path, mail_url: str, chance: random.Random) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CIC_")}
        self._env = kept | {
            "CIC_ENV": "test",
            "CIC_SECRET_KEY": "t" * 40,
            "CIC_DATA_KEYS": TEST_KEYS,
            "CIC_DATABASE_URL": url,
            "CIC_INSTANCE_DIR": str(folder),
            "CIC_MAIL_URL": mail_url,
            "CIC_MAIL_FROM": "cic@example.org",
            "CIC_LOG_LEVEL": "ERROR",
        }
        self._log = (folder / "workers.log").open("w")
        self._chance = chance
        self._ready: list[Any] = []
        self._waking: list[threading.Timer] = []
        self.killed = self.stopped = 0

    def start(self) -> None:
        """One more, and wait until it works."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.sender", str(LEASE_SECONDS)],
            cwd=PROJECT,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        self._ready.append(process)

    def harm(self) -> None:
        """Kill one, or stop it for longer than its lease; a killed one is replaced."""
        victim = self._chance.choice(self._ready)
        if self._chance.random() < 0.2:
            self.stopped += 1
            victim.send_signal(signal.SIGSTOP)
            wakes = threading.Timer(LEASE_SECONDS + 1, victim.send_signal, [signal.SIGCONT])
            wakes.start()
            self._waking.append(wakes)
            return
        self.killed += 1
        victim.kill()
        victim.communicate()
        self._ready.remove(victim)
        self.start()

    def wake(self) -> None:
        """Let those that sleep finish what they were at."""
        for wakes in self._waking:
            wakes.join()

    def end(self) -> None:
        """End all of them."""
        self.wake()
        for process in self._ready:
            process.kill()
            process.communicate()
        self._log.close()
