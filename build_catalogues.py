"""Compile every .po file to the .mo beside it: a hatch build hook, and a command for the Makefile.

Compiled catalogues are not kept in git, so a wheel, an editable install and `make test` all make
them here. A .mo that is newer than its .po is left alone. The hook also puts into a wheel what lies
beside the package; pyproject.toml lists it.
"""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUES = "translations/*/LC_MESSAGES/*.po"


def compile_catalogues(root: Path) -> list[Path]:
    """Bring the .mo files under `root` up to date; returns those that were written."""
    written = []
    for source in sorted(root.glob(CATALOGUES)):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)  # a process that reads meanwhile sees the old one or the new
        written.append(target)
    return written


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatch calls before it builds a wheel or an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile first, so that the build finds the .mo files; then say what else it takes."""
        compile_catalogues(Path(self.root))
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"].update(self.config["installed"])


if __name__ == "__main__":
    compile_catalogues(Path(__file__).resolve().parent)
