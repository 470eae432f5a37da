"""The short-time Fourier transform, made once and shared by every descriptor that needs it.

Frames come first: a spectrogram has shape (frames, bins). Frames are centred on multiples of the hop and the sound is
padded with zeros at both ends, as librosa does by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from sentisound.features.filterbanks import hann, mel_filter_groups

N_FFT = 2048
HOP = 512
FRAMES_AT_ONCE = 32

Samples = NDArray[np.float32]
"""Mono samples, shape (n,)."""

Frames = NDArray[np.float32]
"""A value a frame and column, shape (frames, columns)."""

Spectrum = NDArray[np.complex64]
"""Complex spectrum, shape (frames, n_fft // 2 + 1)."""


def frames_of(samples: NDArray[np.float32], length: int, hop: int) -> Frames:
    """Return a view on overlapping frames, shape ((n - length) // hop + 1, length); no padding."""
    return np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]


def stft(samples: Samples, n_fft: int = N_FFT, hop: int = HOP, window_length: int | None = None) -> Spectrum:
    """Transform centred frames under a periodic Hann window.

    Parameters
    ----------
    samples
        Shape (n,), n >= 1; shorter than a frame is fine.
    n_fft, hop
        Length of the transform and step from frame to frame, in samples.
    window_length
        Length of the window, centred in the frame; None is ``n_fft``.

    Returns
    -------
    ndarray, shape (n // hop + 1, n_fft // 2 + 1), complex64
    """
    spectrum = np.empty((len(samples) // hop + 1, n_fft // 2 + 1), dtype=np.complex64)
    for part, transformed in _transformed(samples, n_fft, hop, window_length):
        spectrum[part] = transformed
    return spectrum


def stft_magnitude(samples: Samples, n_fft: int = N_FFT, hop: int = HOP, window_length: int | None = None) -> Frames:
    """Return the absolute value of ``stft``, in half the memory, float32."""
    magnitude = np.empty((len(samples) // hop + 1, n_fft // 2 + 1), dtype=np.float32)
    for part, transformed in _transformed(samples, n_fft, hop, window_length):
        np.abs(transformed, out=magnitude[part])
    return magnitude


def _transformed(samples: Samples, n_fft: int, hop: int, window_length: int | None) -> Iterator[tuple[slice, Spectrum]]:
    """Transform some frames at a time; yield which, and their spectrum."""
    frames = frames_of(np.pad(samples, n_fft // 2), n_fft, hop)[: len(samples) // hop + 1]
    window = _window(n_fft, window_length or n_fft)
    for part in parts(len(frames), FRAMES_AT_ONCE):
        yield part, rfft(frames[part] * window, axis=1)


def istft(spectrum: Spectrum, length: int, hop: int = HOP, mask: Frames | None = None) -> Samples:
    """Return the sound of which ``spectrum`` is the transform, by weighted overlap and add (Griffin & Lim, 1984).

    Parameters
    ----------
    spectrum
        Shape (frames, n_fft // 2 + 1), from ``stft`` with the same hop and a window of the whole frame.
    length
        Number of samples to return.
    hop
        Step in samples; it divides the frame.
    mask
        Factor of each bin, shape of ``spectrum``, applied on the way; None is 1.

    Returns
    -------
    ndarray, shape (length,), float32
    """
    n_fft = 2 * (spectrum.shape[1] - 1)
    window = hann(n_fft)
    padded = np.zeros((len(spectrum) + n_fft // hop - 1, hop), dtype=np.float32)
    weight = np.zeros_like(padded)
    for part in parts(len(spectrum), FRAMES_AT_ONCE):
        masked = spectrum[part] if mask is None else spectrum[part] * mask[part]
        _overlap_add(padded[part.start :], irfft(masked, axis=1) * window)
        _overlap_add(weight[part.start :], np.broadcast_to(window**2, (part.stop - part.start, n_fft)))
    np.divide(padded, weight, out=padded, where=weight > np.finfo(np.float32).tiny)
    sound = padded.ravel()[n_fft // 2 :][:length]
    return np.pad(sound, (0, length - len(sound)))


def _window(n_fft: int, length: int) -> NDArray[np.float32]:
    before = (n_fft - length) // 2
    return np.pad(hann(length), (before, n_fft - length - before)) if length < n_fft else hann(n_fft)


def parts(n_frames: int, size: int) -> list[slice]:
    """Cut frames in parts that stay in the cache: fresh memory costs as much as the transform itself.

    ``size`` is best chosen so that the temporaries of a part stay below half a megabyte. When more is given back at
    once, the C library returns it to the system, and to fetch it again costs 2 ms for 4 MB.
    """
    return [slice(at, min(at + size, n_frames)) for at in range(0, n_frames, size)]


def _overlap_add(total: Frames, frames: Frames) -> None:
    """Add frames to ``total``, a row a hop: the n-th hops of all frames at a time, so the loop is over those only."""
    n_frames, hop = len(frames), total.shape[1]
    for index in range(frames.shape[1] // hop):
        total[index : index + n_frames] += frames[:, index * hop : (index + 1) * hop]


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """One sound's transform and what follows from it; each view is computed when first asked for, once."""

    samples: Samples = field(repr=False)
    """Shape (n,), n >= 1."""
    rate_hz: int
    n_fft: int = N_FFT
    hop: int = HOP
    window_length: int | None = None
    """Length of the window in samples; None is the whole frame."""

    @cached_property
    def spectrum(self) -> Spectrum:
        """The complex transform, shape (frames, bins)."""
        return stft(self.samples, self.n_fft, self.hop, self.window_length)

    @cached_property
    def magnitude(self) -> Frames:
        """Its absolute value, shape (frames, bins)."""
        return np.abs(self.spectrum)

    @cached_property
    def power(self) -> Frames:
        """Its square, shape (frames, bins)."""
        return self.magnitude**2

    @cached_property
    def bins_hz(self) -> NDArray[np.float64]:
        """Frequency of each bin in Hz, shape (bins,)."""
        return np.asarray(np.fft.rfftfreq(self.n_fft, 1 / self.rate_hz), dtype=np.float64)

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.samples) // self.hop + 1

    @property
    def frame_rate_hz(self) -> float:
        """Frames in a second."""
        return self.rate_hz / self.hop

    @cached_property
    def mel(self) -> Frames:
        """Power in librosa's default 128 mel bands, shape (frames, 128)."""
        return self.mel_bands(128)

    @cached_property
    def mel_db(self) -> Frames:
        """``mel`` in dB, no more than 80 dB below its loudest value, shape (frames, 128)."""
        return power_to_db(self.mel)

    def mel_bands(self, n_mels: int, fmin_hz: float = 0.0, fmax_hz: float | None = None) -> Frames:
        """Return the power in ``n_mels`` bands from ``fmin_hz`` to ``fmax_hz``, shape (frames, n_mels)."""
        groups = mel_filter_groups(self.rate_hz, self.n_fft, n_mels, fmin_hz, fmax_hz)
        return np.concatenate([self.power[:, bins] @ filters for bins, filters in groups], axis=1)


def power_to_db(power: Frames, *, ref: float = 1.0, top_db: float | None = 80.0) -> Frames:
    """Convert power to dB above ``ref``.

    Parameters
    ----------
    power
        Any shape, not negative; values below 1e-10 count as that.
    ref
        The power that is 0 dB.
    top_db
        Values more than this below the loudest are raised to it; None leaves them.

    Returns
    -------
    ndarray, shape of ``power``, float32
    """
    level_db = 10 * np.log10(np.maximum(power, np.float32(1e-10))) - np.float32(10 * np.log10(max(ref, 1e-10)))
    return level_db if top_db is None else np.maximum(level_db, level_db.max() - np.float32(top_db))
