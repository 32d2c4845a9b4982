"""Copy pinned front-end files out of npm tarballs into the project.

Every tarball is checked against the sha512 that `vendor.json` records for it, and every file
against its own sha256; nothing is written unless all of it is right. Needs npm; the copied files
are committed, so neither a build nor a server ever runs this.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "cic_cases" / "static" / "vendor"


def tarball(package: str, integrity: str, folder: Path) -> Path:
    """Fetch the tarball of `package` (name@version); stops when it is not the recorded one."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", package]
    packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    path = folder / packed.stdout.split()[-1]
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if integrity != f"sha512-{digest}":
        sys.exit(f"{package}: the tarball is sha512-{digest}, recorded is {integrity}")
    return path


def files_of(package: str, entry: dict[str, Any]) -> dict[str, bytes]:
    """The wanted files of one package by the name they get here, each checked."""
    wanted = {}
    with tempfile.TemporaryDirectory() as folder:
        path = tarball(package, entry["integrity"], Path(folder))
        contents = _read(path, [f"package/{source}" for source in entry["files"]])
    for content, target in zip(contents, entry["files"].values(), strict=True):
        if hashlib.sha256(content).hexdigest() != target["sha256"]:
            sys.exit(f"{package}: {target['name']} is not the recorded file")
        wanted[target["name"]] = content
    return wanted


def _read(path: Path, names: list[str]) -> list[bytes]:
    contents = []
    with tarfile.open(path) as archive:
        for name in names:
            file = archive.extractfile(name)
            if file is None:
                sys.exit(f"{path.name}: {name} is not a file")
            contents.append(file.read())
    return contents


def main() -> None:
    """Bring every file that `vendor.json` names."""
    packages = json.loads((VENDOR / "vendor.json").read_text())
    brought = [files_of(package, entry) for package, entry in packages.items()]
    for files in brought:
        for name, content in files.items():
            (VENDOR / name).write_bytes(content)
            print(f"{name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
