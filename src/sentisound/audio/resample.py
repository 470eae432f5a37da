"""Changing the sample rate of a waveform."""

from __future__ import annotations

import numpy as np
import soxr

from sentisound.audio.mixdown import QUALITY, check_target
from sentisound.audio.waveform import Waveform


def resample(waveform: Waveform, rate_hz: int) -> Waveform:
    """Return the waveform at another rate; the same object when it has that rate already.

    Parameters
    ----------
    waveform : Waveform
        Mono sound.
    rate_hz : int
        Rate of the result in Hz.

    Returns
    -------
    Waveform
        ``round(n * rate_hz / waveform.rate_hz)`` samples, float32; the origin stays.

    Raises
    ------
    SettingsError
        When ``rate_hz`` is out of range.
    """
    check_target(rate_hz)
    if rate_hz == waveform.rate_hz:
        return waveform
    samples = soxr.resample(waveform.samples, waveform.rate_hz, rate_hz, quality=QUALITY)
    return Waveform(samples.astype(np.float32, copy=False), rate_hz, waveform.origin)
