"""Sets that make one vector of a sound with librosa's descriptors: ``mfcc40``, ``spectral`` and ``statistical1020``.

Each is a tuple of names and a function from samples to as many values; ``sets`` registers them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sentisound.features import spectral
from sentisound.features.cepstrum import delta, mfcc
from sentisound.features.chroma import chroma
from sentisound.features.rhythm import onset_strength, rhythm, tempo
from sentisound.features.separation import separated
from sentisound.features.statistics import maximum, mean, minimum, moments, std
from sentisound.features.stft import Samples, Spectrogram

Vector = NDArray[np.float32]
"""Shape (size,), finite."""


def _numbered(name: str, count: int, first: int = 0) -> tuple[str, ...]:
    return tuple(f"{name}{index:0{len(str(count))}d}" for index in range(first, first + count))


def _crossed(columns: Iterable[str], functionals: str) -> tuple[str, ...]:
    """Name a (functionals, columns) array, read row by row."""
    columns = tuple(columns)
    return tuple(f"{column}.{functional}" for functional in functionals.split() for column in columns)


def _joined(*parts: NDArray[np.floating] | Iterable[float]) -> Vector:
    return np.concatenate([np.ravel(np.asarray(part)) for part in parts]).astype(np.float32)


PITCH_CLASSES = ("C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B")
CHROMA_NAMES = tuple(f"chroma_{pitch}" for pitch in PITCH_CLASSES)

MFCC40_NAMES = _crossed(_numbered("mfcc", 40), "mean")

SPECTRAL_TRACKS = (
    *_numbered("mfcc", 13),
    *CHROMA_NAMES,
    *("centroid_hz", "bandwidth_hz", "rolloff_hz", "zero_crossing", "rms"),
)
SPECTRAL_NAMES = (*_crossed(SPECTRAL_TRACKS, "mean std"), "tempo_bpm")
"""61: mean and standard deviation of 30 tracks, and the tempo."""

STATISTICAL_NAMES = (
    *_crossed(["wave"], "mean std skewness kurtosis max min"),
    *("zero_crossing.mean", "rms.mean", "rms.std"),
    *(f"{track}.{functional}" for track in ("flatness", "contrast", "chroma") for functional in ("mean", "std")),
    *_crossed(
        (*_numbered("mfcc", 40), *_numbered("mfcc_de", 40), *_numbered("mfcc_dede", 40)), "mean std skewness kurtosis"
    ),
    *("tempo_bpm", "beats", "onset_strength.mean"),
    *("harmonic.mean", "harmonic.std", "percussive.mean", "percussive.std"),
    *_crossed(_numbered("mel_db", 128), "mean std max min"),
    *_crossed(("centroid_hz", "rolloff_hz", "bandwidth_hz"), "mean std"),
)
"""1020: 9 of the waveform, 6 of the spectrum, 480 of MFCC, 3 of rhythm, 4 of parts, 512 of mel bands, 6 of moments."""


def mfcc40(samples: Samples, rate_hz: int) -> Vector:
    """Return the mean over time of 40 MFCC with librosa's defaults, shape (40,): the original system's features."""
    return mean(mfcc(Spectrogram(samples, rate_hz), 40)).astype(np.float32)


def spectral61(samples: Samples, rate_hz: int) -> Vector:
    """Return mean and standard deviation of timbre, harmony and energy, and the tempo, shape (61,)."""
    spectrogram = Spectrogram(samples, rate_hz)
    single = (
        spectral.centroid(spectrogram),
        spectral.bandwidth(spectrogram),
        spectral.rolloff(spectrogram),
        spectral.zero_crossing_rate(samples),
        spectral.rms(samples),
    )
    tracks = np.column_stack((mfcc(spectrogram, 13), chroma(spectrogram), *single))
    tempo_bpm = tempo(onset_strength(spectrogram), spectrogram.frame_rate_hz)
    return _joined(mean(tracks), std(tracks), [tempo_bpm])


def statistical1020(samples: Samples, rate_hz: int) -> Vector:
    """Return statistics of everything that librosa has for speech, shape (1020,); ``STATISTICAL_NAMES`` tells which."""
    spectrogram = Spectrogram(samples, rate_hz)
    return _joined(
        _of_waveform(samples),
        _of_spectrum(spectrogram),
        _of_cepstrum(spectrogram),
        _of_rhythm(spectrogram),
        _of_parts(spectrogram),
        *(functional(spectrogram.mel_db) for functional in (mean, std, maximum, minimum)),
        _of_moments(spectrogram),
    )


def _of_waveform(samples: Samples) -> Vector:
    wave, rms = samples[:, np.newaxis], spectral.rms(samples)
    crossing = spectral.zero_crossing_rate(samples)
    return _joined(moments(wave), maximum(wave), minimum(wave), [crossing.mean(), rms.mean(), rms.std()])


def _of_spectrum(spectrogram: Spectrogram) -> Vector:
    tracks = (spectral.flatness(spectrogram), spectral.contrast(spectrogram), chroma(spectrogram))
    return _joined(*([track.mean(), track.std()] for track in tracks))


def _of_cepstrum(spectrogram: Spectrogram) -> Vector:
    cepstrum = mfcc(spectrogram, 40)
    return _joined(moments(np.column_stack((cepstrum, delta(cepstrum), delta(cepstrum, order=2)))))


def _of_rhythm(spectrogram: Spectrogram) -> Vector:
    found = rhythm(spectrogram)
    return _joined([found.tempo_bpm, len(found.beats), onset_strength(spectrogram).mean()])


def _of_parts(spectrogram: Spectrogram) -> Vector:
    return _joined(*([part.mean(dtype=np.float64), part.std()] for part in separated(spectrogram)))


def _of_moments(spectrogram: Spectrogram) -> Vector:
    tracks = np.column_stack(
        (spectral.centroid(spectrogram), spectral.rolloff(spectrogram), spectral.bandwidth(spectrogram))
    )
    return _joined(mean(tracks), std(tracks))
