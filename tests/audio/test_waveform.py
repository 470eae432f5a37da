"""The waveform: what it promises about its samples, and cutting."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.audio import Origin, Span, Waveform

ORIGIN = Origin("array", "float32", 100, 1)


def test_samples_cannot_be_changed(wave):
    waveform = wave(np.zeros(10))
    with pytest.raises(ValueError, match="read-only"):
        waveform.samples[0] = 1


@pytest.mark.parametrize("samples", [np.zeros((2, 5), np.float32), np.zeros(5), np.zeros(5, np.int16)])
def test_only_mono_float32_is_a_waveform(samples):
    with pytest.raises(ValueError, match="a waveform is 1-D float32"):
        Waveform(samples, 100, ORIGIN)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(0.1, 0.3), (10, 30)),
        (Span(-1.0, 0.05), (0, 5)),
        (Span(0.9, 5.0), (90, 100)),
        (Span(0.5, 0.2), (50, 50)),
        (Span(2.0, 3.0), (100, 100)),
    ],
)
def test_cutting_is_a_view_within_the_sound(span, expected):
    waveform = Waveform(np.arange(100, dtype=np.float32), 100, ORIGIN)
    part = waveform.cut(span)
    assert part.samples.tolist() == list(range(*expected))
    assert part.origin is ORIGIN
    assert np.shares_memory(part.samples, waveform.samples) or not part.samples.size


def test_durations():
    assert Waveform(np.zeros(250, np.float32), 100, ORIGIN).duration_s == 2.5
    assert Span(1.0, 3.5).duration_s == 2.5
