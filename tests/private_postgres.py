"""A throw-away PostgreSQL for tests, from Debian's binaries: one folder, one socket, no network.

PostgreSQL refuses to run as root, so root starts it as the user that Debian's package made.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

BINARIES = Path("/usr/lib/postgresql")
SERVER_USER = "postgres"
SHORT = "/tmp"  # noqa: S108 (a socket's path is short; mkdtemp makes the folder ours alone)
CLUSTER = ("--username=cic", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
OPTIONS = {
    "listen_addresses": "''",
    "max_connections": "300",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def binaries() -> Path | None:
    """The folder of the newest server installed here, or None."""
    found = [path.parent for path in BINARIES.glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def missing() -> str | None:
    """Why no PostgreSQL can be started here, as a sentence; None when one can."""
    if binaries() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)."
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL refuses to run as root, and runuser is not installed."
    return None


class PrivatePostgres:
    """A cluster of its own, gone without a trace when stopped; also a context manager."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database `postgres`, whose owner may do anything."""
        if self._folder is None:
            raise RuntimeError("this PostgreSQL is not running")
        return f"postgresql+psycopg://cic@/postgres?host={self._folder}"

    def start(self) -> Self:
        """Make the cluster and wait until it answers; raises RuntimeError where none can run."""
        if reason := missing():
            raise RuntimeError(reason)
        self._folder = folder = Path(tempfile.mkdtemp(prefix="cic-pg-", dir=SHORT))
        try:
            if os.geteuid() == 0:
                shutil.chown(folder, SERVER_USER, SERVER_USER)
            self._run("initdb", *CLUSTER)
            chosen = {**OPTIONS, "unix_socket_directories": folder}
            options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
            log = folder / "log"
            self._run("pg_ctl", "start", "--wait", f"--log={log}", f"--options={options}")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            self._folder = None
            raise
        return self

    def stop(self) -> None:
        """Stop at once and remove every file; does nothing when it is not running."""
        if self._folder is None:
            return
        try:
            self._run("pg_ctl", "stop", "--wait", "--mode=immediate")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, program: str, *arguments: str) -> None:
        home = binaries()
        if home is None or self._folder is None:
            raise RuntimeError("PostgreSQL went away while it was in use")
        as_server = ["runuser", "-u", SERVER_USER, "--"] if os.geteuid() == 0 else []
        command = [*as_server, str(home / program), f"--pgdata={self._folder / 'data'}", *arguments]
        with tempfile.TemporaryFile() as said:  # a pipe would stay open as long as the server runs
            done = subprocess.run(command, cwd=self._folder, stdout=said, stderr=said, check=False)
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace')}")
