"""Mu-law: how a telephone exchange keeps a sample in eight bits (ITU-T G.711)."""

from __future__ import annotations

import numpy as np

from sentisound.audio.waveform import Samples

MU = 255.0
STEPS = 127.0
"""Levels to either side of zero."""


def companded(signal: Samples) -> Samples:
    """Return samples after a round trip through 8-bit mu-law; beyond full scale they are clipped.

    The continuous curve ``sign(x) ln(1 + mu |x|) / ln(1 + mu)`` is rounded, of which G.711's segments are a stepwise
    copy.
    """
    coded = np.log1p(np.float32(MU) * np.minimum(np.abs(signal), np.float32(1))) / np.float32(np.log1p(MU))
    level = np.rint(coded * np.float32(STEPS)) / np.float32(STEPS)
    return np.copysign(np.expm1(level * np.float32(np.log1p(MU))) / np.float32(MU), signal).astype(np.float32)
