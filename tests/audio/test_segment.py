"""Utterances: joined over pauses, widened a little, cut where they are too long; whatever the regions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sentisound.audio import Origin, Span, Waveform, utterances
from sentisound.audio.segment import PAD_S, quietest_s

DURATION_S = 40.0
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, round(DURATION_S * 2_000)).astype(np.float32)
SOUND = Waveform(NOISE, 2_000, Origin("array", "float32", 2_000, 1))

times_s = st.floats(-5, 50, allow_nan=False)
regions_of_any_kind = st.lists(st.builds(Span, times_s, times_s), max_size=12)


def approx(*pairs):
    return [pytest.approx(pair, abs=1e-9) for pair in pairs]


def pairs(spans):
    return [(span.start_s, span.end_s) for span in spans]


@settings(deadline=None)
@given(regions_of_any_kind, st.floats(0, 3), st.floats(0.01, 1), st.floats(0.5, 20))
def test_whatever_the_regions_utterances_are_in_order_and_within_bounds(regions, pause_s, least_s, most_s):
    options = {"max_pause_s": pause_s, "min_duration_s": least_s, "max_duration_s": most_s}
    found = utterances(regions, waveform=SOUND, **options)
    edges = [edge for span in found for edge in (span.start_s, span.end_s)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= DURATION_S for edge in edges)
    assert all(0 < span.duration_s <= most_s + 1e-6 for span in found)
    assert utterances(regions[::-1], waveform=SOUND, **options) == found


@settings(deadline=None)
@given(regions_of_any_kind)
def test_no_long_region_is_lost(regions):
    found = utterances(regions, waveform=SOUND)
    for region in regions:
        start_s, end_s = max(0.0, region.start_s), min(DURATION_S, region.end_s)
        if end_s - start_s >= 0.25:
            inside = sum(max(0.0, min(span.end_s, end_s) - max(span.start_s, start_s)) for span in found)
            assert inside == pytest.approx(end_s - start_s)


def test_short_pauses_belong_to_the_utterance():
    found = utterances([Span(1, 2), Span(2.9, 4), Span(5.2, 6)], waveform=SOUND)
    assert pairs(found) == approx((0.9, 4.1), (5.1, 6.1))
    assert len(utterances([Span(1, 2), Span(2.9, 4)], waveform=SOUND, max_pause_s=0.5)) == 2


def test_blips_are_dropped_unless_they_are_near_speech():
    assert utterances([Span(5, 5.2)], waveform=SOUND) == ()
    assert pairs(utterances([Span(5, 5.2), Span(6, 7)], waveform=SOUND)) == approx((4.9, 7.1))


def test_padding_neither_overlaps_nor_leaves_the_sound():
    found = utterances([Span(0.02, 1), Span(1.1, 2), Span(39, 40)], waveform=SOUND, max_pause_s=0.05)
    assert pairs(found) == approx((0, 1.05), (1.05, 2.1), (38.9, 40))


def test_no_regions_no_utterances():
    assert utterances([], waveform=SOUND) == ()


@pytest.mark.parametrize(("length_s", "parts"), [(7.9, 1), (7.95, 2), (15.9, 2), (15.95, 3), (39.0, 5)])
def test_long_speech_is_cut_into_the_fewest_parts(length_s, parts):
    found = utterances([Span(0.0, length_s)], waveform=SOUND)
    assert len(found) == parts
    assert all(a.end_s == b.start_s for a, b in pairwise(found))
    assert found[-1].end_s == pytest.approx(length_s + PAD_S)
    even_s = (length_s + PAD_S) / parts
    assert all(0.4 * even_s <= span.duration_s <= 8 + 1e-9 for span in found)


def test_the_cut_lies_in_the_quietest_place_near_the_middle():
    samples = NOISE.copy()
    samples[round(5.4 * 2_000) : round(5.6 * 2_000)] *= 0.01
    found = utterances([Span(0.1, 11.9)], waveform=Waveform(samples, 2_000, SOUND.origin))
    assert len(found) == 2
    assert 5.4 <= found[0].end_s <= 5.6


def test_where_all_is_equally_quiet_the_cut_is_even():
    silence = Waveform(np.zeros(2_000 * 40, np.float32), 2_000, SOUND.origin)
    found = utterances([Span(0.1, 11.9)], waveform=silence)
    assert found[0].end_s == pytest.approx(6.0, abs=0.001)
    assert quietest_s(silence, 3.0, 3.0) == 3.0
    assert quietest_s(silence, 39.999, 40.0) == pytest.approx(40.0, abs=0.03)
