"""A server as a user starts it, in a process of its own, for tests of what it does as a whole."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx


class ServerProcess:
    """A running server; its standard error goes to a file."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        chosen = {f"SENTISOUND_{name.upper()}": value for name, value in settings.items()}
        places = {"SENTISOUND_DATA_DIR": str(folder / "data"), "SENTISOUND_CACHE_DIR": str(folder / "cache")}
        self._log = folder / "stderr.txt"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sentisound", "serve", "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **places, **chosen},
            )
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found, self.said
        self.url = found[0]

    @property
    def said(self) -> str:
        """What it has written to standard error."""
        return self._log.read_text()

    def client(self, timeout: float = 60) -> httpx.Client:
        """Return a client of it."""
        return httpx.Client(base_url=self.url, timeout=timeout, trust_env=False)

    def stop(self, number: signal.Signals = signal.SIGTERM, patience_s: float = 60) -> int:
        """Send a signal, wait for the end, and return how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(patience_s)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()


@contextmanager
def server_process(folder: Path, **settings: str) -> Iterator[ServerProcess]:
    """Run a server while the block does; it is stopped in good order where the block has not done so."""
    server = ServerProcess(folder, **settings)
    try:
        yield server
    finally:
        server.stop()
