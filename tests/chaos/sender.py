"""Workers with a short lease, each a process of its own, to be killed or put to sleep.

One process has everything imported and is told by a line to begin another worker: the line is how
far that worker's clock is from ours, in seconds. It answers with the worker's number once it works.
"""

import os
import signal
import sys
import time
from datetime import timedelta

from cic_cases import scheduler
from cic_cases.application import create_app
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db
from cic_cases.notifications import jobs
from cic_cases.notifications.channels import gateway, open_post, smtp
from cic_cases.privacy import walls
from config import Settings

IN_HAND_SECONDS = 0.5  # from the last look at an appointment to the first word to a server
PAUSE_SECONDS = 0.05
MOST_OF_THE_MARGIN = 0.8  # as in earnest: a lease outlives all that one try may wait for


def main(lease_seconds: float) -> None:
    """Begin a worker for each line, until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for skew in sys.stdin:
        if os.fork() == 0:
            work(lease_seconds, timedelta(seconds=float(skew)))


def work(lease_seconds: float, skew: timedelta) -> None:
    """Send what is due by a clock that is wrong by `skew`, again and again, until killed."""
    verdict = MOST_OF_THE_MARGIN * lease_seconds * jobs.MARGIN
    smtp.VERDICT_SECONDS = gateway.VERDICT_SECONDS = verdict
    jobs.LOOK_SECONDS = IN_HAND_SECONDS * 0.8
    app = create_app(Settings.from_env())
    os.write(sys.stdout.fileno(), f"{os.getpid()}\n".encode())
    while True:
        scheduler.calmly(lambda: scheduler.tidy(app))
        with app.app_context(), walls.named("worker"):
            try:
                with open_post(app.config["CIC"]) as post:
                    jobs.send_due(now() + skew, post, lease=timedelta(seconds=lease_seconds))
            finally:
                db.session.remove()
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(float(sys.argv[1]))
