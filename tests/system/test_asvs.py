"""The table of OWASP ASVS 5.0: whole, honest about what it names, and on the page."""

import ast
import importlib.util
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[2]
ALL = {1: 70, 2: 183}  # requirements of the standard by level
WORDS = {"level", "about", "tests", "none", "read", "operator", "open"}


@cache
def asvs() -> ModuleType:
    """The command that writes the page."""
    spec = importlib.util.spec_from_file_location("asvs", PROJECT / "deploy" / "asvs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef))


def test_every_requirement_of_levels_1_and_2_is_there():
    levels = Counter(one["level"] for one in asvs().requirements().values())

    assert {level: levels[level] for level in ALL} == ALL
    assert set(levels) <= {1, 2, 3}


def test_every_requirement_is_shown_by_something():
    for number, one in asvs().requirements().items():
        assert one.keys() <= WORDS, number
        assert one["about"], number
        assert one.keys() & {"tests", "none", "read", "operator", "open"}, number


def test_every_test_that_is_named_exists():
    named = [test for one in asvs().requirements().values() for test in one.get("tests", ())]
    missing = [one for one in named if one.split("::")[1] not in names_in(one.split("::")[0])]

    assert missing == []
    assert len(set(named)) > 80


def test_every_file_that_is_named_exists():
    words = " ".join(one["read"] for one in asvs().requirements().values() if "read" in one)
    named = [one for one in words.split("`")[1::2] if one.endswith((".py", ".js", ".html", "/"))]
    found = (*PROJECT.glob("*.py"), *PROJECT.glob("[a-z]*/**/*"))
    files = [f"/{one.relative_to(PROJECT)}" for one in found]

    assert [one for one in named if not any(f"/{one}".rstrip("/") in f for f in files)] == []
    assert len(named) > 20


def test_the_page_is_that_of_the_table():
    kept = (PROJECT / "docs" / "asvs.md").read_text(encoding="utf-8")

    assert kept == asvs().page(), "python deploy/asvs.py writes it"


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ({"tests": ["x"]}, "tests"),
        ({"tests": ["x"], "read": "y"}, "tests"),
        ({"tests": ["x"], "open": "y"}, "open"),
        ({"read": "x", "operator": "y"}, "read"),
        ({"none": "x"}, "none"),
    ],
)
def test_what_is_open_counts_as_open_whatever_else_shows_it(requirement, expected):
    assert asvs().kind(requirement) == expected
