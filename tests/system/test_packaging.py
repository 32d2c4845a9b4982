"""An installed wheel is complete: it starts from site-packages alone, catalogues and all."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "cic_cases" / "static" / "vendor"
SOURCES = (
    "LICENCE",
    "README.md",
    "build_catalogues.py",
    "cic_cases",
    "config.py",
    "pyproject.toml",
    "templates",
    "translations",
    "wsgi.py",
)
START = """
import wsgi
answer = wsgi.app.test_client().get("/healthz")
print(answer.status_code, wsgi.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built, as `pip wheel` would, from a copy without anything compiled."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.mo")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next((source / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def below(folder: str, pattern: str, place: str) -> set[str]:
    """The files of a folder of this project, named as the wheel should name them."""
    found = {f"{place}/{p.relative_to(ROOT / folder)}" for p in (ROOT / folder).rglob(pattern)}
    assert found, f"{folder} has no {pattern}"
    return found


@pytest.mark.parametrize(
    ("folder", "pattern", "place"),
    [
        pytest.param("templates", "*.html", "cic_cases/templates", id="templates"),
        pytest.param("cic_cases/regions", "*.toml", "cic_cases/regions", id="regions"),
        pytest.param("cic_cases/migrations", "*.py", "cic_cases/migrations", id="migrations"),
        pytest.param("cic_cases/migrations", "*.mako", "cic_cases/migrations", id="new ones"),
        pytest.param("cic_cases/static", "*.*", "cic_cases/static", id="what browsers fetch"),
    ],
)
def test_the_wheel_has_every_file_it_needs(contents, folder, pattern, place):
    assert below(folder, pattern, place) <= contents


def test_the_wheel_has_every_catalogue_compiled(contents):
    sources = below("translations", "messages.po", "cic_cases/translations")

    assert {name.removesuffix("po") + "mo" for name in sources} <= contents


def test_the_wheel_has_the_settings_the_door_and_the_licence(contents):
    assert {"config.py", "wsgi.py"} <= contents
    assert any(name.endswith(".dist-info/licenses/LICENCE") for name in contents)


def test_the_wheel_has_no_test_and_nothing_private(contents):
    places = {name.split("/")[0] for name in contents}

    assert {p for p in places if ".dist-info" not in p} == {"cic_cases", "config.py", "wsgi.py"}


def test_an_installed_wheel_answers_without_the_source_beside_it(wheel, tmp_path):
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    settings = {"CIC_ENV": "test", "CIC_INSTANCE_DIR": str(tmp_path / "instance")}
    settings |= {"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]}

    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=tmp_path,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ["200", str(installed / "wsgi.py")], done.stderr


def test_vendored_files_are_those_whose_hashes_are_recorded():
    packages = json.loads((VENDOR / "vendor.json").read_text())
    recorded = {f["name"]: f["sha256"] for p in packages.values() for f in p["files"].values()}

    files = [path for path in VENDOR.iterdir() if path.name != "vendor.json"]
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files} == recorded


def test_the_licence_is_the_whole_eupl():
    text = (ROOT / "LICENCE").read_text(encoding="utf-8")

    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert all(f"\n{number}." in text for number in range(1, 16))
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text
