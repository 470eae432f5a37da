"""How much a server does: analyses per second, latencies, memory, and the time from its start to its first answer.

Run: ``python benchmarks/service.py`` (some 3 minutes), ``--check`` to hold the bars, ``--quick`` for a first look.

A server of its own, with its history in a temporary folder, is started as a user starts it, and asked over the
loopback by 1, 8 and 32 clients that send a clip of 3.5 s (synthetic speech, WAV) as soon as they have their answer. The
clients are threads of this process with bare sockets; their share of the CPU is that of everybody who measures on the
machine that serves. Beside the rate, the table tells the server's CPU time for each request, which other load on the
machine changes little: 2 cores divided by it are what two free cores can do.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from sentisound.testing import speech_like

CLIP_S, RATE_HZ = 3.5, 16_000
CLIENTS = (1, 8, 32)
CORES = os.cpu_count() or 1
MEMORY_REQUESTS = 10_000

MIN_RATE, MIN_RATE_WITH_PICTURE = 60.0, 20.0
"""Analyses a second on 2 cores."""
MAX_P95_MS = 250.0
"""At 8 clients, without pictures."""
MAX_COLD_S, MAX_RESIDENT_MB, MAX_GROWTH = 2.0, 300.0, 0.05


@dataclass
class Load:
    """What a number of clients measured together."""

    name: str
    clients: int
    took_ms: list[float] = field(default_factory=list)
    refused: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.took_ms) / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """CPU time of the server for each request, in ms."""
        return 1000 * self.cpu_s / max(1, len(self.took_ms))

    def quantile(self, share: float) -> float:
        """Return a quantile of the latency in ms."""
        ordered = sorted(self.took_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Client:
    """One connection that is kept; sends bytes and reads one answer."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        self._socket.sendall(request)
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return status, self._file.read(length)

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()


