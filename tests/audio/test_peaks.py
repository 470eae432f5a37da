"""The outline of a sound: true to what sounds, of one size, and quick for an hour."""

from __future__ import annotations

import numpy as np

from sentisound.audio.peaks import outline
from sentisound.audio.waveform import Origin, Waveform
from sentisound.testing import tone

ORIGIN = Origin("array", "float32", 16_000, 1)


def sound(*parts: np.ndarray) -> Waveform:
    return Waveform(np.concatenate(parts).astype(np.float32), 16_000, ORIGIN)


def test_peaks_are_where_the_sound_is_loud() -> None:
    found = outline(sound(np.zeros(16_000), tone(1.0, 16_000, 440, level_db=-9.03)), 100, 64)
    assert found.duration_s == 2
    np.testing.assert_allclose(found.high[:50], 0, atol=1e-6)
    np.testing.assert_allclose(found.high[51:], 0.5, atol=0.01)  # the peak of a sine is 3 dB above its RMS
    np.testing.assert_allclose(found.low[51:], -0.5, atol=0.01)


def test_the_spectrum_is_highest_at_the_tone() -> None:
    low, high = (outline(sound(tone(1.0, 16_000, hz)), 10, 64).spectrum for hz in (300, 4000))
    assert low.shape == (10, 64)
    assert low[5].argmax() < 20
    assert high[5].argmax() > 40
    assert low[5].max() > 150


def test_a_short_or_an_empty_sound_has_an_outline() -> None:
    assert outline(sound(np.ones(3)), 100, 8).high.tolist() == [1, 1, 1]
    empty = outline(sound(np.zeros(0)), 100, 8)
    assert (empty.high.tolist(), empty.spectrum.shape) == ([0], (1, 8))


def test_an_hour_has_no_more_columns_than_a_second() -> None:
    hour = outline(sound(np.zeros(3600 * 16_000, np.float32)), 1000, 64)
    assert (hour.low.shape, hour.spectrum.shape, hour.spectrum.nbytes) == ((1000,), (1000, 64), 64_000)
