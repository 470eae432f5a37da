"""The waveform: mono samples with their rate, and a span of time on it."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
"""The rate at which everything is analysed: the rate of the speech that the models have heard."""

SILENCE = 1e-4
"""Peak to peak below which a sound holds nothing at all: -86 dB of full scale, under the noise of any microphone."""
FULL_SCALE = 32_767  # of 16 bits
STRETCH = 1_000_000  # samples that are converted at a time

Samples = NDArray[np.float32]
"""Mono samples, shape (n,), float32, full scale -1..1."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in seconds, start inclusive and end exclusive."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a waveform came from, before it was mixed to mono and resampled."""

    container: str
    """Container as sniffed from the content: ``wav``, ``flac``, ``mp4`` ..., or ``array``."""
    codec: str
    rate_hz: int
    channels: int
    notes: tuple[str, ...] = ()
    """What had to be mended while decoding, in words: a truncated file, samples that were not numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Mono sound; ``samples`` is read-only, shape (n,), float32, full scale -1..1."""

    samples: Samples
    rate_hz: int
    origin: Origin

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(f"a waveform is 1-D float32, not {self.samples.ndim}-D {self.samples.dtype}")
        self.samples.flags.writeable = False

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    @property
    def is_silent(self) -> bool:
        """Whether it holds nothing at all."""
        return float(self.samples.max()) - float(self.samples.min()) < SILENCE

    def cut(self, span: Span) -> Waveform:
        """Return the part within ``span`` (a view, no copy), clamped to the waveform."""
        start = max(0, round(span.start_s * self.rate_hz))
        return Waveform(self.samples[start : max(start, round(span.end_s * self.rate_hz))], self.rate_hz, self.origin)

    def let_go(self) -> None:
        """Take the samples out of this process's memory until they are looked at again, where they lie in a file."""
        found: object = self.samples
        while isinstance(found, np.ndarray):
            found = found.base
        if isinstance(found, memoryview):
            found = found.obj
        if isinstance(found, mmap.mmap) and hasattr(found, "madvise"):
            found.madvise(mmap.MADV_DONTNEED)


def pcm16(waveform: Waveform) -> Iterator[NDArray[np.int16]]:
    """Yield the samples as 16-bit integers, a stretch at a time: of an hour, a copy at once would be hundreds of MB."""
    for start in range(0, len(waveform.samples), STRETCH):
        samples = waveform.samples[start : start + STRETCH]
        yield (np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16)
        waveform.let_go()


def mapped(file: int, size_bytes: int, access: int = mmap.ACCESS_DEFAULT) -> Samples:
    """Return the samples that lie in an open file, shape (size_bytes / 4,), without reading them."""
    return np.frombuffer(mmap.mmap(file, size_bytes, access=access), np.float32)
