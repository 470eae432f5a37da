"""A sound of any length as a picture's worth of columns: envelope, spectrum in dB, cepstrum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Samples, Waveform

if TYPE_CHECKING:
    from sentisound.features.stft import Frames

COLUMNS = 600
"""At most so many columns: more than a picture of this size can show."""
N_FFT, HOP = 512, 128
CEPSTRUM_N_FFT, CEPSTRUM_HOP = 1024, 256
COEFFICIENTS = 13
RANGE_DB = 80.0


def envelope(samples: Samples, columns: int = COLUMNS) -> tuple[Samples, Samples]:
    """Return the least and the greatest sample of each column, two arrays of shape (columns,) or shorter."""
    starts = np.unique(np.linspace(0, len(samples), min(columns, len(samples)), endpoint=False).astype(np.intp))
    return np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)


def spectrum_db(waveform: Waveform) -> Frames:
    """Return the power in dB under the loudest bin, not below -80, shape (columns, bins).

    Where there are more frames than columns, a column is the mean power of its frames.
    """
    from sentisound.features.stft import power_to_db, stft_magnitude  # loads scipy: for those who draw

    powers = [_mean(stft_magnitude(part, N_FFT, HOP) ** 2, frames) for part, frames in _parts(waveform, HOP)]
    power = np.concatenate(powers)
    return power_to_db(power, ref=float(power.max()), top_db=RANGE_DB)


def cepstrum(waveform: Waveform) -> Frames:
    """Return mel-frequency cepstral coefficients 1 to 12, shape (columns, 12); the 0th is the level and left out."""
    from sentisound.features.cepstrum import mfcc
    from sentisound.features.stft import Spectrogram

    rate_hz = waveform.rate_hz
    tracks = [
        _mean(mfcc(Spectrogram(part, rate_hz, CEPSTRUM_N_FFT, CEPSTRUM_HOP), COEFFICIENTS), frames)
        for part, frames in _parts(waveform, CEPSTRUM_HOP)
    ]
    return np.concatenate(tracks)[:, 1:]


def _parts(waveform: Waveform, hop: int) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Yield stretches of a whole number of columns, a minute or so each, with the number of frames a column has."""
    frames = max(1, -(-len(waveform.samples) // hop // COLUMNS))
    column = frames * hop
    step = column * max(1, 60 * waveform.rate_hz // column)
    for start in range(0, len(waveform.samples), step):
        yield waveform.samples[start : start + step], frames


def _mean(values: Frames, frames: int) -> Frames:
    """Return the mean over every ``frames`` rows; the last mean may be over fewer."""
    starts = np.arange(0, max(1, len(values) - 1), frames)  # the very last frame is centred on the next stretch
    counts = np.diff(np.append(starts, len(values)))
    return np.asarray(np.add.reduceat(values, starts) / counts[:, None], dtype=np.float32)
