"""Serving a studio: addresses, the token, connections that say nothing, and the end."""

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from redraw.errors import UsageError
from redraw.studio.desk import Desk
from redraw.studio.guard import Guard, new_token
from redraw.studio.live import MESSAGE_LIMIT
from redraw.studio.web import make_app

PORT = 7325
PORTS_TRIED = 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Connections at once: browsers open six per page. When there are more, those that have not asked
# for anything whole make room; and a connection that does not come to the end of its question in so
# many seconds is closed.
MOST_CONNECTIONS = 256
PATIENCE = 10.0
PIECE = 16_384  # bytes of an upload
# Ends a studio as Ctrl-C does: the system's request, and a terminal that was closed, which may be
# told twice, by the shell and by the system. Only a second Ctrl-C does not let it save first.
ASKED_ONCE = (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


@dataclass(frozen=True)
class Address:
    """Where a studio is.

    Attributes:
        host: As it was asked for.
        port: The one that was free.
        token: Of this start.
    """

    host: str
    port: int
    token: str

    @property
    def url(self) -> str:
        """What to open."""
        host = "127.0.0.1" if ipaddress_or_none(self.host) is not None else self.host
        if self.host not in ("0.0.0.0", "::"):
            host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?token={self.token}"


def ipaddress_or_none(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A numeric address, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    found = ipaddress_or_none(host)
    return host == "localhost" if found is None else found.is_loopback


def serve(
    folder: Path,
    opened: dict[str, str],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    ready: Callable[[Address], None],
) -> None:
    """Serve until interrupted; then save every fit.

    Args:
        folder: What the studio sees.
        opened: What to show first; see `Desk`.
        host: Where to listen.
        port: There; None takes `PORT` or one of the next that is free, 0 any.
        ready: Called when it listens.

    Raises:
        UsageError: it can't listen there.
    """
    listening = _listen(host, port)
    address = Address(host, listening.getsockname()[1], new_token())
    with listening:
        asyncio.run(_serve(folder, opened, address, listening, ready))


async def _serve(
    folder: Path,
    opened: dict[str, str],
    address: Address,
    listening: socket.socket,
    ready: Callable[[Address], None],
) -> None:
    desk = Desk(folder, opened)
    try:
        hosts = {address.host, *(LOOPBACK if is_loopback(address.host) else ("localhost",))}
        numeric = not is_loopback(address.host)
        app = Guard(make_app(desk), hosts, address.port, address.token, numeric=numeric)
        config = uvicorn.Config(
            app,
            http=Patient,
            ws="websockets-sansio",
            ws_max_size=MESSAGE_LIMIT,
            ws_max_queue=8,
            ws_per_message_deflate=False,
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        logging.getLogger("uvicorn.error").addFilter(Manners())
        server = Server(config, desk.drawing.refuse)
        telling = asyncio.create_task(_when_started(server, lambda: ready(address)))
        await server.serve(sockets=[listening])
        telling.cancel()
    finally:
        with _heard_by(signal.SIG_IGN, *ASKED_ONCE):
            desk.close()


class Server(uvicorn.Server):
    """Ends on the first interrupt without raising it again: fits have to be saved then.

    Args:
        config: Of uvicorn.
        ending: Called before connections are waited for.
    """

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with _heard_by(self.handle_exit, signal.SIGINT, *ASKED_ONCE):
            yield


@contextlib.contextmanager
def _heard_by(handler: Any, *numbers: signal.Signals) -> Iterator[None]:
    """Signals go there meanwhile; SIGHUP that is ignored (nohup) stays so."""
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in numbers:
            old = signal.signal(number, handler)
            if old == signal.SIG_IGN and number not in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, old)
            else:
                before[number] = old
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


async def _when_started(server: uvicorn.Server, tell: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    tell()


def _listen(host: str, port: int | None) -> socket.socket:
    """A listening socket.

    Raises:
        UsageError: the address is not of this machine, or the port is taken.
    """
    tried = range(PORT, PORT + PORTS_TRIED) if port is None else [port]
    problem = ""
    for number in tried:
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(
                host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            made = socket.socket(family, kind, protocol)
        except (OSError, OverflowError) as error:
            raise UsageError(f"can't listen on {host}: {error}") from None
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(place)
            made.listen(128)
            return made
        except OSError as error:
            made.close()
            problem = error.strerror or str(error)
    last = f"{PORT} to {PORT + PORTS_TRIED - 1}" if port is None else f"{port}"
    raise UsageError(f"can't listen on {host}, port {last}: {problem}; choose another with --port")


class Patient(H11Protocol):
    """HTTP connections of which there are never too many, and none that waits for ever.

    One that has not asked for anything whole `PATIENCE` seconds after it began to is closed; a body
    gets as long again for each `PIECE` bytes of it. When there are more than `MOST_CONNECTIONS`,
    the one that has been at its question for longest makes room, and without any, the new one.
    """

    asking: dict["Patient", None] = {}  # in the order they began  # noqa: RUF012

    def connection_made(self, transport: Any) -> None:
        """Somebody connects."""
        super().connection_made(transport)
        self._received = 0
        self._begin()
        if len(self.connections) > MOST_CONNECTIONS:
            next(iter(self.asking))._give_up()

    def data_received(self, data: bytes) -> None:
        """Somebody says something."""
        super().data_received(data)
        cycle = self.cycle
        if self not in self.connections or (
            cycle is not None and not cycle.more_body and not cycle.response_complete
        ):
            self._understood()
        elif self not in self.asking:
            self._begin()
        elif cycle is not None and not cycle.response_complete:
            self._received += len(data)
            if self._received >= PIECE:
                self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody leaves."""
        self._understood()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._understood()
        self._received = 0
        self.asking[self] = None
        self._hurry = self.loop.call_later(PATIENCE, self._give_up)

    def _understood(self) -> None:
        if self in self.asking:
            del self.asking[self]
            self._hurry.cancel()

    def _give_up(self) -> None:
        self._understood()
        self.transport.abort()


class Manners(logging.Filter):
    """Keeps what clients say wrong out of the terminal: it is answered, and no fault of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be told."""
        wrong = isinstance((record.exc_info or (None, None))[1], UnicodeDecodeError)
        return not wrong and not record.getMessage().startswith("Invalid HTTP request")
