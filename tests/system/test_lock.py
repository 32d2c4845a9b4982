"""The locks say exactly what is installed: pinned, hashed, and from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "requirements.lock"
TESTING = ROOT / "requirements-dev.lock"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: Path) -> dict[str, str]:
    """Name of each locked package, with the whole of its entry."""
    logical = lock.read_text().replace("\\\n", " ")
    lines = [line for line in logical.splitlines() if line and not line.lstrip().startswith("#")]
    return {canonicalize_name(re.split(r"[=\[ ]", line)[0]): line for line in lines}


def version(entry: str) -> str:
    return re.search(r"==([^ ;]+)", entry)[1]


def named_in_project(*groups: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [project["project"]["dependencies"], project["build-system"]["requires"]]
    lists += project["project"]["optional-dependencies"].values()
    lists += [project["dependency-groups"][group] for group in groups]
    return [Requirement(text) for texts in lists for text in texts]


@pytest.mark.parametrize("lock", [RUNTIME, TESTING], ids=lambda path: path.name)
def test_every_package_is_pinned_and_hashed(lock):
    bad = [e for e in entries(lock).values() if "==" not in e or not HASH.search(e)]

    assert entries(lock)
    assert bad == []


@pytest.mark.parametrize("lock", [RUNTIME, TESTING], ids=lambda path: path.name)
def test_no_lock_names_a_host_or_a_path(lock):
    assert re.findall(r"\w+://\S*|--(?:index|extra|find|trusted)\S*|@ \S+", lock.read_text()) == []


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        pytest.param(RUNTIME, ["build"], id="running, with the build tools"),
        pytest.param(TESTING, ["build", "dev"], id="testing"),
    ],
)
def test_what_the_project_asks_for_is_locked_in_a_version_it_allows(lock, groups):
    locked = entries(lock)

    for wanted in named_in_project(*groups):
        entry = locked.get(canonicalize_name(wanted.name))
        assert entry, f"{wanted} is not locked: run `make lock`"
        assert version(entry) in wanted.specifier, f"{wanted}: run `make lock`"


def test_testing_uses_the_versions_that_run():
    runtime, testing = entries(RUNTIME), entries(TESTING)

    assert {name: version(e) for name, e in runtime.items()} == {
        name: version(e) for name, e in testing.items() if name in runtime
    }


def test_no_tool_for_testing_is_installed_for_running():
    tools = {canonicalize_name(Requirement(text).name) for text in ("pytest", "ruff", "mypy", "uv")}

    assert tools.isdisjoint(entries(RUNTIME))
