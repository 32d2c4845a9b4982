"""Messages as files in a folder, for demo and development: `file:DIR`.

A file is named after the message's id, so a repeated delivery replaces it, and it appears whole
or not at all: it is written beside its place and then moved there.
"""

import os
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cic_cases.notifications import sms_text
from cic_cases.notifications.channels.post import (
    TAKEN,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    TextMessage,
)
from cic_cases.notifications.letters import Letter, mail


def folder_of(url: str) -> Path:
    """The folder of a `file:DIR` address; a relative one starts where the process does."""
    return Path(unquote(urlsplit(url).path))


class FileChannel:
    """Writes mail as `.eml` and SMS as `.txt`."""

    def __init__(self, url: str) -> None:
        self._folder = folder_of(url)

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        """Write the message, replacing an earlier delivery of the same one."""
        name, content = _as_file(letter)
        try:
            self._write(name, content)
        except OSError as error:
            raise TemporaryFailure(f"cannot write a file: {error.strerror}") from error
        if isinstance(letter, TextMessage):
            return Receipt(parts=sms_text.parts(letter.text))
        return TAKEN

    def close(self) -> None:
        """Nothing stays open."""

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self._folder, prefix=".")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(draft).replace(self._folder / name)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def _as_file(letter: Letter | TextMessage) -> tuple[str, bytes]:
    if isinstance(letter, TextMessage):
        text = f"To: {letter.recipient}\n\n{letter.text}\n"
        return f"{letter.message_id}.txt", text.encode()
    try:
        return f"{letter.message_id}.eml", mail(letter).as_bytes()
    except ValueError as error:
        raise PermanentFailure("bad address or header") from error
