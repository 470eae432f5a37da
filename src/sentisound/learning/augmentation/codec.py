"""Codec: what is lost when a recording is sent or kept in few bits."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import soundfile
from scipy.fft import irfft, next_fast_len, rfft

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.learning.augmentation.companding import companded
from sentisound.learning.augmentation.signals import at_rate, fitted
from sentisound.learning.augmentation.transform import check_one_of, check_within

FORMATS = {"mp3": ("MP3", "MPEG_LAYER_III"), "opus": ("OGG", "OPUS"), "vorbis": ("OGG", "VORBIS")}
"""Container and subtype of libsndfile."""
KINDS = (*FORMATS, "mu_law", "any")
RATES_HZ = (8000, 12_000, 16_000, 24_000, 48_000)
"""What all three take; sound at another rate goes through them at the analysis rate."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A round trip through mp3, opus, vorbis or 8-bit mu-law."""

    kind: str = "any"
    """``mp3``, ``opus``, ``vorbis``, ``mu_law``, or ``any``: one of the four, drawn."""
    min_compression: float = 0.5
    max_compression: float = 0.95
    """libsndfile's scale. At 16 kHz mp3 goes from some 30 to 25 kbit/s, opus from 130 to 20, vorbis from 45 to 30."""

    def __post_init__(self) -> None:
        check_one_of(self, "kind", KINDS)
        check_within(self, 0, 0.99, "min_compression", "max_compression")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return as many samples as came in, where they were; beyond full scale they are clipped."""
        kind = str(rng.choice(KINDS[:-1])) if self.kind == "any" else self.kind
        compression = rng.uniform(self.min_compression, self.max_compression)
        if kind == "mu_law":
            return companded(signal)
        rate_hz = sampling_rate if sampling_rate in RATES_HZ else RATE_HZ
        sent = at_rate(signal, sampling_rate, rate_hz)
        return at_rate(_aligned(sent, _coded(sent, rate_hz, kind, compression)), rate_hz, sampling_rate, len(signal))


def _coded(signal: Samples, rate_hz: int, kind: str, compression: float) -> Samples:
    container, subtype = FORMATS[kind]
    memory = io.BytesIO()
    options = {"bitrate_mode": "VARIABLE"} if kind == "mp3" else {}  # at a constant rate it ends at 32 kbit/s
    heard = np.clip(signal, -1, 1)
    soundfile.write(memory, heard, rate_hz, format=container, subtype=subtype, compression_level=compression, **options)
    memory.seek(0)
    return np.asarray(soundfile.read(memory, dtype="float32")[0], dtype=np.float32)


def _aligned(sent: Samples, received: Samples) -> Samples:
    """Return what was received where it was sent: decoders undo the codec's delay when its header tells it.

    Only then the length is the same. Where it is not, the strongest correlation says how late it is.
    """
    if len(received) <= len(sent):
        return fitted(received, len(sent))
    length = next_fast_len(len(sent) + len(received), real=True)
    likeness = irfft(rfft(received, length) * np.conj(rfft(sent, length)), length)
    late = int(np.argmax(likeness[: len(received) - len(sent) + 1]))
    return fitted(received[late:], len(sent))
