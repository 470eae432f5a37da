"""Speech by a small neural network: Silero VAD 6.2 (MIT), whose weights lie beside this module as an ONNX graph.

What it hears is brought to one level first, and freed of hum: it was made for voices near the microphone, and a soft
one behind a loud sound is speech too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sentisound.audio.resample import resample
from sentisound.audio.spans import merged, padded, with_hysteresis
from sentisound.audio.waveform import RATE_HZ, Samples, Span, Waveform

GRAPH = Path(__file__).with_suffix(".onnx")
"""Takes ``chunks`` (n, 576) and the states ``h`` and ``c`` (1, 1, 128); gives ``probabilities`` (n,), both states."""
CHUNK, CONTEXT, STATE = 512, 64, 128
"""Samples that are looked at, of those before them, and numbers of each state."""
CHUNK_S = CHUNK / RATE_HZ
BLOCK = 1000 * CHUNK
"""Samples at once, half a minute: bounds memory."""
LEVEL, REACH = 1600, 10
"""Samples of a level (0.1 s), and levels before and after that count: the loudest within a second sets the gain."""
TARGET, MAX_GAIN = 0.1, 100.0
"""Root mean square to which the loudest is brought, and the most that anything is raised (40 dB)."""
HALF_HUM = 39
"""Samples: what two averages over so many leave is taken away, 26 dB at 50 Hz, 9 at 150 and 1 at 300."""


@dataclass(frozen=True, slots=True)
class SileroVad:
    """Finds soft speech beside loud, and takes music, rings and noise for none; some 0.3 % of real time."""

    upper: float = 0.6
    lower: float = 0.35
    """A region reaches as far as the probability stays above this one."""
    max_gap_s: float = 0.3
    min_duration_s: float = 0.1
    hangover_s: float = 0.1

    def regions(self, waveform: Waveform) -> tuple[Span, ...]:
        """Return the stretches of speech, sorted and disjoint; none where there is no speech."""
        found = with_hysteresis(probabilities(resample(waveform, RATE_HZ).samples), self.upper, self.lower)
        spans = merged([Span(start * CHUNK_S, stop * CHUNK_S) for start, stop in found], self.max_gap_s)
        spans = [span for span in spans if span.duration_s >= self.min_duration_s]
        return tuple(padded(spans, self.hangover_s, waveform.duration_s))


def probabilities(samples: Samples) -> NDArray[np.float32]:
    """Return the probability of speech in each chunk of 32 ms, of samples at 16 kHz; the last is filled with zeros."""
    session = _session()
    h = c = np.zeros((1, 1, STATE), np.float32)
    found: list[NDArray[np.float32]] = []
    for block in _blocks(samples):
        chunks = np.ascontiguousarray(sliding_window_view(block, CHUNK + CONTEXT)[::CHUNK])
        values, h, c = session.run(None, {"chunks": chunks, "h": h, "c": c})
        found.append(values)
    return np.concatenate(found)


def _blocks(samples: Samples) -> Iterator[Samples]:
    """Yield the samples levelled, whole chunks with the context of the first before them."""
    before = (REACH + 1) * LEVEL  # whole levels: each block has the same ones
    for start in range(0, len(samples), BLOCK):
        chunks = -(-min(BLOCK, len(samples) - start) // CHUNK)
        first, last = start - before, start + chunks * CHUNK + before
        stretch = samples[max(0, first) : last]
        around = (max(0, -first), max(0, last - max(0, first) - len(stretch)))
        levelled = _levelled(_without_hum(np.pad(stretch, around)))
        yield levelled[before - CONTEXT : before + chunks * CHUNK]


def _without_hum(samples: Samples) -> Samples:
    average = np.full(HALF_HUM, 1 / HALF_HUM, np.float32)
    slow: Samples = np.convolve(samples, np.convolve(average, average), "same")
    return samples - slow


def _levelled(samples: Samples) -> Samples:
    count = -(-len(samples) // LEVEL)
    squares = np.square(np.pad(samples, (0, count * LEVEL - len(samples)))).reshape(count, LEVEL)
    loudest = sliding_window_view(np.pad(np.sqrt(squares.mean(axis=1)), REACH), 2 * REACH + 1).max(axis=1)
    gains = np.minimum(TARGET / np.maximum(loudest, TARGET / MAX_GAIN), MAX_GAIN)
    centres = (np.arange(count) + 0.5) * LEVEL
    gain = np.interp(np.arange(len(samples)), centres, gains).astype(np.float32)
    levelled: Samples = np.clip(samples * gain, -1, 1)
    return levelled


@cache
def _session() -> Any:
    from sentisound.onnx_runtime import onnxruntime  # takes its time, which who only decodes need not wait for

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"])
