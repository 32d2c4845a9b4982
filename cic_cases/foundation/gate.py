"""Writers of one SQLite database take turns by sleeping on a lock, not by polling.

Polling on `busy_timeout` starves some writers for seconds; a thread lock and `flock` on a file
beside the database keep the turn order fair and the waits short.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriteGate:
    """The only right to write to one SQLite file: one thread per process waits on `flock`."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".gate")
        self._one_per_process = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the right to write; others sleep until it is given back."""
        with self._one_per_process, self._path.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield  # closing the file gives the lock back, also when the process is killed
