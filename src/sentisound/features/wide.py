"""The ``wide`` set: thousands of functionals for strongly regularised linear models, in the spirit of ComParE.

68 descriptors, smoothed over three frames, and their deltas, each in 31 functionals; four numbers of the rhythm of
voicing; and the ``prosodic`` set: 4310 values. Voice descriptors are taken of voiced frames alone, one voiced frame
next to the other.

The set ``broad`` is ``wide`` without what is measured of single periods, partials and formants: 4160 of its values, as
they are there, in two thirds of the time. ``sturdy`` is ``broad`` without the outline of the spectrum too, 3416 values:
a faint whine or hiss moves centroids and roll-offs as far as emotions do, and a model gains nothing by them.

Names are ``descriptor.functional``, as in ``mel07_de.p95``: the 95th percentile of the delta of the eighth mel band.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentisound.features.descriptors import CYCLE_NAMES, FRAME_NAMES, OUTLINE_NAMES, VOICE_NAMES, descriptors
from sentisound.features.functionals import FUNCTIONAL_NAMES, functionals
from sentisound.features.pitch import without_offset
from sentisound.features.prosody import COARSE_NAMES, PROSODIC_NAMES, prosodic_on
from sentisound.features.stft import Frames, Samples
from sentisound.features.voice import VoiceSpectrogram

FEWEST_FRAMES = 5
"""Frames below which tracks are continued by their last value, and a voice is not believed."""

DELTA_REACH = 2
"""Frames either side that a delta looks at."""

VOICING_NAMES = ("voiced.share", "voiced.stretches", "voiced.length_mean", "voiced.length_std")
"""Share of frames that are voiced; stretches a frame; mean and deviation of their length in frames."""


def _crossed(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}.{functional}" for functional in FUNCTIONAL_NAMES for name in names)


def _with_deltas(names: tuple[str, ...]) -> tuple[str, ...]:
    return (*names, *(f"{name}_de" for name in names))


def _names(frames: tuple[str, ...], voice: tuple[str, ...], prosody: tuple[str, ...]) -> tuple[str, ...]:
    tracks = _crossed(_with_deltas(frames)) + _crossed(_with_deltas(voice))
    return (*tracks, *VOICING_NAMES, *(f"prosodic.{name}" for name in prosody))


_COARSE_VOICE = VOICE_NAMES[: -len(CYCLE_NAMES)]
_INNER_NAMES = tuple(name for name in FRAME_NAMES if name not in OUTLINE_NAMES)

WIDE_NAMES = _names(FRAME_NAMES, VOICE_NAMES, PROSODIC_NAMES)
BROAD_NAMES = _names(FRAME_NAMES, _COARSE_VOICE, COARSE_NAMES)
STURDY_NAMES = _names(_INNER_NAMES, _COARSE_VOICE, COARSE_NAMES)


def wide(samples: Samples, rate_hz: int, *, fine: bool = True, outline: bool = True) -> NDArray[np.float32]:
    """Return the values of ``WIDE_NAMES``, shape (4310,), finite.

    Where not ``fine``, those of ``BROAD_NAMES``, (4160,); without ``outline`` either, of ``STURDY_NAMES``, (3416,).

    Parameters
    ----------
    samples
        Mono sound, shape (n,), best without silence around it: silence would weigh in every functional.
    rate_hz
        Sampling rate; the set is registered at 16 kHz.
    """
    spectrogram = VoiceSpectrogram.of(without_offset(samples), rate_hz)
    found = descriptors(spectrogram, fine=fine, outline=outline)
    voice = found.voice
    if len(voice) < FEWEST_FRAMES:
        voice = np.zeros((FEWEST_FRAMES, voice.shape[1]), np.float32)
    crossed = (functionals(_tracks(found.frames)), functionals(_tracks(voice)))
    singles = [_voicing(found.voiced), prosodic_on(spectrogram, fine=fine)]
    return np.concatenate([part.ravel() for part in crossed] + singles).astype(np.float32)


def _tracks(frames: Frames) -> Frames:
    """Return the smoothed frames and, beside them, their deltas."""
    frames = np.pad(frames, ((0, max(0, FEWEST_FRAMES - len(frames))), (0, 0)), mode="edge")
    padded = np.pad(frames, ((1, 1), (0, 0)), mode="edge")
    smooth = np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3, dtype=np.float32)
    return np.hstack((smooth, _delta(smooth)))


def _delta(frames: Frames) -> Frames:
    """Return the least-squares slope over five frames, the edges continued."""
    padded = np.pad(frames, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    return np.asarray((2 * (padded[4:] - padded[:-4]) + padded[3:-1] - padded[1:-3]) / 10)


def _voicing(voiced: NDArray[np.bool_]) -> NDArray[np.float64]:
    edges = np.flatnonzero(np.diff(np.pad(voiced.astype(np.int8), 1)))
    lengths = np.diff(edges)[::2]
    spread = (lengths.mean(), lengths.std()) if lengths.size else (0.0, 0.0)
    return np.array([voiced.mean(), lengths.size / len(voiced), *spread])
