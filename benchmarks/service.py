"""How much a server does, and for whom: analyses per second, latencies, memory, the time to its first answer, fairness.

Run: ``python benchmarks/service.py`` (some 6 minutes), ``--check`` to hold the bars, ``--quick`` for a first look,
``--shares`` for the table of fairness only.

A server of its own, with its history in a temporary folder, is started as a user starts it, and asked over the
loopback by 1, 8 and 32 clients that send a clip of 3.5 s (synthetic speech, WAV) as soon as they have their answer. The
clients are threads of this process with bare sockets; their share of the CPU is that of everybody who measures on the
machine that serves. Beside the rate, the table tells the server's CPU time for each request, which other load on the
machine changes little: 2 cores divided by it are what two free cores can do.

The table of fairness asks as 1, 8, 32 and 64 clients: polite ones, who come back when ``Retry-After`` says, ones that
come back at once, and polite ones beside ten that are greedy. A greedy one has four connections and comes back at once;
in the last rows greedy ones send an hour of silence and hang up, or have 3.5 minutes of speech written down. All of
them come from one address. It tells what the slowest client got, as a share of the mean.
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
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from sentisound.testing import speech_like

CLIP_S, RATE_HZ = 3.5, 16_000
LOW_RATE_HZ = 2000
"""At which an hour of silence takes 23 kB."""
CLIENTS = (1, 8, 32)
CROWDS = (1, 8, 32, 64)
GREEDY, CONNECTIONS = 10, 4
CORES = os.cpu_count() or 1
MEMORY_REQUESTS = 10_000

MIN_RATE, MIN_RATE_WITH_PICTURE = 60.0, 20.0
"""Analyses a second on 2 cores."""
MAX_P95_MS = 250.0
"""At 8 clients, without pictures."""
MAX_COLD_S, MAX_RESIDENT_MB, MAX_GROWTH = 2.0, 500.0, 0.05
MIN_SHARE = 1 / 3
"""Of the mean, for the slowest client."""


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
        self.retry_after_s = 0
        """What the last answer said."""

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        self._socket.sendall(request)
        status = int(self._file.readline().split()[1])
        length = self.retry_after_s = 0
        while (line := self._file.readline().strip().lower()) != b"":
            name, _, value = line.partition(b":")
            if name == b"content-length":
                length = int(value)
            elif name == b"retry-after":
                self.retry_after_s = int(value)
        return status, self._file.read(length)

    def hang_up_after(self, request: bytes, seconds: float) -> None:
        """Send a request and close the connection in the middle of its work."""
        self._socket.sendall(request)
        time.sleep(seconds)
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()


Greed = Callable[["Served", threading.Event], None]
"""Asks a server for what it wants until it is told to end."""


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


def clip() -> bytes:
    """Return the clip."""
    return encoded(speech_like(CLIP_S, RATE_HZ, np.random.default_rng(0)), "WAV")


def encoded(samples: np.ndarray, container: str, rate_hz: int = RATE_HZ) -> bytes:
    """Return samples as a file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format=container, subtype="PCM_16")
    return buffer.getvalue()


def post(path: str, sound: bytes | None = None) -> bytes:
    """Return the request that sends a sound, the clip where none is given."""
    boundary = secrets.token_hex(8)
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="clip.wav"\r\n\r\n'
    body = part.encode() + (sound or clip()) + f"\r\n--{boundary}--\r\n".encode()
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


@dataclass
class Share:
    """What clients of one kind were answered, side by side with others."""

    name: str
    answered: list[int]
    """For each client."""
    failed: Counter[int]
    wall_s: float

    @property
    def slowest(self) -> float:
        """What the slowest client got, as a share of the mean."""
        return min(self.answered) / max(statistics.mean(self.answered), 1e-9)

    def __str__(self) -> str:
        failed = ", ".join(f"{count} x {status or 'cut'}" for status, count in sorted(self.failed.items())) or "none"
        rate = sum(self.answered) / self.wall_s
        mean, least = statistics.mean(self.answered) / self.wall_s, min(self.answered) / self.wall_s
        return (
            f"  {self.name:<52} {rate:6.1f}/s   a client: mean {mean:6.2f}/s, slowest {least:6.2f}/s "
            f"({100 * self.slowest:3.0f} %)   refused or failed: {failed}"
        )


