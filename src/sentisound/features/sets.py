"""The named feature sets: the one door to this room, for training and for serving alike.

===================  =====  ======  ============================================================================
name                 rate   values  what
===================  =====  ======  ============================================================================
``mfcc40``           22.05  40      mean of 40 MFCC: the original system's features
``spectral``         22.05  61      mean and standard deviation of timbre, harmony and energy; the tempo
``statistical1020``  22.05  1020    statistics of librosa's whole palette; parameter ``rate_hz``
``prosodic``         16     90      melody, loudness, voice, timbre and timing; parameter ``normalise``
``wide``             16     4310    functionals of 68 descriptors and ``prosodic``; parameter ``normalise``
``broad``            16     4160    ``wide`` less jitter, shimmer, partials and formants; parameter ``normalise``
``sturdy``           16     3416    ``broad`` less the outline of the spectrum; parameter ``normalise``
``logmel``           16     frames  log-mel bands for networks; parameters ``n_mels``, ``window_ms``, ``hop_ms`` ...
``mix``              16     frames  mel bands, MFCC, centroid, chroma, zero crossing: the originals' mix, for networks
``waveform``         16     frames  the samples themselves, for wav2vec2 and its kin; parameter ``normalise``
``whisper_mel``      16     frames  Whisper's log-mel bands, at most 30 s; parameter ``n_mels``, 80 or 128
===================  =====  ======  ============================================================================

Rates are in kHz. A set takes sound at any rate and resamples it itself. Its values are finite for every sound of one
sample or more. When the values of a set change, its ``version`` does.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.resample import resample
from sentisound.audio.waveform import RATE_HZ, Waveform
from sentisound.errors import BadFeatureParameters, UnknownFeatureSet
from sentisound.features import vectors
from sentisound.features.encoder_inputs import WHISPER_BANDS, WHISPER_RATE_HZ, WaveformFrames, WhisperMel
from sentisound.features.logmel import LogMel
from sentisound.features.original_frames import OriginalFrames
from sentisound.features.prosody import PROSODIC_NAMES, prosodic
from sentisound.features.wide import BROAD_NAMES, STURDY_NAMES, WIDE_NAMES, wide

LIBROSA_RATE_HZ = 22_050
"""The rate to which librosa resamples unless told otherwise, and so that of the sets that come from it."""

LEVEL_DB = -26.0
"""RMS of an utterance after ``normalise``, dB of full scale: the usual level of speech in tests of codecs."""

QUIETEST_RMS = 1e-9

LOUDEST = 1e6
"""Samples are clipped here: 120 dB above full scale, where no converter reaches and every power is still a float."""


Compute = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From samples at a set's rate, shape (n,), to its values."""


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """What a model hears of a sound: so many numbers, each with a name."""

    name: str
    version: int
    """Grows by one when the same sound gives other values."""
    rate_hz: int
    """The rate at which the features are computed."""
    names: tuple[str, ...]
    """One name a value; for ``frames``, one a column."""
    kind: Literal["vector", "frames"]
    """``vector``: shape (size,). ``frames``: shape (frames, size), the number of frames grows with duration."""
    compute: Compute
    """From samples at ``rate_hz`` to the values."""

    @property
    def size(self) -> int:
        """Number of values, or of columns."""
        return len(self.names)

    def extract(self, waveform: Waveform) -> NDArray[np.float32]:
        """Compute the features of a sound of one sample or more, at any rate; finite, float32."""
        samples = np.clip(resample(waveform, self.rate_hz).samples, -LOUDEST, LOUDEST)
        return self.compute(samples if len(samples) else np.zeros(1, dtype=np.float32))


def feature_set(name: str, parameters: Mapping[str, Any] | None = None) -> FeatureSet:
    """Return the set of this name.

    Parameters
    ----------
    name
        A key of ``SETS``.
    parameters
        Keyword arguments of its builder, for the sets that take any.

    Raises
    ------
    UnknownFeatureSet
        When there is no such set; the message lists the names.
    BadFeatureParameters
        When the set does not take a parameter, or not with that value.
    """
    if name not in SETS:
        raise UnknownFeatureSet(f"there is no feature set {name!r}; there are {', '.join(SETS)}")
    builder = SETS[name]
    taken = inspect.signature(builder).parameters
    return builder(**{key: _checked(name, key, value, taken) for key, value in (parameters or {}).items()})


def _checked(name: str, key: str, value: Any, taken: Mapping[str, inspect.Parameter]) -> Any:
    if key not in taken:
        offer = f"it takes {', '.join(taken)}" if taken else "it takes none"
        raise BadFeatureParameters(f"feature set {name!r} has no parameter {key!r}; {offer}")
    wanted = type(taken[key].default)
    fits = isinstance(value, (int, float) if wanted is float else wanted) and isinstance(value, bool) == (
        wanted is bool
    )
    if not fits:
        raise BadFeatureParameters(f"{name}: {key} must be {wanted.__name__}, not {value!r}")
    return wanted(value)


