"""Low-level descriptors of the ``wide`` set: 64 tracks of every frame and 4 of voiced ones, every 10 ms.

All come from one spectrogram of 25 ms windows, shared with the pitch tracker. Levels are natural logarithms of power;
frequencies are in kHz, so that the tracks have values of one order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.features import spectral
from sentisound.features.filterbanks import dct_filters
from sentisound.features.stft import Frames, parts
from sentisound.features.voice import LOUDNESS_EXPONENT, N_BANDS, VoiceSpectrogram, semitones

Track = NDArray[np.float32]
"""One value a frame, shape (frames,)."""

QUIET = np.float32(1e-6)
"""Power that is added before a logarithm, -60 dB of full scale: below it there is the room, not the voice.

With the level normalised this is 34 dB below the speech. A lower floor lets models learn the noise of the studio.
"""

N_MFCC = 14
_BLOCK = 128  # frames at a time: what stays in the cache is faster, and no memory goes back to the system
ROLLOFFS = (0.25, 0.5, 0.75, 0.9)
BANDS_KHZ = ((0.05, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 8.1))

SHAPE_NAMES = ("centroid", "spread", "skewness", "kurtosis", "entropy", *(f"rolloff{100 * r:.0f}" for r in ROLLOFFS))
LEVEL_NAMES = ("energy", "loudness", "sharpness", "flux", "mel_flux", "slope", "flatness")
BALANCE_NAMES = (*(f"band{index}" for index in range(len(BANDS_KHZ))), "alpha_ratio")

FRAME_NAMES = (
    *(f"mel{band:02d}" for band in range(N_BANDS)),
    *(f"mfcc{index:02d}" for index in range(1, N_MFCC + 1)),
    *SHAPE_NAMES,
    *LEVEL_NAMES,
    *BALANCE_NAMES,
    *("zero_crossing", "voicing"),
)
OUTLINE_NAMES = (*SHAPE_NAMES, "sharpness", "flatness", "zero_crossing")
"""Of the outline of the whole spectrum. A faint whine that nobody minds moves them as far as emotions do."""
CYCLE_NAMES = ("jitter", "shimmer")
VOICE_NAMES = ("f0_semitones", "hnr_db", *CYCLE_NAMES)


@dataclass(frozen=True, slots=True, eq=False)
class Descriptors:
    """The tracks of one sound."""

    frames: Frames
    """Shape (frames, len(FRAME_NAMES)), float32; less the columns of ``OUTLINE_NAMES`` where it is not measured."""
    voice: Frames
    """Of voiced frames only, shape (voiced frames, len(VOICE_NAMES)), float32; less the cycles where not ``fine``."""
    voiced: NDArray[np.bool_]
    """Which frames are voiced, shape (frames,)."""


def descriptors(spectrogram: VoiceSpectrogram, *, fine: bool = True, outline: bool = True) -> Descriptors:
    """Measure all tracks of a sound; one frame every 10 ms, ``n // hop + 1`` of them, all finite.

    ``fine`` measures the voice's cycles, the columns of ``CYCLE_NAMES``; ``outline`` those of ``OUTLINE_NAMES``.
    """
    voice = spectrogram.tracks
    mel = np.log(spectrogram.bands + QUIET)
    parts = (
        mel,
        mel @ dct_filters(N_BANDS, N_MFCC + 1)[:, 1:],
        *((_shape(spectrogram),) if outline else ()),
        _levels(spectrogram, mel, outline),
        _balance(spectrogram),
        *((_crossing(spectrogram),) if outline else ()),
        voice.voicing[:, np.newaxis],
    )
    voiced = voice.f0_hz > 0
    return Descriptors(np.hstack(parts).astype(np.float32), _voice(spectrogram, fine)[voiced], voiced)


def _crossing(spectrogram: VoiceSpectrogram) -> Frames:
    rate = spectral.zero_crossing_rate(spectrogram.samples, spectrogram.window_length or 0, spectrogram.hop)
    return np.asarray(rate)[:, np.newaxis]


def _voice(spectrogram: VoiceSpectrogram, fine: bool) -> Frames:
    voice = spectrogram.tracks
    cycles = (spectrogram.cycles.jitter, spectrogram.cycles.shimmer) if fine else ()
    return np.column_stack((semitones(voice.f0_hz), voice.hnr_db, *cycles))


def _bins_khz(spectrogram: VoiceSpectrogram) -> Track:
    return np.asarray(spectrogram.bins_hz / 1000, dtype=np.float32)


def _shape(spectrogram: VoiceSpectrogram) -> Frames:
    """Return the columns of ``SHAPE_NAMES``: moments, entropy and quantiles of power over frequency."""
    power, khz = spectrogram.power, _bins_khz(spectrogram)
    return np.concatenate([_shape_of(power[part], khz) for part in parts(len(power), _BLOCK)])


def _shape_of(power: Frames, khz: Track) -> Frames:
    power = power / np.maximum(power.sum(axis=1, keepdims=True), 1e-9)
    centroid = power @ khz
    distance = khz - centroid[:, np.newaxis]
    square = distance * distance
    factors = (square, square * distance, square * square)
    second, third, fourth = (np.einsum("fb,fb->f", power, factor) for factor in factors)
    spread = np.sqrt(second + 1e-6)
    entropy = -np.einsum("fb,fb->f", power, np.log(power + 1e-12))
    below = np.cumsum(power, axis=1)
    rolloffs = [khz[np.argmax(below >= share, axis=1)] for share in ROLLOFFS]
    return np.column_stack((centroid, spread, third / spread**3, fourth / spread**4, entropy, *rolloffs))


def _levels(spectrogram: VoiceSpectrogram, mel: Frames, outline: bool) -> Frames:
    """Return the columns of ``LEVEL_NAMES``, less those of the outline where it is not measured."""
    khz = _bins_khz(spectrogram)
    centred = khz - khz.mean()
    loudness = spectrogram.bands**LOUDNESS_EXPONENT
    total = loudness.sum(axis=1)
    length = np.sqrt(spectrogram.power.sum(axis=1, keepdims=True))
    sharpness = (loudness @ np.arange(N_BANDS, dtype=np.float32) / (total + 1e-6),) if outline else ()
    flatness = (np.log(spectral.flatness(spectrogram) + 1e-8),) if outline else ()
    return np.column_stack(
        (
            _log_power(spectrogram, spectrogram.power.sum(axis=1)),
            total,
            *sharpness,
            _step_length(spectrogram.magnitude / (length + 1e-6)),
            _step_length(mel) / np.sqrt(N_BANDS),
            _log_power(spectrogram, spectrogram.power) @ (centred / (centred @ centred)),
            *flatness,
        )
    )


def _balance(spectrogram: VoiceSpectrogram) -> Frames:
    """Return the columns of ``BALANCE_NAMES``: bands relative to the whole, and 1-5 kHz over what is below."""
    total = _log_power(spectrogram, spectrogram.power.sum(axis=1))
    bands = [_band(spectrogram, *edges) - total for edges in BANDS_KHZ]
    return np.column_stack((*bands, _band(spectrogram, 1.0, 5.0) - _band(spectrogram, 0.05, 1.0)))


def _band(spectrogram: VoiceSpectrogram, low_khz: float, high_khz: float) -> Track:
    first, last = np.searchsorted(spectrogram.bins_hz, (1000 * low_khz, 1000 * high_khz))
    return _log_power(spectrogram, spectrogram.power[:, first:last].sum(axis=1))


def _log_power(spectrogram: VoiceSpectrogram, power: Frames | Track) -> Frames:
    """Return the logarithm of power relative to full scale."""
    return np.asarray(np.log(power * np.float32(1 / spectrogram.full_scale) + QUIET))


def _step_length(frames: Frames) -> Track:
    """Return the distance of each frame from the one before; the first has none."""
    step = np.diff(frames, axis=0, prepend=frames[:1])
    return np.asarray(np.sqrt(np.einsum("fc,fc->f", step, step)))
