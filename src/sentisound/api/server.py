"""The process that serves: a socket that may be bound, a model that loads, and uvicorn."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import click
import uvicorn

from sentisound.api import logs
from sentisound.api.app import create_app
from sentisound.api.connections import TimedProtocol, protocol
from sentisound.api.origins import listed
from sentisound.api.temporary import choose_folder
from sentisound.errors import SettingsError
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.identity.gate import Gate, asks_for_keys
from sentisound.memory import share_arenas
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.workers import Processes

SWITCH_S = 0.001
"""How long a thread may keep Python's lock from the event loop, which asks for it some twenty times in a request."""
BACKLOG = 128
GRACE_S = 30
"""How long a stop waits for the requests that were accepted, at most: they are answered before that."""
LINGER_S = 0.25
"""How long a server that stops still takes connections, to refuse what comes: who connects later finds nobody."""


def serve(settings: Settings, announce: Callable[[str], None] = click.echo, workers: Processes | None = None) -> None:
    """Serve until the process is told to stop (Ctrl+C or SIGTERM); analyses that run are finished first.

    Parameters
    ----------
    settings : Settings
    announce : callable, optional
        Takes the one line that says where the server is, once it can be reached.
    workers : Processes, optional
        Recognise and draw; without them the server's own threads do.

    Raises
    ------
    SettingsError
        When the address cannot be bound, or should not be.
    BundleError
        When the model cannot be used.
    """
    logs.configure(settings)
    choose_folder(settings)
    share_arenas()
    with listen(settings) as listener:
        analyzer = Analyzer(settings, workers)
        announce(f"SentiSound at {url_of(listener)} with the model {analyzer.card.id}; Ctrl+C stops it")
        server = Server(config(settings, analyzer), workers)
        sys.setswitchinterval(SWITCH_S)
        with suppress(KeyboardInterrupt):  # uvicorn raises it again once it has stopped in good order
            server.run(sockets=[listener])


class Server(uvicorn.Server):
    """uvicorn, which stops in good order: what was accepted is finished, or told when to come back.

    It ends the workers too: once it has stopped, the signal that it was sent is raised again and ends the process.
    """

    def __init__(self, config: uvicorn.Config, workers: Processes | None = None) -> None:
        super().__init__(config)
        self._workers = workers

    async def on_tick(self, counter: int) -> bool:
        """Look after the connections every second; uvicorn calls this ten times in one."""
        if counter % 10 == 0:
            now_s = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, TimedProtocol):
                    connection.check(now_s)
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in good order; a second signal ends the process at once."""
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End open streams, answer what was accepted, refuse what comes meanwhile, and close."""
        application: Any = self.config.app
        stop = asyncio.create_task(application.state.doors.requests.stop())
        application.state.parts.runner.stop()
        if self.server_state.connections:
            await asyncio.sleep(LINGER_S)
            await self._take_last(sockets or [])
            await asyncio.sleep(LINGER_S)
        await super().shutdown(sockets)
        await stop
        if self._workers:
            self._workers.close()

    async def _take_last(self, listeners: list[socket.socket]) -> None:
        """Close the listening sockets; who has connected to one and was not taken yet would lose the connection."""
        waiting: list[socket.socket] = []
        for listener in listeners:
            with suppress(OSError):  # nobody is left
                while True:
                    waiting.append(listener.accept()[0])
        for server in self.servers:
            server.close()
        for connection in waiting:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=None
        )
        return made


def config(settings: Settings, analyzer: Analyzer) -> uvicorn.Config:
    """Return uvicorn's configuration: it speaks up when something is wrong, and does not say what it is."""
    return uvicorn.Config(
        create_app(settings, analyzer),
        http=protocol(listed(settings.trusted_proxies)),  # type: ignore[arg-type]  # any maker of protocols does
        backlog=BACKLOG,  # so many are accepted in a row, and so often asyncio tells that descriptors ran out
        log_config=None,  # ours: uvicorn's own would write beside it, in another form
        log_level=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_S,
    )


def listen(settings: Settings) -> socket.socket:
    """Return a listening socket: from now on nobody else has the port, and clients may connect.

    Raises
    ------
    SettingsError
        When the host is unknown, others could reach it without having been asked for a key, or the port is taken.
    """
    family, address = _resolve(settings.host, settings.port)
    check_doors(settings)
    try:
        listener = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise SettingsError(
            f"SENTISOUND_PORT: cannot listen on {settings.host} port {settings.port}: {reason}; choose another --port"
        ) from None
    # Inherited by every connection. Without it an answer, written in two pieces, waits 40 ms for the client's
    # delayed acknowledgement of the first; asyncio sees to it only for sockets that it has made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def check_doors(settings: Settings) -> None:
    """Check that somebody has a key where keys are asked for.

    Raises
    ------
    SettingsError
        When nobody has.
    HistoryError
        When the database cannot say.
    """
    if not asks_for_keys(settings):
        return
    database: Holder[Database] = Holder(Database, place_of(settings))
    try:
        Gate.of(settings, database).check_start()
    finally:
        database.close()


def url_of(listener: socket.socket) -> str:
    """Return the address that a browser on this machine can open."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long
        raise SettingsError(f"SENTISOUND_HOST: {host!r} is not an address of this machine ({error})") from None
    family, *_, address = min(found, key=lambda one: one[0] != socket.AF_INET)  # localhost: what most clients try first
    return family, (str(address[0]), int(address[1]))
