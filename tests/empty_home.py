"""Run as a program by test_privacy: library, command line or server at work, and what the kernel saw of the network.

It prints how often something beyond this machine was to be reached. It runs in a network namespace of its own that has
loopback only: the kernel counts each such try as a packet without a route, whoever made it, a library in C++ too.
"""

from __future__ import annotations

import fcntl
import re
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def loopback_up() -> None:
    """Bring loopback up, which a new network namespace has down."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


def tries_to_leave() -> int:
    """Return how many packets had no route, IPv4 and IPv6."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    names, values = (line.split() for line in lines[:2])
    found = int(values[names.index("OutNoRoutes")])
    v6 = re.search(r"^Ip6OutNoRoutes\s+(\d+)", Path("/proc/net/snmp6").read_text(), re.MULTILINE)
    return found + (int(v6[1]) if v6 else 0)


def library(clip: str) -> None:
    """Analyse by the library."""
    import sentisound

    assert sentisound.analyze(clip).emotion


def command(clip: str) -> None:
    """Analyse by the command line, with all that is written beside it; leave files in the current folder."""
    options = ("--transcribe", "--interpret", "--chart", "chart.png", "--report", "report.pdf")
    subprocess.run([*PROGRAM, "analyze", clip, *options], check=True, stdout=subprocess.DEVNULL)
    assert Path("chart.png").stat().st_size > 1000
    assert Path("report.pdf").stat().st_size > 1000


def training(_: str) -> None:
    """Import all that trains, exports, quantises and imports models."""
    import faster_whisper  # noqa: F401


def download(_: str) -> None:
    """Try to download a model of whisper, from a hub on this machine that is not there."""
    from sentisound.engine_errors import EngineUnavailable
    from sentisound.settings import Settings
    from sentisound.transcription import whisper_models

    folder = Settings.load().cache_folder / "whisper"
    with suppress(EngineUnavailable):
        whisper_models.find("nobody/nothing", folder, lambda *_: None, "http://127.0.0.1:9")
    import hf_xet  # noqa: F401 - as a transfer does


def server(clip: str) -> None:
    """Serve with workers: a sound with its words, its picture and its report."""
    process = subprocess.Popen([*PROGRAM, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        _ask(str(process.stdout and process.stdout.readline()), clip)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _ask(announced: str, clip: str) -> None:
    base = announced.split()[2]
    options = {"options": (None, '{"transcribe": true, "interpret": true}', "application/json")}
    with httpx.Client(base_url=base, timeout=120) as client, Path(clip).open("rb") as sound:
        made = client.post("/v1/analyses", files={"file": sound, **options}).json()
        assert made["transcript"], made["missing"]
        for name in ("chart.png", "report.pdf", "export.csv"):
            answer = client.get(f"/v1/analyses/{made['id']}/{name}")
            assert answer.status_code == 200, answer.text


PROGRAM = [sys.executable, "-c", "from sentisound.cli import main; main()"]
WORK = {"library": library, "command": command, "training": training, "server": server, "download": download}

if __name__ == "__main__":
    loopback_up()
    WORK[sys.argv[1]](sys.argv[2])
    sys.stdout.write(f"{tries_to_leave()}\n")
