"""Heads of the audit trail, kept outside the database: whoever cuts its end off is found.

One line a day in `audit-heads.txt` of the instance folder: day (UTC), number of the last seal, its
hash. Copy the file, or the head that is logged after each batch, to where the database's
administrators cannot write; `audit verify --heads FILE` believes the copy.
"""

from pathlib import Path

from cic_cases.foundation.instance import InstanceSettings
from cic_cases.privacy.audit_chain import Head

NAME = "audit-heads.txt"


def path_in(settings: InstanceSettings) -> Path:
    """Where an installation keeps its heads."""
    return Path(settings.instance_dir) / NAME


def read(path: Path) -> list[Head]:
    """The heads of a file; none when there is none yet. Raises ValueError for a line that is no
    head."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="ascii").splitlines()
    return [Head.read(line) for line in lines if line.strip()]


def keep(path: Path, head: Head) -> bool:
    """Add the head of a day that has none yet; whether it was added."""
    if any(one.day == head.day for one in read(path)):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("a", encoding="ascii") as file:
        file.write(f"{head}\n")
    return True
