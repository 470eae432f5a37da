"""What the pictures of a sound show is true: a tone is at its frequency, a peak where it was, at any length."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.audio.waveform import Origin, Waveform
from sentisound.insight.columns import COLUMNS, cepstrum, envelope, spectrum_db
from sentisound.testing import tone

RATE_HZ = 16_000


def waveform(samples: np.ndarray) -> Waveform:
    return Waveform(samples.astype(np.float32), RATE_HZ, Origin("array", "float", RATE_HZ, 1))


@pytest.mark.parametrize("duration_s", [0.5, 4.0, 130.0])
def test_a_tone_is_at_its_frequency_in_every_column(duration_s: float):
    spectrum = spectrum_db(waveform(tone(duration_s, RATE_HZ, 2000.0)))
    assert len(spectrum) <= COLUMNS + 5
    inner = spectrum[2:-2]
    assert np.all(np.argmax(inner, axis=1) == 64)  # 2000 Hz of 31.25 Hz a bin
    assert spectrum.max() == pytest.approx(0, abs=1e-4)
    assert spectrum.min() >= -80.001


def test_a_click_is_at_its_time_also_in_a_long_sound():
    samples = np.zeros(RATE_HZ * 100)
    samples[RATE_HZ * 75] = 1.0
    spectrum = spectrum_db(waveform(samples))
    assert np.argmax(spectrum.max(axis=1)) / len(spectrum) == pytest.approx(0.75, abs=0.005)


def test_the_envelope_holds_every_peak():
    samples = np.zeros(100_000, dtype=np.float32)
    samples[[12_345, 70_001]] = 0.5, -0.7
    least, greatest = envelope(samples)
    assert len(least) == len(greatest) == COLUMNS
    assert greatest.max() == np.float32(0.5)
    assert least.min() == np.float32(-0.7)
    assert np.argmax(greatest) == 12_345 * COLUMNS // 100_000


def test_a_sound_shorter_than_a_column_has_an_envelope():
    least, greatest = envelope(np.array([0.25], dtype=np.float32))
    assert least.tolist() == greatest.tolist() == [0.25]


def test_the_cepstrum_leaves_the_level_out():
    quiet, loud = (waveform(tone(1.0, RATE_HZ, 500.0, level_db=level)) for level in (-40.0, -20.0))
    assert cepstrum(quiet).shape[1] == 12
    np.testing.assert_allclose(cepstrum(quiet)[5:-5], cepstrum(loud)[5:-5], atol=0.5)
