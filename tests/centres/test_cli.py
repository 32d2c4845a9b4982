"""`region load` at a terminal: what changed, nothing, or what is wrong."""

from datetime import time
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Centre, OpeningHours
from cic_cases.foundation.resources import resource
from tests.factory import Factory

REAL = resource("regions/wielkopolska.toml")


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The real file with another phone for Poznań."""
    file = tmp_path / "changed.toml"
    file.write_text(REAL.read_text(encoding="utf-8").replace("063112", "063999"), encoding="utf-8")
    return file


def test_the_first_loading_tells_every_addition_the_second_none(runner: FlaskCliRunner) -> None:
    first = runner.invoke(args=["region", "load", str(REAL)])
    second = runner.invoke(args=["region", "load", str(REAL)])

    assert first.exit_code == second.exit_code == 0
    assert "centre poznan: added\n" in first.stdout
    assert second.stdout == "no changes\n"


def test_a_dry_run_tells_and_changes_nothing(
    runner: FlaskCliRunner, session: Session, changed: Path
) -> None:
    runner.invoke(args=["region", "load", str(REAL)])

    result = runner.invoke(args=["region", "load", str(changed), "--dry-run"])

    assert result.stdout.splitlines() == [
        "centre poznan: phone: «+48887063112» -> «+48887063999»",
        "dry run: changes shown: 1, made: 0",
    ]
    assert session.scalar(select(Centre.phone).where(Centre.slug == "poznan")) == "+48887063112"


def test_what_a_coordinator_set_is_told_and_counts_as_no_change(
    runner: FlaskCliRunner, session: Session, changed: Path
) -> None:
    runner.invoke(args=["region", "load", str(REAL)])
    poznan = session.scalar(select(Centre).where(Centre.slug == "poznan"))
    coordinator = Factory(session).staff("coordinator", poznan)
    friday = session.get_one(OpeningHours, (poznan.id, 4))
    friday.closes, friday.set_by = time(14), coordinator.id
    session.commit()
    kept = (
        "centre poznan: Friday: kept as a coordinator set it: «07:30-14:00», "
        "the file says «07:30-15:30 (assumed)»"
    )

    same = runner.invoke(args=["region", "load", str(REAL), "--dry-run"])
    other = runner.invoke(args=["region", "load", str(changed), "--dry-run"])

    assert same.stdout.splitlines() == [kept, "no changes"]
    assert kept in other.stdout.splitlines()
    assert other.stdout.splitlines()[-1] == "dry run: changes shown: 1, made: 0"


def test_what_is_wrong_goes_to_the_error_stream_and_nothing_is_loaded(
    runner: FlaskCliRunner, session: Session, changed: Path
) -> None:
    changed.write_text(changed.read_text(encoding="utf-8").replace("+488", "488"), encoding="utf-8")

    result = runner.invoke(args=["region", "load", str(changed)])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 5
    assert all(line.startswith(f"{changed}: centre.") for line in result.stderr.splitlines())
    assert session.scalar(select(func.count()).select_from(Centre)) == 0


@pytest.mark.sqlite_only
def test_a_missing_file_is_one_sentence(runner: FlaskCliRunner, tmp_path: Path) -> None:
    result = runner.invoke(args=["region", "load", str(tmp_path / "none.toml")])

    assert result.exit_code == 1
    assert result.stderr == (
        f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory, check the path\n"
    )
