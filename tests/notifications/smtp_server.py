"""A real SMTP server in this process, told how to behave: mail is received, read and compared."""

import asyncio
import socket
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
ACCEPTED = "250 OK"


class SmtpServer:
    """Listens on a free port of this machine while the block runs.

    `messages` holds what was accepted, in order. `answer` may be replaced by a function of the
    envelope that returns another reply, e.g. «451 try later»; «stall» keeps the client waiting.
    """

    def __init__(self, answer: Callable[[Envelope], str] = lambda envelope: ACCEPTED) -> None:
        self.answer = answer
        self.messages: list[EmailMessage] = []
        self.connections = 0
        self.reached = threading.Event()  # a mail's data arrived, whatever was answered
        self._controller = _Controller(self)

    @property
    def port(self) -> int:
        server: Any = self._controller.server
        return int(server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was accepted."""
        return [str(message["Message-ID"]) for message in self.messages]

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.reached.set()
        reply = self.answer(envelope)
        if reply == "stall":
            await asyncio.sleep(3600)
        if reply == "hang up":
            server.transport.abort()
            return reply
        if reply == ACCEPTED:
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(message_from_bytes(content, policy=policy.default))
        return reply

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop(no_assert=True)


class _Controller(Controller):
    """Finds a free port by itself and counts the connections."""

    def __init__(self, owner: SmtpServer) -> None:
        super().__init__(owner, hostname=HOST, port=0, server_hostname="localhost")
        self._owner = owner

    def factory(self) -> SMTP:
        self._owner.connections += 1
        return super().factory()

    def _trigger_server(self) -> None:
        with socket.create_connection((HOST, self._owner.port), timeout=5) as first:
            first.recv(100)
        self._owner.connections = 0