def share(server: Served, name: str, clients: int, seconds: float, polite: bool, beside: Sequence[Greed] = ()) -> Share:
    """Let clients ask side by side, and others beside them; return what the clients got."""
    found, request = Share(name, [0] * clients, Counter(), 0.0), post("/v1/analyses")
    lock, over = threading.Lock(), threading.Event()

    def work(number: int) -> None:
        client = Client(server.port)
        while not over.is_set():
            try:
                status, _ = client.ask(request)
            except (OSError, IndexError):
                status, client = 0, Client(server.port)
            with lock:
                found.answered[number] += status == 200
                found.failed.update([status] if status != 200 else [])
            if status == 503 and polite:
                over.wait(client.retry_after_s)
        client.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    threads += [threading.Thread(target=greed, args=(server, over)) for greed in beside]
    start_s = time.perf_counter()
    for thread in threads:
        thread.start()
    over.wait(seconds)
    over.set()
    found.wall_s = time.perf_counter() - start_s
    for thread in threads:
        thread.join()
    return found


def greedy(request: bytes, hang_up_s: float | None = None) -> Greed:
    """Return somebody who asks again and again on a connection, or hangs up each time after a while."""

    def ask(server: Served, over: threading.Event) -> None:
        client = Client(server.port)
        while not over.is_set():
            with contextlib.suppress(OSError, IndexError):
                if hang_up_s is None:
                    client.ask(request)
                    continue
                client.hang_up_after(request, hang_up_s)
            client = Client(server.port)
        client.close()

    return ask


def shares(server: Served, seconds: float) -> list[Share]:
    """Return the table of fairness."""
    found: list[Share] = []

    def row(name: str, clients: int, *, polite: bool = True, beside: Sequence[Greed] = ()) -> None:
        found.append(share(server, f"{clients} {name}", clients, seconds, polite, beside))
        print(found[-1], flush=True)

    for clients in CROWDS:
        row("polite", clients)
        row("that come back at once", clients, polite=False)
        row(f"polite, {GREEDY} greedy", clients, beside=[greedy(post("/predict"))] * GREEDY * CONNECTIONS)
    hour = encoded(np.zeros(3600 * LOW_RATE_HZ, dtype=np.float32), "FLAC", LOW_RATE_HZ)
    row(f"polite, {GREEDY} send an hour and hang up", 8, beside=[greedy(post("/predict", hour), 1.0)] * GREEDY)
    talk = encoded(np.tile(speech_like(CLIP_S, RATE_HZ, np.random.default_rng(0)), 60), "FLAC")
    row("polite, 4 have words of 3.5 minutes", 8, beside=[greedy(post("/process_audio", talk), 1.5 * seconds)] * 4)
    return found


def unfair(found: list[Share]) -> list[str]:
    """Return which bars of the table of fairness were not reached, in words."""
    slow = [f"{one.name}: the slowest got {one.slowest:.2f} of the mean" for one in found if one.slowest < MIN_SHARE]
    return slow + [f"{one.name}: failures {dict(one.failed)}" for one in found if set(one.failed) - {503}]


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
    parser.add_argument("--shares", action="store_true", help="the table of fairness only")
    arguments = parser.parse_args()
    seconds, requests = (2.0, 500) if arguments.quick else (arguments.seconds, arguments.requests)
    with served(picture_minutes="0") as server:
        load(server, "warm", "/predict", 2, 1.0)
        missing = unfair(shares(server, seconds))
    if not arguments.shares:
        missing += speed(arguments.clients, seconds, requests)
    print("\n".join(f"  missed: {one}" for one in missing) or "  every bar is reached")
    return 1 if arguments.check and missing else 0


def speed(crowds: Sequence[int], seconds: float, requests: int) -> list[str]:
    """Measure rates, latencies, memory and starts, print them, and return which bars were not reached."""
    loads: list[Load] = []
    colds_s: list[float] = []
    with served(picture_minutes="0") as server:
        colds_s.append(server.cold_s)
        for path in ("/predict", "/v1/analyses"):
            load(server, path, path, 2, 1.0)
            for clients in crowds:
                loads.append(load(server, path, path, clients, seconds))
                shown(loads[-1])
        resident_mb = server.memory_mb()
        memory = growth(server, requests)
    with served() as server:
        colds_s.append(server.cold_s)
        load(server, "warm", "/predict", 2, 1.0, with_picture=True)
        for clients in crowds:
            for name, picture in (("/predict, picture kept", False), ("/predict and its picture", True)):
                loads.append(load(server, name, "/predict", clients, seconds, picture))
                shown(loads[-1])
        resident_mb = max(resident_mb, server.memory_mb())
    with served() as server:
        colds_s.append(server.cold_s)
    print(f"  cold start to the first answer {', '.join(f'{one:.2f}' for one in colds_s)} s")
    print(f"  resident memory {resident_mb:.0f} MB; over {requests} requests {memory[0]:.0f} -> {memory[1]:.0f} MB")
    return missed(loads, colds_s, resident_mb, memory)


if __name__ == "__main__":
    sys.exit(main())
