"""Whatever somebody writes behind a key, the answer is a region or a list of problems."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.centres.region_file import RegionFileProblems, read
from cic_cases.foundation.resources import resource

LINES = resource("regions/wielkopolska.toml").read_text(encoding="utf-8").splitlines()
SETTINGS = [number for number, line in enumerate(LINES) if re.match(r"\w+ = ", line)]
LITERALS = st.sampled_from(
    ["7", "-1", "true", "1.5", "nan", "2026-12-12", "07:30:00", '""', '"\\u0000"', '"a\\nb"', '"1"',
     "[]", "[[]]", "[1, 2]", '["a", "a"]', "[{}]", "{}", "{ a = 1 }", "2026-12-12T10:00:00Z",
     '"poznan"', '["07:30", "24:00"]', "99999999999999999999999", '"' + "x" * 200 + '"']
)  # fmt: skip


def told(file: Path) -> tuple[str, ...]:
    """The problems of a file, none when it is read."""
    try:
        read(file)
    except RegionFileProblems as problems:
        return problems.lines
    return ()


@given(edits=st.dictionaries(st.sampled_from(SETTINGS), LITERALS, min_size=1, max_size=4))
def test_any_value_behind_any_key_is_read_or_refused_in_lines(
    edits: dict[int, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = list(LINES)
    for number, literal in edits.items():
        lines[number] = f"{lines[number].split(' = ')[0]} = {literal}"
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text("\n".join(lines), encoding="utf-8")

    for line in told(file):
        assert line.startswith(f"{file}: ")
        assert line.isprintable()