def _within(name: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise BadFeatureParameters(f"{name} must be from {lowest:g} to {highest:g}, not {value:g}")


def _levelled(compute: Compute, normalise: bool) -> Compute:
    """Bring sound to ``LEVEL_DB`` first: how far a speaker sat from the microphone is no emotion."""
    return (lambda samples: compute(at_level(samples, LEVEL_DB))) if normalise else compute


def at_level(samples: NDArray[np.float32], level_db: float) -> NDArray[np.float32]:
    """Return samples scaled to an RMS level in dB of full scale; silence stays silence."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return samples * np.float32(10 ** (level_db / 20) / rms) if rms > QUIETEST_RMS else samples


def _mfcc40() -> FeatureSet:
    compute = partial(vectors.mfcc40, rate_hz=LIBROSA_RATE_HZ)
    return FeatureSet("mfcc40", 1, LIBROSA_RATE_HZ, vectors.MFCC40_NAMES, "vector", compute)


def _spectral() -> FeatureSet:
    compute = partial(vectors.spectral61, rate_hz=LIBROSA_RATE_HZ)
    return FeatureSet("spectral", 1, LIBROSA_RATE_HZ, vectors.SPECTRAL_NAMES, "vector", compute)


def _statistical1020(rate_hz: int = LIBROSA_RATE_HZ) -> FeatureSet:
    """Build the set; below 16 kHz the spectral contrast would lack its upper octaves."""
    _within("rate_hz", rate_hz, 16_000, 192_000)
    compute = partial(vectors.statistical1020, rate_hz=rate_hz)
    return FeatureSet("statistical1020", 1, rate_hz, vectors.STATISTICAL_NAMES, "vector", compute)


def _prosodic(normalise: bool = True) -> FeatureSet:
    compute = _levelled(partial(prosodic, rate_hz=RATE_HZ), normalise)
    return FeatureSet("prosodic", 1, RATE_HZ, PROSODIC_NAMES, "vector", compute)


def _wide(normalise: bool = True) -> FeatureSet:
    return FeatureSet("wide", 2, RATE_HZ, WIDE_NAMES, "vector", _levelled(partial(wide, rate_hz=RATE_HZ), normalise))


def _broad(normalise: bool = True) -> FeatureSet:
    compute = _levelled(partial(wide, rate_hz=RATE_HZ, fine=False), normalise)
    return FeatureSet("broad", 1, RATE_HZ, BROAD_NAMES, "vector", compute)


def _sturdy(normalise: bool = True) -> FeatureSet:
    compute = _levelled(partial(wide, rate_hz=RATE_HZ, fine=False, outline=False), normalise)
    return FeatureSet("sturdy", 1, RATE_HZ, STURDY_NAMES, "vector", compute)


def _logmel(
    n_mels: int = 64,
    window_ms: float = 25.0,
    hop_ms: float = 10.0,
    fmin_hz: float = 20.0,
    fmax_hz: float = RATE_HZ / 2,
    normalise: bool = True,
    floor_db: float = math.inf,
) -> FeatureSet:
    """Build the set; ``normalise`` and ``floor_db`` are as of ``LogMel``."""
    for name, value, lowest, highest in (
        ("n_mels", n_mels, 1, 256),
        ("window_ms", window_ms, 1, 1000),
        ("hop_ms", hop_ms, 1, 1000),
        ("fmin_hz", fmin_hz, 0, RATE_HZ / 2 - 1),
        ("fmax_hz", fmax_hz, fmin_hz + 1, RATE_HZ / 2),
        ("floor_db", floor_db, 0, math.inf),
    ):
        _within(name, value, lowest, highest)
    compute = LogMel(RATE_HZ, n_mels, window_ms, hop_ms, fmin_hz, fmax_hz, normalise, floor_db)
    if compute.empty_bands:
        raise BadFeatureParameters(
            f"{compute.empty_bands} of {n_mels} mel bands hold no frequency: take fewer, or a longer window"
        )
    names = tuple(f"logmel{band:03d}" for band in range(n_mels))
    return FeatureSet("logmel", 1, RATE_HZ, names, "frames", compute)


def _waveform(normalise: bool = True) -> FeatureSet:
    return FeatureSet("waveform", 1, RATE_HZ, ("sample",), "frames", WaveformFrames(normalise))


def _whisper_mel(n_mels: int = 80) -> FeatureSet:
    if n_mels not in WHISPER_BANDS:
        raise BadFeatureParameters(f"n_mels must be {' or '.join(map(str, WHISPER_BANDS))}, not {n_mels}")
    names = tuple(f"whisper{band:03d}" for band in range(n_mels))
    return FeatureSet("whisper_mel", 1, WHISPER_RATE_HZ, names, "frames", WhisperMel(n_mels))


def _mix(n_mels: int = 64, n_mfcc: int = 20, normalise: bool = True) -> FeatureSet:
    """Build the set; ``normalise`` subtracts from each column its mean over the utterance."""
    _within("n_mels", n_mels, 1, 128)
    _within("n_mfcc", n_mfcc, 1, 128)
    compute = OriginalFrames(RATE_HZ, n_mels, n_mfcc, normalise)
    return FeatureSet("mix", 1, RATE_HZ, compute.names, "frames", compute)


SETS: dict[str, Callable[..., FeatureSet]] = {
    "mfcc40": _mfcc40,
    "spectral": _spectral,
    "statistical1020": _statistical1020,
    "prosodic": _prosodic,
    "wide": _wide,
    "broad": _broad,
    "sturdy": _sturdy,
    "logmel": _logmel,
    "mix": _mix,
    "waveform": _waveform,
    "whisper_mel": _whisper_mel,
}
"""Builders by name; their keyword arguments are the parameters of the set."""
