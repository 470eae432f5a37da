"""A generated voice that nobody may write to."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.testing import speech_like

RATE_HZ = 16_000


@pytest.fixture(scope="session")
def voice() -> np.ndarray:
    """Return 1.5 s of speech at 16 kHz; to write to it raises."""
    samples = speech_like(1.5, RATE_HZ, np.random.default_rng(3), f0_hz=140, pause_share=0.1)
    samples.flags.writeable = False
    return samples


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a source of randomness with a fixed seed."""
    return np.random.default_rng(11)
