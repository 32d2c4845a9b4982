"""A run that skipped something says so, and is red where nothing may be skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPING = """
import pytest

def test_that_needs_a_browser():
    pytest.skip("no Chromium here")

def test_that_runs():
    assert True
"""


def run(folder: Path, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_some.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "tests.left_out", str(folder)]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("ci", "code"), [pytest.param("", 0, id="at home"), pytest.param("true", 1, id="in CI")]
)
def test_what_was_skipped_is_named(tmp_path, ci, code):
    done = run(tmp_path, SKIPPING, CI=ci)

    assert "LEFT OUT: 1 tests: no Chromium here" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout
    assert done.returncode == code


def test_a_full_run_is_green_and_says_nothing(tmp_path):
    done = run(tmp_path, "def test_that_runs():\n    assert True\n", CI="true")

    assert "LEFT OUT" not in done.stdout
    assert done.returncode == 0