class Served:
    """A server in a process of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        chosen = {f"SENTISOUND_{name.upper()}": value for name, value in settings.items()}
        environment = {**os.environ, "SENTISOUND_DATA_DIR": str(folder), "SENTISOUND_CACHE_DIR": str(folder), **chosen}
        start = time.perf_counter()
        command = [sys.executable, "-m", "sentisound", "serve", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline() if self.process.stdout else ""
        self.port = int(re.search(r":(\d+) ", line)[1])  # type: ignore[index]
        self.ask(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.cold_s = time.perf_counter() - start

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Ask once, on a connection of its own."""
        client = Client(self.port)
        try:
            return client.ask(request)
        finally:
            client.close()

    def memory_mb(self) -> float:
        """Return the resident memory of all its processes in MB; what they share is counted once."""
        texts = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in self.processes()]
        return sum(int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) for text in texts) * 1024 / 1e6  # type: ignore[index]

    def cpu_s(self) -> float:
        """Return the CPU time that all its processes have spent, in seconds."""
        texts = [Path(f"/proc/{one}/stat").read_text() for one in self.processes()]
        ticks = sum(sum(map(int, text.rpartition(")")[2].split()[11:13])) for text in texts)
        return ticks / os.sysconf("SC_CLK_TCK")

    def processes(self) -> list[int]:
        """Return the numbers of the server's process and of all that it has started."""
        found = [self.process.pid]
        for one in found:
            for children in Path(f"/proc/{one}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def stop(self) -> None:
        """Stop in good order."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()


@contextlib.contextmanager
def served(**settings: str) -> Iterator[Served]:
    """Run a server with an empty history."""
    with tempfile.TemporaryDirectory() as folder:
        server = Served(Path(folder), **settings)
        try:
            yield server
        finally:
            server.stop()


def post(path: str) -> bytes:
    """Return the request that sends the clip."""
    buffer = io.BytesIO()
    samples = speech_like(CLIP_S, RATE_HZ, np.random.default_rng(0))
    soundfile.write(buffer, samples, RATE_HZ, format="WAV", subtype="PCM_16")
    boundary = secrets.token_hex(8)
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="clip.wav"\r\n\r\n'
    body = part.encode() + buffer.getvalue() + f"\r\n--{boundary}--\r\n".encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def once(client: Client, request: bytes, with_picture: bool) -> int:
    """Send the clip, and fetch its picture where that is wanted; return the status."""
    status, body = client.ask(request)
    if with_picture and status == 200:
        place = json.loads(body)["visualization"]
        status, _ = client.ask(f"GET /{place} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return status


def load(server: Served, name: str, path: str, clients: int, seconds: float, with_picture: bool = False) -> Load:
    """Let so many clients ask for a while."""
    measured, request = Load(name, clients), post(path)
    lock, until_s = threading.Lock(), time.perf_counter() + seconds

    def work() -> None:
        client = Client(server.port)
        while time.perf_counter() < until_s:
            start = time.perf_counter()
            status = once(client, request, with_picture)
            took_ms = 1000 * (time.perf_counter() - start)
            with lock:
                if status == 200:
                    measured.took_ms.append(took_ms)
                elif status == 503:
                    measured.refused += 1
                else:
                    raise RuntimeError(f"{name}: {status}")
            if status == 503:
                time.sleep(0.05)
        client.close()

    cpu_s, start_s = server.cpu_s(), time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.wall_s, measured.cpu_s = time.perf_counter() - start_s, server.cpu_s() - cpu_s
    return measured


def growth(server: Served, requests: int) -> tuple[float, float]:
    """Return the resident memory in MB after a warm-up of a tenth of the requests, and after all of them."""
    request, client = post("/v1/analyses"), Client(server.port)
    for _ in range(requests // 10):
        client.ask(request)
    warm_mb = server.memory_mb()
    for _ in range(requests - requests // 10):
        client.ask(request)
    client.close()
    return warm_mb, server.memory_mb()


def shown(one: Load) -> None:
    """Print a line of the table."""
    quantiles = "  ".join(f"{one.quantile(share):7.1f}" for share in (0.5, 0.95, 0.99))
    print(
        f"  {one.name:<28} {one.clients:>3} clients  {one.rate:6.1f}/s   p50 p95 p99 {quantiles} ms   "
        f"CPU {one.cpu_ms:6.1f} ms: {1000 * CORES / one.cpu_ms:6.1f}/s on {CORES} free cores   refused {one.refused}"
    )


def missed(loads: list[Load], colds_s: list[float], resident_mb: float, memory: tuple[float, float]) -> list[str]:
    """Return which bars were not reached, in words."""
    best = {name: max(one.rate for one in loads if one.name == name) for name in {one.name for one in loads}}
    plain = [(name, rate) for name, rate in best.items() if "picture" not in name]
    p95 = max((one.quantile(0.95) for one in loads if one.clients == 8 and "picture" not in one.name), default=0.0)
    found = [f"{name}: {rate:.1f}/s, wanted {MIN_RATE:g}" for name, rate in plain if rate < MIN_RATE]
    drawn = best.get("/predict and its picture", MIN_RATE_WITH_PICTURE)
    if drawn < MIN_RATE_WITH_PICTURE:
        found.append(f"with the picture: {drawn:.1f}/s, wanted {MIN_RATE_WITH_PICTURE:g}")
    if p95 > MAX_P95_MS:
        found.append(f"p95 at 8 clients: {p95:.0f} ms, wanted under {MAX_P95_MS:g}")
    if statistics.median(colds_s) > MAX_COLD_S:
        found.append(f"cold start: {statistics.median(colds_s):.2f} s, wanted under {MAX_COLD_S:g}")
    if resident_mb > MAX_RESIDENT_MB:
        found.append(f"resident memory: {resident_mb:.0f} MB, wanted under {MAX_RESIDENT_MB:g}")
    if memory[1] > (1 + MAX_GROWTH) * memory[0]:
        found.append(f"memory grew from {memory[0]:.0f} to {memory[1]:.0f} MB")
    return found


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where a bar is not reached")
    parser.add_argument("--quick", action="store_true", help="2 s for each load, 500 requests for the memory")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each load")
    parser.add_argument("--requests", type=int, default=MEMORY_REQUESTS, help="requests in a row for the memory")
    parser.add_argument("--clients", type=int, nargs="*", default=list(CLIENTS))
    arguments = parser.parse_args()
    seconds, requests = (2.0, 500) if arguments.quick else (arguments.seconds, arguments.requests)
    loads: list[Load] = []
    colds_s: list[float] = []
    with served(picture_minutes="0") as server:
        colds_s.append(server.cold_s)
        for path in ("/predict", "/v1/analyses"):
            load(server, path, path, 2, 1.0)
            for clients in arguments.clients:
                loads.append(load(server, path, path, clients, seconds))
                shown(loads[-1])
        resident_mb = server.memory_mb()
        memory = growth(server, requests)
    with served() as server:
        colds_s.append(server.cold_s)
        load(server, "warm", "/predict", 2, 1.0, with_picture=True)
        for clients in arguments.clients:
            for name, picture in (("/predict, picture kept", False), ("/predict and its picture", True)):
                loads.append(load(server, name, "/predict", clients, seconds, picture))
                shown(loads[-1])
        resident_mb = max(resident_mb, server.memory_mb())
    with served() as server:
        colds_s.append(server.cold_s)
    print(f"  cold start to the first answer {', '.join(f'{one:.2f}' for one in colds_s)} s")
    print(f"  resident memory {resident_mb:.0f} MB; over {requests} requests {memory[0]:.0f} -> {memory[1]:.0f} MB")
    found = missed(loads, colds_s, resident_mb, memory)
    print("\n".join(f"  missed: {one}" for one in found) or "  every bar is reached")
    return 1 if arguments.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
