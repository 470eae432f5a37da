"""What published speech encoders take: the samples themselves (wav2vec2 and its kin), and Whisper's log-mel frames.

Both follow the preprocessing that the encoders were trained with, to the last constant; ``tests/parity`` holds them to
the feature extractors of the ``transformers`` library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sentisound.features.stft import Frames, Samples, Spectrogram

SHORTEST_SAMPLES = 400
"""Samples that the convolutions of wav2vec2, HuBERT and WavLM need for one frame: 25 ms at 16 kHz."""

VARIANCE_FLOOR = 1e-7
"""Added to the variance before its root is taken, so that silence stays finite."""

WHISPER_RATE_HZ = 16_000
WHISPER_WINDOW = 400  # samples, 25 ms
WHISPER_HOP = 160  # samples, 10 ms
WHISPER_SAMPLES = 30 * WHISPER_RATE_HZ
WHISPER_FRAMES = WHISPER_SAMPLES // WHISPER_HOP  # 3000 frames in 30 s, all that Whisper's encoder takes

WHISPER_BANDS = (80, 128)
"""Mel bands of the published encoders: 128 in large-v3 and its kin, 80 in all others."""

WHISPER_QUIETEST = 1e-10
WHISPER_RANGE = 8.0
"""Powers of ten below the loudest value at which values are cut off (80 dB)."""


@dataclass(frozen=True, slots=True)
class WaveformFrames:
    """The samples as frames of one column."""

    normalise: bool
    """Bring the utterance to zero mean and unit variance."""

    def __call__(self, samples: Samples) -> Frames:
        """Return the samples, shape (max(n, 400), 1), float32; what is shorter than 25 ms is filled with zeros."""
        heard = standardised(samples) if self.normalise else samples
        return np.pad(heard, (0, max(0, SHORTEST_SAMPLES - len(heard))))[:, np.newaxis]


def standardised(samples: Samples) -> Samples:
    """Return samples of zero mean and unit variance, shape (n,), float32."""
    centred = samples - samples.mean(dtype=np.float64)
    return np.asarray(centred / np.sqrt(np.mean(centred**2) + VARIANCE_FLOOR), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class WhisperMel:
    """Whisper's log-mel frames (Radford et al. 2022, "Robust speech recognition via large-scale weak supervision").

    Whisper fills a sound with silence to 30 s. Here only the frames that hear the sound are computed, up to 3000: the
    others are all equal to ``whisper_silence`` and are for the graph to add, at no cost in memory or in bundles.
    """

    n_mels: int

    def __call__(self, samples: Samples) -> Frames:
        """Return at most 3000 frames, shape ((n + 199) // 160 + 1, n_mels), float32."""
        clip = samples[:WHISPER_SAMPLES]
        power = self._power(clip)[: min(WHISPER_FRAMES, _frames_that_hear(len(clip)))]
        level = np.log10(np.maximum(power, np.float32(WHISPER_QUIETEST)))
        return np.asarray((np.maximum(level, level.max() - np.float32(WHISPER_RANGE)) + 4) / 4, dtype=np.float32)

    def _power(self, clip: Samples) -> Frames:
        """Return the power in each band of frames that start with the sound, mirrored at both ends of the 30 s."""
        filled = np.pad(clip, (0, min(WHISPER_SAMPLES, len(clip) + 2 * WHISPER_WINDOW) - len(clip)))
        before = 2 * WHISPER_HOP  # whole hops, and more than half a window
        mirrored = np.pad(filled, (before, WHISPER_WINDOW // 2), mode="reflect")
        spectrogram = Spectrogram(mirrored, WHISPER_RATE_HZ, WHISPER_WINDOW, WHISPER_HOP)
        return spectrogram.mel_bands(self.n_mels)[before // WHISPER_HOP :]


def whisper_silence(frames: Frames) -> float:
    """Return the value that ``WhisperMel`` has where the sound has ended: silence, or the floor if that is higher."""
    return max((math.log10(WHISPER_QUIETEST) + 4) / 4, float(frames.max()) - WHISPER_RANGE / 4)


def _frames_that_hear(n_samples: int) -> int:
    """Return how many frames, each centred on a multiple of the hop, have a sample under their window."""
    return (n_samples + WHISPER_WINDOW // 2 - 1) // WHISPER_HOP + 1
