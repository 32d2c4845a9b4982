"""Write docs/asvs.md: what shows that each requirement of OWASP ASVS 5.0 is met, or why not."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
SOURCE, PAGE = DOCS / "asvs.toml", DOCS / "asvs.md"
NOTES = {
    "none": "Does not apply",
    "read": "To be read",
    "operator": "Whoever runs it",
    "open": "**Open**",
}
HEAD = """# OWASP ASVS 5.0

The requirements of levels 1 and 2 of the Application Security Verification Standard 5.0.0, and
those of level 3 that are proven here. Numbers and levels are the standard's; the few words on each
are ours and do not replace its text. Every test that is named exists and runs with `make test`.
This page is made from [asvs.toml](asvs.toml) by `python deploy/asvs.py`.
"""

Requirement = dict[str, Any]


def requirements() -> dict[str, Requirement]:
    """Every requirement by its number, in the order of the numbers."""
    found = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    return dict(sorted(found.items(), key=lambda pair: [int(one) for one in pair[0].split(".")]))


def kind(one: Requirement) -> str:
    """How a requirement stands: what is open counts before what is shown."""
    if "open" in one:
        return "open"
    if "tests" in one:
        return "tests"
    return next(note for note in ("read", "operator", "none") if note in one)


def page() -> str:
    """The page of the docs."""
    found = requirements()
    return "\n".join([HEAD, *_counted(found), "", *_rows(found)]) + "\n"


def _counted(found: dict[str, Requirement]) -> list[str]:
    counts = {
        level: Counter(kind(one) for one in found.values() if one["level"] == level)
        for level in (1, 2, 3)
    }
    kinds = ("tests", "read", "operator", "none", "open")
    return [
        "| level | shown by tests | to be read | whoever runs it | does not apply | open | all |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {level} | {' | '.join(str(counted[one]) for one in kinds)} | {counted.total()} |"
            for level, counted in counts.items()
        ),
    ]


def _rows(found: dict[str, Requirement]) -> list[str]:
    return [
        "| id | level | about | shown by |",
        "|---|---|---|---|",
        *(f"| {n} | {one['level']} | {one['about']} | {_shown(one)} |" for n, one in found.items()),
    ]


def _shown(one: Requirement) -> str:
    tests = [f"`{test.removeprefix('tests/')}`" for test in one.get("tests", ())]
    notes = [f"{NOTES[note]}: {one[note]}" for note in NOTES if note in one]
    return "<br>".join([*tests, *notes])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE} is written")
