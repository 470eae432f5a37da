"""The outline of a sound: what a page draws of it, the same size for a second and for an hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Samples, Waveform

WINDOW = 512  # 32 ms at 16 kHz: formants and the pulses of a voice show alike
FLOOR_DB, CEILING_DB = -70.0, 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Peaks and a glimpse of the spectrum for each column of a picture."""

    duration_s: float
    low: NDArray[np.float32]
    """Lowest sample of each column, shape (n,), -1..1."""
    high: NDArray[np.float32]
    """Highest sample of each column, shape (n,), -1..1."""
    spectrum: NDArray[np.uint8]
    """Level of each band in the middle of each column, shape (n, bands), lowest first: 0 is -70 dB, 255 is 0 dB."""
    top_hz: float
    """Upper edge of the highest band; bands are equally wide on the mel scale."""


def outline(waveform: Waveform, columns: int, bands: int) -> Outline:
    """Return the outline of a sound.

    Parameters
    ----------
    columns, bands : int
        How many of both; a sound with fewer samples than columns has as many columns as samples.

    Notes
    -----
    The spectrum is looked at once a column instead of everywhere, so that an hour costs no more than a minute.
    """
    columns = max(1, min(columns, len(waveform.samples)))
    samples = waveform.samples if len(waveform.samples) else np.zeros(1, np.float32)
    starts = np.linspace(0, len(samples), columns, endpoint=False).astype(np.intp)
    top_hz = waveform.rate_hz / 2
    return Outline(
        duration_s=waveform.duration_s,
        low=np.minimum.reduceat(samples, starts),
        high=np.maximum.reduceat(samples, starts),
        spectrum=_glimpses(samples, starts, _band_edges(bands, top_hz)),
        top_hz=top_hz,
    )


def _glimpses(samples: Samples, starts: NDArray[np.intp], edges: NDArray[np.intp]) -> NDArray[np.uint8]:
    middles = starts + len(samples) // (2 * len(starts))
    places = middles[:, None] + np.arange(-WINDOW // 2, WINDOW // 2)
    inside = (places >= 0) & (places < len(samples))
    window = np.hanning(WINDOW).astype(np.float32)
    frames = np.where(inside, samples[np.clip(places, 0, len(samples) - 1)], np.float32(0)) * window
    magnitudes = np.abs(np.fft.rfft(frames)) / (window.sum() / 2)  # a full-scale sine is 0 dB
    levels_db = 20 * np.log10(np.maximum.reduceat(magnitudes, edges, axis=1) + 1e-9)
    shares = (levels_db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)
    return np.asarray(np.round(255 * np.clip(shares, 0, 1)), dtype=np.uint8)


def _band_edges(bands: int, top_hz: float) -> NDArray[np.intp]:
    """Return the first bin of each band; mel as in O'Shaughnessy (1987), each band one bin at least."""
    mels = np.linspace(0, 2595 * np.log10(1 + top_hz / 700), bands, endpoint=False)
    bins = np.floor((700 * (10 ** (mels / 2595) - 1)) / top_hz * (WINDOW // 2)).astype(np.intp)
    return np.maximum(bins, np.arange(bins.size))
