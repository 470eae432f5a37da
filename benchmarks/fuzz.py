"""Mutated uploads against a server: no answer of 500 or above, no crash, memory that stays.

Run: ``python benchmarks/fuzz.py --uploads 2000`` (some minutes); ends with 1 where one of these does not hold.

Each upload is a real file of one of seven formats, changed by a seeded generator: bytes flipped, cut off, cut out,
doubled, stretches of zeros or of noise, numbers of the header set to their limits, a file glued to another one, or a
name from hell. The server is a process of its own with its model and its history.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import soundfile

from sentisound.testing import speech_like

RATE_HZ = 16_000
MAX_GROWTH_MB = 60.0
"""Resident memory that the second half of the uploads may add: caches fill in the first."""
FORMATS = {
    "wav": "PCM_16",
    "flac": "PCM_16",
    "ogg": "VORBIS",
    "mp3": "MPEG_LAYER_III",
    "aiff": "PCM_16",
    "au": "ULAW",
    "caf": "PCM_16",
}
NAMES = (
    "clip.wav",
    "",
    ".",
    "../../etc/passwd",
    "a\0b.wav",
    "x" * 300 + ".mp3",
    "<script>.wav",
    "\u062a\u0633\u062c\u064a\u0644.ogg",
    "CON",
    "%00%2e%2e",
)
PATHS = ("/predict", "/upload", "/v1/analyses")


def clips() -> list[bytes]:
    """Return one short sound in every format."""
    samples = speech_like(1.2, RATE_HZ, np.random.default_rng(5))
    made = []
    for kind, subtype in FORMATS.items():
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, RATE_HZ, format=kind.upper(), subtype=subtype)
        made.append(buffer.getvalue())
    return made


def _flip(sound: bytearray, rng: np.random.Generator) -> None:
    for place in rng.integers(0, len(sound), size=int(rng.integers(1, 40))):
        sound[place] = int(rng.integers(0, 256))


def _header(sound: bytearray, rng: np.random.Generator) -> None:
    place = int(rng.integers(0, 64))
    extreme = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80")
    sound[place : place + 4] = extreme[int(rng.integers(0, 4))]


def _cut(sound: bytearray, rng: np.random.Generator) -> None:
    del sound[int(rng.integers(0, len(sound))) :]


def _hole(sound: bytearray, rng: np.random.Generator) -> None:
    start = int(rng.integers(0, len(sound)))
    del sound[start : start + int(rng.integers(1, 4000))]


def _double(sound: bytearray, rng: np.random.Generator) -> None:
    start = int(rng.integers(0, len(sound)))
    piece = sound[start : start + int(rng.integers(1, 4000))]
    sound[start:start] = piece


def _noise(sound: bytearray, rng: np.random.Generator) -> None:
    start, size = int(rng.integers(0, len(sound))), int(rng.integers(1, 2000))
    sound[start : start + size] = rng.bytes(size) if rng.random() < 0.5 else bytes(size)


MUTATIONS: tuple[Callable[[bytearray, np.random.Generator], None], ...] = (_flip, _header, _cut, _hole, _double, _noise)


def mutated(sounds: list[bytes], rng: np.random.Generator) -> bytes:
    """Return one of the sounds, changed by one to three mutations."""
    sound = bytearray(sounds[int(rng.integers(0, len(sounds)))])
    for _ in range(int(rng.integers(1, 4))):
        if sound:
            MUTATIONS[int(rng.integers(0, len(MUTATIONS)))](sound, rng)
    if rng.random() < 0.05:
        sound += sounds[int(rng.integers(0, len(sounds)))]
    return bytes(sound)


def answers(client: httpx.Client, uploads: int, seed: int, look: Callable[[int], None] | None = None) -> Counter[int]:
    """Send mutated uploads one after the other and count the answers' statuses; ``look`` is called after each."""
    rng, sounds, found = np.random.default_rng(seed), clips(), Counter[int]()
    for number in range(uploads):
        name = NAMES[int(rng.integers(0, len(NAMES)))] if rng.random() < 0.2 else "clip.wav"
        path = PATHS[int(rng.integers(0, len(PATHS)))]
        answer = client.post(path, files={"file": (name, mutated(sounds, rng))})
        found[answer.status_code] += 1
        if answer.status_code >= 500:
            print(f"upload {number} of seed {seed}: {path} {answer.status_code} {answer.text[:300]}", file=sys.stderr)
        if look is not None:
            look(number)
    return found


def rss_mb(process: int) -> float:
    """Return the resident memory of a process in MB (Linux)."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1000  # type: ignore[index]


def main() -> None:
    """Run it and tell what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = {"SENTISOUND_DATA_DIR": folder, "SENTISOUND_CACHE_DIR": folder, "SENTISOUND_RATE_REQUESTS": "0"}
        command = [sys.executable, "-m", "sentisound", "serve", "--port", "0"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **home})
        url = re.search(r"http://\S+", server.stdout.readline() if server.stdout else "")
        assert url, "the server did not start"
        memory: list[float] = []
        with httpx.Client(base_url=url[0], timeout=120, trust_env=False) as client:
            found = answers(client, chosen.uploads, chosen.seed, lambda _: memory.append(rss_mb(server.pid)))
            alive = client.get("/healthz").status_code == 200
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    half, peak, last = memory[len(memory) // 2], max(memory), memory[-1]
    print(
        f"{chosen.uploads} uploads, seed {chosen.seed}: "
        + ", ".join(f"{n} x {status}" for status, n in sorted(found.items()))
    )
    print(f"resident MB: first {memory[0]:.0f}, half-way {half:.0f}, end {last:.0f}, peak {peak:.0f}; alive: {alive}")
    sys.exit(0 if alive and max(found) < 500 and last - half < MAX_GROWTH_MB else 1)


if __name__ == "__main__":
    main()
