"""The timeline: a score per span, and a verdict that weighs them by duration."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentisound.audio.waveform import RATE_HZ, Span
from sentisound.bundle import golden_waveform
from sentisound.recognition.recognizer import Recognizer
from sentisound.recognition.timeline import overall, score_spans
from sentisound.results import Scores, Segment

LABELS = ("happy", "sad")


def _segment(start_s: float, end_s: float, happy: float) -> Segment:
    return Segment(start_s, end_s, Scores(LABELS, (happy, 1 - happy)))


def test_the_verdict_weighs_segments_by_their_duration():
    scores = overall((_segment(0, 3, 1.0), _segment(4, 5, 0.2)))
    assert scores["happy"] == pytest.approx((3 * 1.0 + 1 * 0.2) / 4)
    assert scores.emotion == "happy"


def test_the_verdict_over_one_segment_is_its_scores():
    segment = _segment(0.2, 1.9, 0.3)
    assert overall((segment,)).probabilities == pytest.approx(segment.scores.probabilities)


def test_each_span_is_scored_by_its_own_sound(tiny_bundle: Path):
    recognizer = Recognizer.load(tiny_bundle)
    sound = golden_waveform(RATE_HZ)
    spans = (Span(0.0, 0.5), Span(0.5, 1.2))
    segments = tuple(score_spans(recognizer, sound, spans))
    assert [(s.start_s, s.end_s) for s in segments] == [(0.0, 0.5), (0.5, 1.2)]
    assert segments[0].scores == recognizer.recognise(sound.cut(spans[0]))
    assert segments[0].scores != segments[1].scores
