"""The list of erasures outside the database, so that a backup from before does not undo them.

One line of JSON for each: numbers and moments, no address and no code. It lies beside the data
(`erasures.jsonl` in the instance folder) and belongs with the backups' catalogue, not into them.
`sync` may run as often as one likes: what the list knows and the database does not is erased again,
what the database knows and the list does not is added.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.instance import InstanceSettings
from cic_cases.retention import service
from cic_cases.retention.models import Erased, Erasure
from cic_cases.retention.service import Entry

NAME = "erasures.jsonl"


def path_in(settings: InstanceSettings) -> Path:
    """Where an installation keeps its list."""
    return Path(settings.instance_dir) / NAME


def read(path: Path) -> list[Entry]:
    """The erasures of the list; none when there is no list yet."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_entry(json.loads(line)) for line in lines if line.strip()]


def sync(session: Session, path: Path, at: Callable[[], datetime]) -> int:
    """Erase again what came back, then write the whole list; returns how many came back."""
    listed = read(path)
    come_back = sum(in_transaction(service.again, entry, at=at()) for entry in listed)
    known = {entry.key: entry for entry in listed}
    for row in session.scalars(select(Erasure).order_by(Erasure.id)):
        known.setdefault(row.key, Entry(row.key, row.what, row.case_id, row.opened_at, row.at))
    _write(path, list(known.values()))
    return come_back


def _entry(told: dict[str, str | int]) -> Entry:
    return Entry(
        key=str(told["key"]),
        what=Erased(str(told["what"])),
        case_id=int(told["case_id"]),
        opened_at=datetime.fromisoformat(str(told["opened_at"])),
        at=datetime.fromisoformat(str(told["at"])),
    )


def _write(path: Path, entries: list[Entry]) -> None:
    """Whole or not at all, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        for entry in entries:
            file.write(json.dumps(asdict(entry), default=str) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
