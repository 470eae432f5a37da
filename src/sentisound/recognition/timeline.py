"""The timeline: scores for each utterance of a sound, and the verdict over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from sentisound.audio.waveform import Span, Waveform
from sentisound.recognition.apart import Recognises
from sentisound.results import Scores, Segment


def score_spans(recognizer: Recognises, waveform: Waveform, spans: Iterable[Span]) -> Iterator[Segment]:
    """Score each span of the waveform on its own, one by one as they are asked for."""
    for span in spans:
        yield Segment(span.start_s, span.end_s, recognizer.recognise(waveform.cut(span)))


def overall(segments: tuple[Segment, ...]) -> Scores:
    """Return the mean of the segments' probabilities, each weighted by its duration.

    A mean of calibrated probabilities answers "what would a listener hear at a moment drawn at random"; it keeps a
    long neutral call neutral although one sentence in it is angry. The segments tell about that sentence.
    """
    weights = np.array([segment.duration_s for segment in segments])
    probabilities = np.array([segment.scores.probabilities for segment in segments])
    mean = np.average(probabilities, axis=0, weights=weights)
    return Scores(segments[0].scores.labels, tuple(float(p) for p in mean / mean.sum()))
