"""A server as a user starts it, whose log, memory and descriptors are watched, and an ordinary client beside others."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx


class Live:
    """A server as a user starts it, whose log, memory and descriptors are watched."""

    def __init__(self, folder: Path, files: int | None = None, **settings: str) -> None:
        self.log = folder / "log"
        environment = {**os.environ, "SENTISOUND_DATA_DIR": str(folder / "data"), "SENTISOUND_WORKERS": "1"}
        environment |= {"SENTISOUND_TRANSCRIBER": "off", "SENTISOUND_INTERPRETER": "off"}
        environment |= {f"SENTISOUND_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "sentisound", "serve", "--port", "0"]
        if files is not None:
            command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
        with self.log.open("wb") as errors:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, cwd=folder
            )
        found = re.search(r"http://([\d.]+):(\d+)", self.process.stdout.readline())
        self.address = (found[1], int(found[2]))
        self.url = found[0]

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process.stdout.close()

    def processes(self) -> list[int]:
        """Return the server's process, those that it has started, and those that these have started."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):  # it has ended
                    found += map(int, children.read_text().split())
        return found

    def memory_mb(self, what: str) -> dict[int, float]:
        """Return a figure of each process: ``VmHWM`` is the most that it ever had, ``VmRSS`` what it has."""
        found = {}
        for pid in self.processes():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/status").read_text()
                if told := re.search(rf"{what}:\s+(\d+)", text):
                    found[pid] = int(told[1]) / 1024
        return found

    def resident_mb(self) -> float:
        """Return the memory of all processes together; what they share counts once."""
        total_kb = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                total_kb += int(re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1])
        return total_kb / 1024

    @contextlib.contextmanager
    def watched(self) -> Iterator[dict[int, float]]:
        """Give the most memory that each process ever had, those that end meanwhile too."""
        most: dict[int, float] = {}
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(0.02):
                for pid, mb in self.memory_mb("VmHWM").items():
                    most[pid] = max(mb, most.get(pid, 0.0))

        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(look)
            try:
                yield most
            finally:
                stop.set()
                looking.result()

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


@dataclass
class Ordinary:
    """A client that asks for the server's health every 20 ms and has a sound analysed twice a second."""

    url: str
    wav: bytes
    stop: threading.Event = field(default_factory=threading.Event)
    health_s: list[float] = field(default_factory=list)
    analyses: list[int] = field(default_factory=list)

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        with ThreadPoolExecutor(2) as pool:
            told = [pool.submit(self._health), pool.submit(self._analyse)]
            try:
                yield
            finally:
                self.stop.set()
                for one in told:
                    one.result()

    def _health(self) -> None:
        """Ask from another process: this one is busy with the attack."""
        command = [sys.executable, __file__, self.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
            self.stop.wait()
            self.health_s = [float(line) for line in asking.communicate("")[0].split()]
        assert asking.returncode == 0

    def _analyse(self) -> None:
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            while not self.stop.wait(0.5):
                self.analyses.append(client.post("/predict", files={"file": ("a.wav", self.wav)}).status_code)


def _ask_health(url: str) -> None:
    """Ask for the server's health until standard input ends; then print how long each answer took, in seconds."""
    took_s = []
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            began = time.perf_counter()
            client.get("/health").raise_for_status()
            took_s.append(time.perf_counter() - began)
    sys.stdout.write("\n".join(map(str, took_s)))


if __name__ == "__main__":
    _ask_health(sys.argv[1])
