"""Forty sounds that real users and real attackers send; each function writes one file."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import numpy as np
import soundfile as sf

from sentisound.testing import speech_like

RATE_HZ = 16_000


@cache
def _speech(duration_s: float, rate_hz: int) -> np.ndarray:
    return speech_like(duration_s, rate_hz, np.random.default_rng(7))


def speech(duration_s: float = 2.0, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return speech-like samples at a usual level."""
    return _speech(duration_s, rate_hz).copy()


def encoded(samples: np.ndarray, rate_hz: int = RATE_HZ, **options: str) -> bytes:
    """Return a sound file's bytes; wav unless told otherwise."""
    buffer = io.BytesIO()
    sf.write(buffer, samples, rate_hz, **{"format": "WAV", **options})
    return buffer.getvalue()


def _header(riff_size: int, data_size: int, rate_hz: int = RATE_HZ, channels: int = 1, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    body = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate_hz, (rate_hz * frame) & 0xFFFFFFFF, frame, bits)
    return struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE") + body + struct.pack("<4sI", b"data", data_size)


def _repeated_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.wav", bytes(5_000_000))
    return buffer.getvalue()


def _nan(share: float) -> np.ndarray:
    samples = speech()
    samples[np.random.default_rng(0).random(len(samples)) < share] = np.nan
    return samples


def _tone(frequency_hz: float, rate_hz: int = RATE_HZ, duration_s: float = 2.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * frequency_hz * np.arange(int(duration_s * rate_hz)) / rate_hz)).astype(np.float32)


def _noise(duration_s: float = 2.0) -> np.ndarray:
    return (0.1 * np.random.default_rng(1).standard_normal(int(duration_s * RATE_HZ))).astype(np.float32)


def _silent_flac(hours: float) -> bytes:
    buffer = io.BytesIO()
    with sf.SoundFile(buffer, "w", 8000, 1, format="FLAC", subtype="PCM_16") as file:
        block = np.zeros(8000 * 60, np.int16)
        for _ in range(int(hours * 60)):
            file.write(block)
    return buffer.getvalue()


def _three_hours() -> bytes:
    samples = np.tile((speech(10.0, 8000) * 20000).astype("<i2"), 1080)
    return _header(36 + samples.nbytes, samples.nbytes, 8000) + samples.tobytes()


def _six_channels() -> bytes:
    return encoded(np.stack([speech() * gain for gain in (0.5, 0.5, 0.9, 0.01, 0.2, 0.2)], axis=1))


WAV = encoded(speech())
FLAC = encoded(speech(), format="FLAC")
# pages of Ogg hold a second or two: half of a short file would be half a page
OGG = encoded(speech(8.0), format="OGG", subtype="VORBIS")
OPUS = encoded(speech(8.0), format="OGG", subtype="OPUS")
MP3 = encoded(speech(), format="MP3")

INPUTS: dict[str, Callable[[], bytes]] = {
    "empty.wav": lambda: b"",
    "one-byte.wav": lambda: b"R",
    "header-only-44-bytes.wav": lambda: _header(36, 0),
    "header-that-lies-huge.wav": lambda: _header(0xFFFFFFFF, 0xFFFFFFFF) + WAV[44:],
    "header-that-lies-zero.wav": lambda: _header(0, 0) + WAV[44:],
    "header-rate-zero.wav": lambda: _header(36 + 3200, 3200, rate_hz=0) + bytes(3200),
    "header-rate-2-GHz.wav": lambda: _header(36 + 3200, 3200, rate_hz=2_000_000_000) + bytes(3200),
    "header-channels-1000.wav": lambda: _header(36 + 32000, 32000, channels=1000) + bytes(32000),
    "truncated.wav": lambda: WAV[:30001],
    "truncated.flac": lambda: FLAC[: len(FLAC) // 2],
    "truncated.ogg": lambda: OGG[: len(OGG) // 2],
    "truncated.opus": lambda: OPUS[: len(OPUS) // 2],
    "truncated.mp3": lambda: MP3[: len(MP3) // 2 + 1],
    "flac-cut-to-its-header.flac": lambda: FLAC[:60],
    "text.wav": lambda: b"this is not a sound at all\n" * 100,
    "page.mp3": lambda: b"<!doctype html><html><body>404</body></html>",
    "archive.flac": _repeated_zip,
    "pickle.wav": lambda: b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "random.wav": lambda: np.random.default_rng(0).bytes(50_000),
    "random-behind-riff.wav": lambda: b"RIFF\x00\x10\x00\x00WAVE" + np.random.default_rng(1).bytes(5000),
    "random-behind-ogg.ogg": lambda: b"OggS\x00\x02" + np.random.default_rng(2).bytes(5000),
    "random-behind-mp4.m4a": lambda: b"\x00\x00\x00\x18ftypM4A " + np.random.default_rng(3).bytes(5000),
    "silence.wav": lambda: encoded(np.zeros(2 * RATE_HZ, np.float32)),
    "dc.wav": lambda: encoded(np.full(2 * RATE_HZ, 0.5, np.float32)),
    "dc-and-speech.wav": lambda: encoded(np.clip(0.3 + 0.5 * speech(), -1, 1)),
    "some-nan.wav": lambda: encoded(_nan(0.01), subtype="FLOAT"),
    "all-nan.wav": lambda: encoded(np.full(RATE_HZ, np.nan, np.float32), subtype="FLOAT"),
    "infinite.wav": lambda: encoded(np.where(np.arange(2 * RATE_HZ) % 5000, speech(), np.inf), subtype="FLOAT"),
    "far-beyond-full-scale.wav": lambda: encoded(speech() * 30000, subtype="FLOAT"),
    "one-sample.wav": lambda: encoded(np.array([0.5], np.float32)),
    "twenty-milliseconds.wav": lambda: encoded(speech()[:320]),
    "8-kHz.wav": lambda: encoded(speech(2.0, 8000), 8000),
    "192-kHz.wav": lambda: encoded(speech(2.0, 192_000), 192_000),
    "six-channels.wav": _six_channels,
    "a-law.wav": lambda: encoded(speech(), subtype="ALAW"),
    "tone.wav": lambda: encoded(_tone(440)),
    "white-noise.wav": lambda: encoded(_noise()),
    "clipped.wav": lambda: encoded(np.clip(40 * speech(), -1, 1)),
    "whisper-quiet.wav": lambda: encoded(1e-3 * speech(), subtype="FLOAT"),
    "three-hours.wav": _three_hours,
    "bomb-of-40-hours.flac": lambda: _silent_flac(40),
    "a\nnew line.wav": lambda: WAV,
    "=cmd|' '!A0.wav": lambda: WAV,
    "[red]markup[red] \u202e\u0301.wav": lambda: WAV,
    "surrogate-\udcff.wav": lambda: WAV,
}


LARGE = ("three-hours.wav", "bomb-of-40-hours.flac")


def write(folder: Path, names: Iterable[str] = INPUTS) -> dict[str, Path]:
    """Write hostile inputs into ``folder``; return path by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / name for name in names}
    for name, path in paths.items():
        path.write_bytes(INPUTS[name]())
    return paths
