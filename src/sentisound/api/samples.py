"""Sample clips for who has no recording at hand: made here from a seed, nobody's voice."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import soundfile

from sentisound.audio.waveform import RATE_HZ
from sentisound.testing import Samples, speech_like

PAUSE_S = 1.2


@dataclass(frozen=True, slots=True)
class Manner:
    """How a stretch of a clip is spoken."""

    duration_s: float
    f0_hz: float
    f0_range_semitones: float
    syllables_per_s: float
    level_db: float

    def spoken(self, rng: np.random.Generator) -> Samples:
        """Return the samples, then a pause."""
        voice = speech_like(
            self.duration_s,
            RATE_HZ,
            rng,
            f0_hz=self.f0_hz,
            f0_range_semitones=self.f0_range_semitones,
            syllables_per_s=self.syllables_per_s,
            level_db=self.level_db,
        )
        pause = 10 ** (-55 / 20) * rng.standard_normal(round(PAUSE_S * RATE_HZ))
        return np.concatenate([voice, pause.astype(np.float32)])


LIVELY = Manner(3.0, 240.0, 12.0, 5.5, -14.0)
SUBDUED = Manner(3.5, 90.0, 1.0, 2.5, -24.0)
EVEN = Manner(3.0, 90.0, 1.0, 4.5, -22.0)

SAMPLES: Mapping[str, tuple[Manner, ...]] = MappingProxyType(
    {"lively": (LIVELY,), "subdued": (SUBDUED,), "changing": (EVEN, LIVELY, SUBDUED, LIVELY, EVEN)}
)
"""Every clip by name."""


@cache
def wav_of(name: str) -> bytes:
    """Return a clip as a WAV file, 16 bit; raises ``KeyError`` where there is none of this name."""
    rng = np.random.default_rng(6)
    sound = np.concatenate([manner.spoken(rng) for manner in SAMPLES[name]])
    file = io.BytesIO()
    soundfile.write(file, sound, RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()
