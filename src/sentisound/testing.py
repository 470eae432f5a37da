"""Speech-like signals for tests: nobody's voice, made from a seed, with known pitch, pauses and level.

A glottal pulse train runs through the formants of four vowels, is shaped into syllables and interrupted by pauses.
It is no more than a caricature of speech, yet pitch, spectrum, envelope and pauses are where an analysis expects them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

VOWELS_HZ = ((730.0, 1090.0, 2440.0), (270.0, 2290.0, 3010.0), (300.0, 870.0, 2240.0), (530.0, 1840.0, 2480.0))
"""First three formants of /a i u e/ as spoken by men (Peterson & Barney, 1952)."""

BANDWIDTHS_HZ = (80.0, 100.0, 140.0)


def speech_like(
    duration_s: float,
    rate_hz: int,
    rng: np.random.Generator,
    *,
    f0_hz: float = 140.0,
    f0_range_semitones: float = 4.0,
    syllables_per_s: float = 4.0,
    pause_share: float = 0.2,
    noise_db: float = -55.0,
    level_db: float = -20.0,
) -> Samples:
    """Make a signal that looks like speech to an analysis.

    Parameters
    ----------
    duration_s
        Length in seconds.
    rate_hz
        Sampling rate in Hz, 8000 or more.
    rng
        Source of all randomness: the same state gives the same samples.
    f0_hz, f0_range_semitones
        Mean pitch, and how far its slow contour swings in all, in semitones; 0 is a monotone.
    syllables_per_s, pause_share
        Rate of the syllables and the share of them that are silent, 0..1.
    noise_db
        RMS of the white noise under everything, in dB below full scale; ``-inf`` for none.
    level_db
        RMS of the voice where it sounds, in dB below full scale.

    Returns
    -------
    ndarray, shape (round(duration_s * rate_hz),), float32
        Samples within -1..1.
    """
    n_samples = round(duration_s * rate_hz)
    time_s = np.arange(n_samples) / rate_hz
    n_syllables = max(1, int(np.ceil(duration_s * syllables_per_s)))
    syllable = np.minimum((time_s * syllables_per_s).astype(int), n_syllables - 1)
    voice = _voice(_pitch(time_s, f0_hz, f0_range_semitones, rng), syllable, rate_hz, rng)
    envelope = _envelope(time_s * syllables_per_s % 1.0, syllable, n_syllables, pause_share, rng)
    noise = 10 ** (noise_db / 20) * rng.standard_normal(n_samples)
    return np.clip(_levelled(voice * envelope, envelope, level_db) + noise, -1, 1).astype(np.float32)


def tone(duration_s: float, rate_hz: int, frequency_hz: float, level_db: float = -20.0) -> Samples:
    """Make a sine of ``frequency_hz`` whose RMS is ``level_db`` below full scale; shape (n,), float32."""
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    amplitude = np.sqrt(2) * 10 ** (level_db / 20)
    return np.asarray(amplitude * np.sin(2 * np.pi * frequency_hz * time_s), dtype=np.float32)


def _pitch(
    time_s: NDArray[np.float64], f0_hz: float, range_semitones: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a slow contour of pitch in Hz: one wave of intonation every two seconds or so."""
    phase = rng.uniform(0, 2 * np.pi)
    semitones = 0.5 * range_semitones * np.sin(2 * np.pi * 0.5 * time_s + phase)
    contour: NDArray[np.float64] = f0_hz * 2 ** (semitones / 12)
    return contour


def _voice(
    pitch_hz: NDArray[np.float64], syllable: NDArray[np.int_], rate_hz: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Excite the vowels' formants with one pulse a glottal period; each syllable draws its vowel."""
    cycles = np.cumsum(pitch_hz / rate_hz)
    pulses = np.diff(np.floor(cycles), prepend=0.0)
    tract = np.array([_formants(pulses, vowel, rate_hz) for vowel in VOWELS_HZ])
    drawn = rng.integers(len(VOWELS_HZ), size=1 + int(syllable.max(initial=0)))
    voice: NDArray[np.float64] = tract[drawn[syllable], np.arange(len(syllable))]
    return voice


def _formants(pulses: NDArray[np.float64], formants_hz: tuple[float, ...], rate_hz: int) -> NDArray[np.float64]:
    """Filter by the glottis (-12 dB an octave), the lips (+6 dB) and a cascade of resonances."""
    from scipy.signal import lfilter

    sound = lfilter([1.0, -1.0], np.convolve([1.0, -0.96], [1.0, -0.96]), pulses)
    for centre_hz, width_hz in zip(formants_hz, BANDWIDTHS_HZ, strict=True):
        radius = np.exp(-np.pi * width_hz / rate_hz)
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * centre_hz / rate_hz), radius**2]
        sound = lfilter([sum(poles)], poles, sound)
    return np.asarray(sound, dtype=np.float64)


def _envelope(
    position: NDArray[np.float64],
    syllable: NDArray[np.int_],
    n_syllables: int,
    pause_share: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Shape each syllable as a raised sine with its own stress; ``position`` runs 0..1 within a syllable."""
    stress = rng.uniform(0.5, 1.0, n_syllables)
    silent = rng.permutation(n_syllables)[: min(n_syllables - 1, round(pause_share * n_syllables))]
    stress[silent] = 0.0
    envelope: NDArray[np.float64] = stress[syllable] * np.sin(np.pi * position) ** 0.7
    return envelope


def _levelled(sound: NDArray[np.float64], envelope: NDArray[np.float64], level_db: float) -> NDArray[np.float64]:
    """Scale so that the RMS where the envelope is open is ``level_db`` below full scale."""
    sounding = sound[envelope > 0]
    rms = np.sqrt(np.mean(sounding**2)) if sounding.size else 0.0
    return sound * (10 ** (level_db / 20) / rms) if rms > 0 else sound
