"""The voice every 10 ms: pitch, how harmonic and steady it is from period to period, and how loud.

``tracks`` returns it on one frame grid: frame ``i`` is centred on ``i * 10`` ms and there are ``n // hop + 1`` frames.
``cycles`` adds what is measured from one period to the next, which costs as much again as the pitch's candidates.
What only a voice has (F0, harmonics-to-noise ratio, jitter, shimmer) is 0 where there is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.features.perturbation import perturbation
from sentisound.features.pitch import HOP_S, Floats, centred_frames, track_pitch, without_offset
from sentisound.features.stft import Spectrogram, stft_magnitude

WINDOW_S = 0.025
LOWEST_NOTE_HZ = 27.5  # the lowest A of a piano: below every voice
QUIETEST_DB = -100.0
HNR_RANGE_DB = (-20.0, 40.0)
"""Beyond 40 dB rounding and interpolation are measured, not the voice."""
N_BANDS = 26
BAND_RANGE_HZ = (20.0, 8000.0)
LOUDNESS_EXPONENT = 0.3
"""Stevens's power law: sensation grows with intensity to the power 0.3."""


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The voice frame by frame: float32 arrays of shape (n // hop + 1,), a value every 10 ms."""

    f0_hz: Floats
    """Fundamental frequency, 60..750 Hz; 0 where unvoiced."""
    voicing: Floats
    """Height of the autocorrelation's peak below 4 kHz, 0 (noise, silence) to 1 (periodic); also where unvoiced."""
    hnr_db: Floats
    """Harmonics-to-noise ratio, -20..40 dB; 0 where unvoiced."""
    level_db: Floats
    """RMS over 25 ms in dB of full scale, -100 for silence."""
    loudness: Floats
    """Mean over auditory bands of power to the power 0.3: 0 for silence, 1 for white noise at full scale.

    It grows with the recording's level, twofold for 10 dB.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Cycles:
    """The voice from one period to the next, on the frames of ``Tracks``."""

    jitter: Floats
    """Difference of consecutive periods relative to their mean, 0..0.4 (0.01 is 1 %); 0 where unvoiced."""
    shimmer: Floats
    """Difference of consecutive amplitudes relative to their mean, 0..2; 0 where unvoiced."""


class VoiceSpectrogram(Spectrogram):
    """A spectrogram of 25 ms windows every 10 ms, on the frame grid of ``tracks``."""

    @classmethod
    def of(cls, samples: Samples, rate_hz: int = RATE_HZ) -> Self:
        """Return the spectrogram of sound without a constant offset."""
        width = round(WINDOW_S * rate_hz)
        n_fft = 2 ** math.ceil(math.log2(width))
        return cls(samples, rate_hz, n_fft, hop=round(HOP_S * rate_hz), window_length=width)

    @cached_property
    def magnitude(self) -> Floats:
        """The transform's absolute value, shape (frames, bins); the voice has no use for the phase."""
        return stft_magnitude(self.samples, self.n_fft, self.hop, self.window_length)

    @cached_property
    def full_scale(self) -> float:
        """What the power of all bins sums to, 0 Hz to half the rate, in a frame of RMS 1 (a Hann window keeps 3/8)."""
        return 3 / 16 * self.n_fft * (self.window_length or self.n_fft)

    @cached_property
    def bands(self) -> Floats:
        """Power in auditory (mel) bands, shape (frames, N_BANDS).

        White noise of RMS 1 that fills ``BAND_RANGE_HZ`` has 1 in each band, whatever the rate and the window.
        """
        high_hz = min(BAND_RANGE_HZ[1], self.rate_hz / 2)
        scale = np.float32(BAND_RANGE_HZ[1] / self.full_scale)
        return np.multiply(self.mel_bands(N_BANDS, BAND_RANGE_HZ[0], high_hz), scale)

    @cached_property
    def tracks(self) -> Tracks:
        """The voice's tracks on this spectrogram's frames."""
        return tracks_on(self)

    @cached_property
    def cycles(self) -> Cycles:
        """The voice's periods on this spectrogram's frames."""
        return Cycles(*perturbation(self.samples, self.tracks.f0_hz, self.rate_hz))


def semitones(f0_hz: Floats) -> Floats:
    """Return pitch in semitones above ``LOWEST_NOTE_HZ``; 0 where unvoiced."""
    above: Floats = 12 * np.log2(np.maximum(f0_hz, LOWEST_NOTE_HZ) / LOWEST_NOTE_HZ)
    return above


def tracks(samples: Samples, rate_hz: int = RATE_HZ) -> Tracks:
    """Measure the voice every 10 ms.

    Parameters
    ----------
    samples : (n,) float32
        Mono sound, full scale -1..1, of any length.
    rate_hz : int
        Sampling rate; 8000 and above.

    Returns
    -------
    Tracks
        Finite for every input; silence gives 0 everywhere and -100 dB.
    """
    return VoiceSpectrogram.of(without_offset(samples), rate_hz).tracks


def cycles(samples: Samples, rate_hz: int = RATE_HZ) -> Cycles:
    """Measure the voice's periods every 10 ms; parameters as of ``tracks``."""
    return VoiceSpectrogram.of(without_offset(samples), rate_hz).cycles


def tracks_on(spectrogram: VoiceSpectrogram) -> Tracks:
    """Measure the voice on a spectrogram that is at hand."""
    samples, rate_hz = spectrogram.samples, spectrogram.rate_hz
    pitch = track_pitch(samples, rate_hz)
    voiced = pitch.f0_hz > 0
    return Tracks(
        f0_hz=pitch.f0_hz,
        voicing=pitch.voicing,
        hnr_db=np.where(voiced, harmonicity_db(pitch.periodicity), np.float32(0)),
        level_db=level_db(samples, rate_hz),
        loudness=loudness(spectrogram.bands),
    )


def harmonicity_db(periodicity: Floats) -> Floats:
    """Return the harmonics-to-noise ratio in dB of autocorrelation peaks 0..1, ``10 log10(r / (1 - r))`` (Boersma)."""
    lowest, highest = (10 ** (db / 10) / (1 + 10 ** (db / 10)) for db in HNR_RANGE_DB)
    share = periodicity.clip(lowest, highest)
    return np.asarray(10 * np.log10(share / (1 - share)), np.float32)


def level_db(samples: Samples, rate_hz: int = RATE_HZ) -> Floats:
    """Return each frame's RMS over 25 ms in dB of full scale, -100 at least."""
    frames = centred_frames(samples, round(HOP_S * rate_hz), round(WINDOW_S * rate_hz))
    power = np.einsum("ij,ij->i", frames, frames) / np.float32(frames.shape[1])
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power, 1e-20)), QUIETEST_DB), np.float32)


def loudness(bands: Floats) -> Floats:
    """Return the loudness of each frame, the mean over ``bands`` of power to the power 0.3."""
    return np.asarray(np.power(bands, np.float32(LOUDNESS_EXPONENT)).mean(axis=1), np.float32)
