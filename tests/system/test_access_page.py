"""The page of who may do what, and that no permission can go without a test that turns red."""

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from cic_cases.cli.access import PAGE, page
from cic_cases.foundation.resources import PACKAGE
from cic_cases.privacy.access import OPEN, declared, undeclared
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Reach

ROOT = PACKAGE.parent
MUTANTS = int(os.environ.get("CIC_MUTANTS", "2"))
DECLARATION = re.compile(r"^@(?:allows\(.*\)|open_to_all)\n", re.MULTILINE)
A_ROW = re.compile(r'^    "[a-z_.]+": .*,\n', re.MULTILINE)
START = """
from cic_cases.application import create_app
from config import Settings
create_app(Settings.from_env({"CIC_ENV": "test", "CIC_INSTANCE_DIR": "instance"}))
"""


@pytest.fixture(scope="module")
def house(one_app: tuple[Flask, object]) -> Flask:
    return one_app[0]


def test_the_page_says_what_the_policy_and_the_addresses_say(house: Flask):
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(house), "run `cic access page`"


def test_every_action_of_the_policy_is_declared_somewhere(house: Flask):
    """So the start notices when its row is gone."""
    assert set(POLICY) == set(declared(house).values()) - {OPEN}


def test_the_page_changes_with_every_cell_of_the_policy(house: Flask, monkeypatch):
    before = page(house)
    for action, row in POLICY.items():
        for role, reach in row.items():
            other = Reach.OWN if reach is Reach.CENTRE else Reach.CENTRE
            less = {one: row[one] for one in row if one is not role}
            for changed in (less, {**row, role: other}):
                with monkeypatch.context() as patch:
                    patch.setitem(POLICY, action, changed)
                    assert page(house) != before, (action, role)


def test_the_page_changes_with_every_declaration(house: Flask, monkeypatch):
    before, declares = page(house), declared(house)
    for endpoint, action in declares.items():
        others = [OPEN, "desk.see"] if action not in (OPEN, "desk.see") else ["day.own"]
        for other in others:
            with monkeypatch.context() as patch:
                patch.setattr(house.view_functions[endpoint], "access", other)
                assert page(house) != before, endpoint


def test_what_declares_nothing_is_named(house: Flask, monkeypatch):
    for endpoint in declared(house):
        with monkeypatch.context() as patch:
            patch.delattr(house.view_functions[endpoint], "access")
            assert undeclared(house) == [endpoint]


def mutants() -> Iterator[tuple[Path, str, str]]:
    """Each file with one permission taken out of its text: (file, what was taken, the rest)."""
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        pattern = A_ROW if file.name == "policy.py" else DECLARATION
        for found in pattern.finditer(text):
            rest = text[: found.start()] + text[found.end() :]
            yield file.relative_to(ROOT), found.group().strip(), rest


@pytest.mark.chaos
def test_a_house_with_one_permission_less_does_not_start(tmp_path: Path):
    """Some in every run, with the date of the clock's Monday as seed; all by CIC_MUTANTS=9999."""
    chosen = list(mutants())
    assert len(chosen) > len(POLICY)
    if len(chosen) > MUTANTS:
        chosen = random.Random(20300107).sample(chosen, MUTANTS)
    for name in ("templates", "translations"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name)
    shutil.copy(ROOT / "config.py", tmp_path)
    assert started(tmp_path), "the copy itself starts"
    for file, taken, rest in chosen:
        kept = (ROOT / file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(rest, encoding="utf-8")
        assert not started(tmp_path), (file, taken)
        (tmp_path / file).write_text(kept, encoding="utf-8")


def started(folder: Path) -> bool:
    done = subprocess.run(
        [sys.executable, "-B", "-c", START], cwd=folder, capture_output=True, check=False
    )
    return done.returncode == 0
