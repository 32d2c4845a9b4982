"""`flask --app wsgi worker`: the process that sends what is due, on any number of machines."""

import signal
import threading
from types import FrameType

import click
from flask import Flask, current_app

from cic_cases import scheduler
from cic_cases.sealer import Sealer


@click.command("worker")
@click.option("--once", is_flag=True, help="Run everything that is due, then exit.")
def worker(once: bool) -> None:
    """Do what is due until stopped (SIGTERM or Ctrl C finishes the message in hand)."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    sealer = Sealer(app, scheduler.process_name())
    if once:
        click.echo(f"{scheduler.run_due(app)} messages sent")
        sealer.look()
        scheduler.hand_over(app)
        return
    stopping = threading.Event()
    _stop_on_signals(stopping)
    sealing = sealer.in_background(stopping)
    click.echo("worker ready")
    while not stopping.is_set():
        scheduler.calmly(lambda: scheduler.run_due(app, stopping.is_set))
        stopping.wait(scheduler.SEND_EVERY_SECONDS)
    scheduler.calmly(lambda: scheduler.hand_over(app))
    sealing.join()
    click.echo("worker stopped")


def _stop_on_signals(stopping: threading.Event) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(worker)
