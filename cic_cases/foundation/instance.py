"""Where the data of one installation lie that are no rows of its database."""

from typing import Protocol


class InstanceSettings(Protocol):
    """The setting that says so."""

    @property
    def instance_dir(self) -> str:
        """The folder of keys, SQLite's file, the list of erasures, the trail's heads, and the lock
        that the web processes of one machine share."""
