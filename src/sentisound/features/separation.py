"""Harmonic and percussive parts of a sound, by median filters along time and along frequency (Fitzgerald, 2010)."""

from __future__ import annotations

import numpy as np

from sentisound.features.median import sliding_median
from sentisound.features.stft import Frames, Samples, Spectrogram, istft

KERNEL = 31
"""Frames, and bins, that a median looks at."""


def harmonic_mask(magnitude: Frames) -> Frames:
    """Return each bin's harmonic share, 0..1; the rest of it is percussive.

    Wiener's mask between the medians over time (what lasts) and over frequency (what is broad), with the square of
    magnitude as in ``librosa.decompose.hpss``; a half where both are nought.

    Parameters
    ----------
    magnitude
        Shape (frames, bins), not negative.

    Returns
    -------
    ndarray, shape (frames, bins), float32
    """
    lasting = sliding_median(magnitude, KERNEL)
    broad = np.ascontiguousarray(sliding_median(np.ascontiguousarray(magnitude.T), KERNEL).T)
    larger = np.maximum(lasting, broad)
    nought = larger < np.finfo(np.float32).tiny
    larger[nought] = 1
    for median in (lasting, broad):
        median /= larger  # scaled before they are squared, or what is small would vanish
        median *= median
        median[nought] = 1
    return np.divide(lasting, np.add(lasting, broad, out=larger), out=lasting)


def separated(spectrogram: Spectrogram) -> tuple[Samples, Samples]:
    """Return the harmonic and the percussive sound, each of shape (n,); they sum to the sound itself.

    The masks sum to 1 and the transform inverts exactly, so the second part is what the first leaves: one inversion.
    """
    mask = harmonic_mask(spectrogram.magnitude)
    harmonic = istft(spectrogram.spectrum, len(spectrogram.samples), spectrogram.hop, mask)
    return harmonic, spectrogram.samples - harmonic
