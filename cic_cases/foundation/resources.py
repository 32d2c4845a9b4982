"""Where templates, catalogues and region files are: inside an installed package or beside it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """The file or folder `name`, looked for in the package first, then beside it.

    Raises FileNotFoundError when neither has it.
    """
    for home in (PACKAGE, PACKAGE.parent):
        if (home / name).exists():
            return home / name
    raise FileNotFoundError(f"{name} is neither in {PACKAGE} nor beside it")
