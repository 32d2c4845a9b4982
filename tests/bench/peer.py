"""django-appointment beside us: its own environment, its own process, its own database.

The environment is made once from the hashed lock, in `.venv-bench` (not in git). Where it cannot
be made, `Unavailable` says why; nothing is left out in silence.
"""

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROJECT = Path(__file__).parents[2]
HOME = PROJECT / ".venv-bench"
DRIVER = Path(__file__).parent / "django_appointment" / "driver.py"
LOCK = DRIVER.with_name("requirements.lock")


class Unavailable(RuntimeError):
    """Its environment could not be made here."""


def environment() -> Path:
    """The Python of the environment, made anew when the lock or our Python has changed."""
    stamp = HOME / hashlib.sha256(sys.version.encode() + LOCK.read_bytes()).hexdigest()[:16]
    python = HOME / "bin" / "python"
    if stamp.exists():
        return python
    venv.create(HOME, clear=True, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--require-hashes", "-r", LOCK], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"django-appointment could not be installed: {done.stderr[-2000:]}")
    stamp.touch()
    return python


class Peer:
    """The driver, asked in lines of JSON; ended with the block it was started for."""

    def __init__(self, database: dict[str, Any]) -> None:
        self._database = database

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [environment(), DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            told = self.ask("set_up", database=self._database)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.versions: dict[str, str] = told["versions"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """Give one order and wait for its answer; raises when the driver has died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the driver ended at «{do}»; its last words are above")
        found: dict[str, Any] = json.loads(answer)
        return found
