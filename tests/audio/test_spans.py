"""Runs of frames, and stretches of time joined and widened."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sentisound.audio.spans import merged, padded, runs, with_hysteresis
from sentisound.audio.waveform import Span


@pytest.mark.parametrize(
    ("mask", "found"),
    [("", []), ("0", []), ("1", [(0, 1)]), ("0110", [(1, 3)]), ("1101", [(0, 2), (3, 4)]), ("000", [])],
)
def test_runs(mask, found):
    assert list(runs(np.array([mark == "1" for mark in mask], bool))) == found


@settings(deadline=None)
@given(st.lists(st.booleans()))
def test_runs_rebuild_the_mask(mask):
    rebuilt = np.zeros(len(mask), bool)
    for start, stop in runs(np.array(mask, bool)):
        assert not rebuilt[start:stop].any()
        rebuilt[start:stop] = True
    assert rebuilt.tolist() == mask


def test_a_run_reaches_down_to_the_lower_threshold_and_needs_the_upper_one():
    level = np.array([0, 2, 5, 2, 0, 2, 2, 0, 5.0])
    assert with_hysteresis(level, upper=4, lower=1) == [(1, 4), (8, 9)]


def test_joining():
    spans = [Span(0, 1), Span(1.2, 2), Span(3, 4), Span(3.5, 3.6)]
    assert merged(spans, 0.5) == [Span(0, 2), Span(3, 4)]
    assert merged(spans, 1.0) == [Span(0, 4)]
    assert merged([], 1.0) == []


def test_widening_stops_at_the_middle_of_a_gap_and_at_the_ends():
    spans = [Span(0.05, 1), Span(1.1, 2), Span(3, 3.95)]
    assert padded(spans, 0.1, 4.0) == [Span(0, 1.05), Span(1.05, 2.1), Span(2.9, 4.0)]
    assert padded([], 0.1, 4.0) == []
