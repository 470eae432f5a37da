"""How the wide set smooths its tracks, takes deltas and counts voicing, by hand; and where its values lie."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.features import wide as module
from sentisound.features.descriptors import FRAME_NAMES, VOICE_NAMES
from sentisound.features.functionals import FUNCTIONAL_NAMES
from sentisound.features.prosody import PROSODIC_NAMES, prosodic
from sentisound.features.wide import FEWEST_FRAMES, WIDE_NAMES, wide
from sentisound.testing import speech_like

RATE_HZ = 16_000


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float32)[:, np.newaxis]


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return speech_like(0.8, RATE_HZ, np.random.default_rng(4), f0_hz=170)


@pytest.fixture(scope="module")
def values(speech: np.ndarray) -> np.ndarray:
    return wide(speech, RATE_HZ)


def test_a_delta_is_the_least_squares_slope_over_five_frames():
    track = np.array([2.0, 7.0, 1.0, 8.0, 2.0], np.float32)
    assert module._delta(track[:, np.newaxis])[2, 0] == pytest.approx(np.polyfit(range(-2, 3), track, 1)[0], abs=1e-6)


def test_the_delta_of_a_ramp_is_its_step_and_less_at_the_continued_edges():
    found = module._delta(column(*range(0, 30, 3)))[:, 0]
    assert found[2:-2] == pytest.approx(np.full(6, 3))
    # at the first frame 0 0 [0] 3 6: (2 * 6 + 3) / 10; at the second 0 0 [3] 6 9: (2 * 9 + 6) / 10
    assert found[:2] == pytest.approx([1.5, 2.4])
    assert found[::-1][:2] == pytest.approx([1.5, 2.4])


def test_a_constant_has_no_delta_and_is_not_moved_by_smoothing():
    found = module._tracks(column(*[4.0] * 8))
    assert found[:, 0] == pytest.approx(np.full(8, 4))
    assert found[:, 1] == pytest.approx(np.zeros(8), abs=1e-6)


def test_smoothing_spreads_an_impulse_over_three_frames():
    assert module._tracks(column(0, 0, 0, 6, 0, 0, 0))[:, 0] == pytest.approx([0, 0, 2, 2, 2, 0, 0])
    assert module._tracks(column(6, 0, 0, 0, 0))[:, 0] == pytest.approx([4, 2, 0, 0, 0]), "the edge is continued"


@pytest.mark.parametrize("frames", range(1, 8))
def test_short_tracks_are_continued_by_their_last_frame(frames: int):
    found = module._tracks(column(*range(frames)))
    assert found.shape == (max(frames, FEWEST_FRAMES), 2)
    assert found.dtype == np.float32
    if frames < FEWEST_FRAMES - 1:
        assert found[-1, 0] == pytest.approx(frames - 1)


@pytest.mark.parametrize(
    ("voiced", "expected"),
    [
        ([1, 1, 1, 1], [1, 1 / 4, 4, 0]),
        ([0, 0, 0, 0], [0, 0, 0, 0]),
        ([1, 0, 1, 0], [0.5, 0.5, 1, 0]),
        ([0, 1, 1, 1, 0, 0, 1, 0], [0.5, 2 / 8, 2, 1]),  # stretches of 3 and 1
        ([1, 1, 0, 0, 0, 0, 0, 1, 1, 1], [0.5, 2 / 10, 2.5, 0.5]),  # of 2 and 3, at both ends
    ],
)
def test_voicing_counts_its_stretches(voiced: list[int], expected: list[float]):
    assert module._voicing(np.array(voiced, bool)) == pytest.approx(expected)


def test_the_prosodic_set_stands_at_the_end_as_it_is_alone(values: np.ndarray, speech: np.ndarray):
    assert np.array_equal(values[-len(PROSODIC_NAMES) :], prosodic(speech, RATE_HZ))
    assert WIDE_NAMES[-1] == f"prosodic.{PROSODIC_NAMES[-1]}"


def test_names_run_through_all_tracks_of_one_functional_before_the_next():
    tracks = 2 * len(FRAME_NAMES)
    assert WIDE_NAMES[0] == f"{FRAME_NAMES[0]}.{FUNCTIONAL_NAMES[0]}"
    assert WIDE_NAMES[len(FRAME_NAMES)] == f"{FRAME_NAMES[0]}_de.{FUNCTIONAL_NAMES[0]}"
    assert WIDE_NAMES[tracks] == f"{FRAME_NAMES[0]}.{FUNCTIONAL_NAMES[1]}"
    assert WIDE_NAMES[tracks * len(FUNCTIONAL_NAMES)] == f"{VOICE_NAMES[0]}.{FUNCTIONAL_NAMES[0]}"
    assert len(set(WIDE_NAMES)) == len(WIDE_NAMES)


def test_percentiles_of_every_track_are_in_order(values: np.ndarray):
    found = dict(zip(WIDE_NAMES, values.tolist(), strict=True))
    for track in (*FRAME_NAMES, *VOICE_NAMES):
        points = [found[f"{track}.p{percent:02d}"] for percent in (1, 5, 25, 50, 75, 95, 99)]
        assert points == sorted(points), track
        assert found[f"{track}.p25_75"] == pytest.approx(points[4] - points[2], rel=1e-3, abs=1e-4), track


def test_a_constant_offset_and_the_call_before_change_nothing(values: np.ndarray, speech: np.ndarray):
    assert np.array_equal(wide(speech, RATE_HZ), values)
    found = wide(speech + np.float32(0.05), RATE_HZ)
    energy = WIDE_NAMES.index("energy.mean")
    assert found[energy] == pytest.approx(values[energy], abs=0.02)


def test_a_sound_is_not_changed_by_being_described(speech: np.ndarray):
    before = speech.copy()
    wide(speech, RATE_HZ)
    assert np.array_equal(speech, before)
