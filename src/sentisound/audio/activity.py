"""Where there is speech: the ``Vad`` protocol, a detector by energy that needs numpy alone, and the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sentisound.audio.silero import SileroVad
from sentisound.audio.spans import merged, padded, with_hysteresis
from sentisound.audio.waveform import Samples, Span, Waveform
from sentisound.errors import SettingsError

HOP_S, FRAME_S = 0.010, 0.032
BAND_HZ = (200.0, 7000.0)
"""From above the mains' strong harmonics, so that hum and DC do not count, to the fricatives that end words."""
SMOOTH_FRAMES = 5
CHUNK_FRAMES = 128  # of 32 ms: what stays in the cache is four times as fast
TINY = 1e-20

FLOOR_WINDOW_S = 10.0
"""The noise floor follows what is quietest within this window: nobody speaks longer without one brief pause."""
FLOOR_BLOCK_FRAMES = 25
FLOOR_RANK = 2  # the third lowest of 25 frames: the very lowest is chance
MAX_RANGE_DB = 45.0
"""What lies further below the loudest is silence: the room tone of a good recording, or digital zero."""
LOUD_S, LOUD_SHARE = 0.2, 0.001
"""Loud is what at least 0.2 s, and at least this share of the sound, exceed: a click does not count."""


class Vad(Protocol):
    """Voice activity detection: finds the stretches that hold speech."""

    def regions(self, waveform: Waveform) -> tuple[Span, ...]:
        """Return the stretches of speech, sorted and disjoint; none where there is no speech."""
        ...


@dataclass(frozen=True, slots=True)
class EnergyVad:
    """Speech is what rises above an adaptive noise floor, found with hysteresis and hangover.

    A region holds at least one frame above the upper threshold and reaches as far as the level stays above the
    lower one, so that soft beginnings and endings of words stay. All levels are relative: a gain changes nothing.
    A steady sound (white noise, hum) has no range between its floor and its peaks, and so holds no speech.
    """

    min_range_db: float = 6.0
    """Least distance of the loud frames from the floor: below it, all is noise."""
    upper: float = 0.4
    """The upper threshold, as a share of the range above the floor, within ``upper_db``."""
    lower: float = 0.2
    """The lower threshold, likewise within ``lower_db``."""
    upper_db: tuple[float, float] = (5.0, 15.0)
    lower_db: tuple[float, float] = (3.0, 8.0)
    max_gap_s: float = 0.3
    """Pauses up to this length belong to the speech around them: closures of plosives, not pauses."""
    min_duration_s: float = 0.1
    hangover_s: float = 0.1
    """Added on both sides, where the level of a soft ending has sunk into the noise."""

    def regions(self, waveform: Waveform) -> tuple[Span, ...]:
        """Return the stretches of speech, sorted and disjoint; none where there is no speech."""
        level_db = band_level_db(waveform.samples, waveform.rate_hz)
        above_db = level_db - np.maximum(noise_floor_db(level_db), level_db.max() - MAX_RANGE_DB)
        range_db = _loud(above_db)
        if range_db < self.min_range_db:
            return ()
        upper, lower = np.clip(self.upper * range_db, *self.upper_db), np.clip(self.lower * range_db, *self.lower_db)
        spans = merged([_span(*run) for run in with_hysteresis(above_db, upper, lower)], self.max_gap_s)
        spans = [span for span in spans if span.duration_s >= self.min_duration_s]
        return tuple(padded(spans, self.hangover_s, waveform.duration_s))


VADS: Mapping[str, Callable[[], Vad]] = {"energy": EnergyVad, "silero": SileroVad}
"""The speech detectors by the name that the setting ``vad`` takes."""


def vad(name: str) -> Vad:
    """Return the speech detector of this name, with its defaults.

    Raises
    ------
    SettingsError
        When there is none of this name; the message lists the names.
    """
    if name not in VADS:
        raise SettingsError(f"{name!r} is not a speech detector; the names are {', '.join(VADS)}")
    return VADS[name]()


def band_level_db(samples: Samples, rate_hz: int) -> NDArray[np.float32]:
    """Return the level in ``BAND_HZ`` of each frame of ``FRAME_S``, every ``HOP_S``, smoothed over five frames.

    Parameters
    ----------
    samples : ndarray, shape (n,), float32
        Mono samples.
    rate_hz : int
        Their rate in Hz.

    Returns
    -------
    ndarray, shape (1 + (n - frame) // hop,), float32
        dB relative to an arbitrary constant; at least one frame.
    """
    hop, size = round(HOP_S * rate_hz), round(FRAME_S * rate_hz)
    frames = sliding_window_view(samples if len(samples) >= size else np.pad(samples, (0, size - len(samples))), size)
    frames = frames[::hop]
    window = np.hanning(size).astype(np.float32)
    band = slice(round(BAND_HZ[0] * size / rate_hz), round(BAND_HZ[1] * size / rate_hz))
    chunks = (frames[start : start + CHUNK_FRAMES] for start in range(0, len(frames), CHUNK_FRAMES))
    power = np.concatenate([_band_power(chunk * window, band) for chunk in chunks])
    smooth = np.convolve(np.pad(power, SMOOTH_FRAMES // 2, mode="edge"), np.full(SMOOTH_FRAMES, 0.2), "valid")
    return (10 * np.log10(smooth + TINY)).astype(np.float32)


def _band_power(frames: NDArray[np.float32], band: slice) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(frames, axis=1)[:, band]  # of numpy: importing scipy.fft takes 0.1 s
    power: NDArray[np.float64] = np.square(np.abs(spectrum)).sum(axis=1, dtype=np.float64)
    return power


def noise_floor_db(level_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the level of the noise at each frame, shape (n,): minimum statistics in a window of ten seconds.

    After Martin (2001), "Noise power spectral density estimation based on optimal smoothing and minimum statistics",
    with one band and a window that looks both ways.
    """
    blocks = -(-len(level_db) // FLOOR_BLOCK_FRAMES)
    padded_db = np.pad(level_db, (0, blocks * FLOOR_BLOCK_FRAMES - len(level_db)), mode="edge")
    lowest = np.partition(padded_db.reshape(blocks, FLOOR_BLOCK_FRAMES), FLOOR_RANK, axis=1)[:, FLOOR_RANK]
    half = round(FLOOR_WINDOW_S / (HOP_S * FLOOR_BLOCK_FRAMES)) // 2
    quietest = sliding_window_view(np.pad(lowest, half, mode="edge"), 2 * half + 1).min(axis=1)
    centres = (np.arange(blocks) + 0.5) * FLOOR_BLOCK_FRAMES
    floor_db: NDArray[np.float64] = np.interp(np.arange(len(level_db)), centres, quietest)
    return floor_db.astype(np.float32)


def _loud(above_db: NDArray[np.float32]) -> float:
    rank = min(len(above_db) - 1, max(round(LOUD_S / HOP_S), round(LOUD_SHARE * len(above_db))))
    return float(-np.partition(-above_db, rank)[rank])


def _span(start: int, stop: int) -> Span:
    # the hop of a frame lies in its middle
    offset_s = (FRAME_S - HOP_S) / 2
    return Span(start * HOP_S + offset_s, stop * HOP_S + offset_s)
