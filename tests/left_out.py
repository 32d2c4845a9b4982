"""Say at the end what was not tested and why; where nothing may be left out, end red.

Loaded by `make test` (`pytest -p tests.left_out`). With `CI=true` one skipped test is a failure:
a green run must mean that everything ran.
"""

import os
from collections import Counter

import pytest


def _reasons(reporter: pytest.TerminalReporter) -> Counter[str]:
    """How many tests were skipped for each reason."""
    skipped = reporter.stats.get("skipped", [])
    texts = (r.longrepr[2] if isinstance(r.longrepr, tuple) else str(r.longrepr) for r in skipped)
    return Counter(text.removeprefix("Skipped: ") for text in texts)


def _nothing_may_be_left_out() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run that is green but for skipped tests red where that is not allowed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or session.exitstatus != pytest.ExitCode.OK:
        return
    if _reasons(reporter) and _nothing_may_be_left_out():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every reason once, loudly."""
    for reason, count in sorted(_reasons(terminalreporter).items()):
        terminalreporter.write_line(f"LEFT OUT: {count} tests: {reason}", red=True, bold=True)
    if _reasons(terminalreporter) and _nothing_may_be_left_out():
        terminalreporter.write_line("CI=true: nothing may be left out: this run is red.", red=True)
