"""A worker with a short lease, as a process of its own, to be killed or put to sleep."""

import sys
import time
from datetime import timedelta

from cic_cases import scheduler
from cic_cases.application import create_app
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db
from cic_cases.notifications import jobs
from cic_cases.notifications.channels import open_post, smtp
from config import Settings

PAUSE_SECONDS = 0.05
MOST_OF_THE_MARGIN = 0.8  # as in earnest: a lease outlives all that one try may wait for


def main(lease_seconds: float) -> None:
    """Send what is due, again and again, until killed."""
    smtp.VERDICT_SECONDS = MOST_OF_THE_MARGIN * lease_seconds * jobs.MARGIN
    app = create_app(Settings.from_env())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        scheduler.calmly(lambda: scheduler.tidy(app))
        with app.app_context():
            try:
                with open_post(app.config["CIC"]) as post:
                    jobs.send_due(now(), post, lease=timedelta(seconds=lease_seconds))
            finally:
                db.session.remove()
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(float(sys.argv[1]))
