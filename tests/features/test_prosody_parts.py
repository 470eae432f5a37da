"""The parts of the prosodic set on frames that are made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.features import prosody
from sentisound.features.prosody import ACTIVE_RANGE_DB, CONTOUR
from sentisound.features.voice import QUIETEST_DB


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def contour(values: np.ndarray, mask: list[int] | None = None) -> dict[str, float]:
    frames = np.ones(len(values), bool) if mask is None else np.array(mask, bool)
    return dict(zip(CONTOUR, prosody._contour(values, frames).tolist(), strict=True))


def test_frames_count_down_to_the_range_below_the_loudest():
    assert prosody._active(floats(-20, -20 - ACTIVE_RANGE_DB + 1, -20 - ACTIVE_RANGE_DB - 1)).tolist() == [1, 1, 0]


def test_at_the_lowest_level_nothing_counts_although_all_is_equally_loud():
    assert not prosody._active(floats(*[QUIETEST_DB] * 4)).any()


def test_smoothing_keeps_a_constant_and_spreads_an_impulse():
    assert prosody._smooth(floats(3, 3, 3, 3, 3, 3)) == pytest.approx(np.full(6, 3))
    assert prosody._smooth(floats(0, 0, 0, 9, 0, 0, 0)) == pytest.approx([0, 1, 2, 3, 2, 1, 0])
    assert prosody._smooth(floats(5)) == pytest.approx([5])


@pytest.mark.parametrize(
    ("loud", "peaks"),
    [
        ([0, 1, 0, 1, 0, 1, 0], 3),
        ([0, 1, 2, 3], 0),  # still rising at its end
        ([3, 2, 1, 0], 0),
        ([0, 2, 2, 0], 1),  # a plateau is one peak
        ([0, 8, 0, 0.5, 0, 8, 0], 2),  # mean 2.36: a ripple of less than half of it is none
        ([1, 1, 1], 0),
        ([1], 0),
    ],
)
def test_peaks_are_counted(loud: list[float], peaks: int):
    assert prosody._peaks(floats(*loud)) == peaks


def test_rises_and_falls_are_measured_a_second_and_apart():
    found = contour(floats(0, 1, 4, 4, 2))
    assert (found["rise.mean"], found["rise.std"]) == pytest.approx((200, 100)), "steps of 1 and 3 in 10 ms"
    assert (found["fall.mean"], found["fall.std"]) == pytest.approx((-200, 0))
    assert found["mean"] == pytest.approx(11 / 5)
    assert found["range"] == pytest.approx(found["p80"] - found["p20"])


def test_a_contour_of_one_frame_neither_rises_nor_falls():
    found = contour(floats(9, 7, 9), [0, 1, 0])
    assert (found["mean"], found["{spread}"], found["p20"], found["range"]) == (7, 0, 7, 0)
    assert found["rise.mean"] == found["fall.mean"] == 0


def test_a_contour_turned_round_in_time_falls_as_it_rose():
    values = floats(3, 4, 8, 6, 7, 1)
    there, back = contour(values), contour(values[::-1])
    assert back["rise.mean"] == pytest.approx(-there["fall.mean"])
    assert back["rise.std"] == pytest.approx(there["fall.std"])
    assert back["p50"] == there["p50"]


def test_no_frame_is_nought():
    assert not any(contour(floats(1, 2, 3), [0, 0, 0]).values())


@pytest.mark.parametrize(("f0_hz", "semitones"), [(27.5, 0), (55, 12), (440, 48)])
def test_pitch_is_counted_from_the_lowest_a(f0_hz: float, semitones: float):
    assert prosody._pitch_contour(floats(f0_hz, 0), np.array([True, False]))[0] == pytest.approx(semitones, abs=1e-4)


def test_the_slope_weights_find_the_slopes_of_a_bent_line():
    khz = np.fft.rfftfreq(512, 1000 / 16_000)
    bent = np.where(khz <= 0.5, 8 * khz, 4 - 12 * (khz - 0.5))
    low, high = bent @ prosody._slope_weights(16_000, 512)
    assert low == pytest.approx(8, abs=1e-3)
    assert high == pytest.approx(-12, abs=1e-3)
    assert prosody._slope_weights(16_000, 512).sum(axis=0) == pytest.approx([0, 0], abs=1e-4), "no level has a slope"


def test_flux_is_the_angle_between_spectra_and_not_their_level():
    found = prosody._flux(np.array([[1, 0], [7, 0], [0, 2], [3, 3]], np.float32))
    # the same direction; a right angle: sqrt(2); half of one: 2 sin(22.5 degrees)
    assert found == pytest.approx([0, 0, np.sqrt(2), 2 * np.sin(np.pi / 8)], abs=1e-6)
    assert prosody._flux(np.zeros((3, 4), np.float32)) == pytest.approx([0, 0, 0])
