"""An exhibit of synthetic speech, and what makes others of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.waveform import Origin, Waveform
from sentisound.bundle import read_card
from sentisound.card import Metric
from sentisound.emotions import EMOTIONS
from sentisound.insight.exhibit import Exhibit
from sentisound.results import Analysis, Quality, Scores, Segment
from sentisound.testing import speech_like

RATE_HZ = 16_000
LABELS = tuple(EMOTIONS)


def sound(duration_s: float, seed: int = 0) -> Waveform:
    samples = speech_like(duration_s, RATE_HZ, np.random.default_rng(seed))
    return Waveform(samples, RATE_HZ, Origin("wav", "pcm", RATE_HZ, 1))


def scores_for(emotion: str, probability: float = 0.6) -> Scores:
    rest = (1 - probability) / (len(LABELS) - 1)
    return Scores(LABELS, tuple(probability if label == emotion else rest for label in LABELS))


@pytest.fixture
def exhibit(tiny_bundle: Path) -> Exhibit:
    """Three seconds with one segment for each of three emotions; happy on the whole."""
    segments = tuple(
        Segment(start_s, start_s + 0.9, scores_for(emotion))
        for start_s, emotion in ((0.0, "happy"), (1.0, "angry"), (2.0, "bored"))
    )
    analysis = Analysis(
        model="tiny@0.0.1",
        file="clip.wav",
        duration_s=3.0,
        scores=scores_for("happy", 0.64),
        segments=segments,
        quality=Quality(-20.0, 30.0, 0.0, 0.0, 8000.0, 0.8),
        timings_s={"decode": 0.001},
        id="an_0123456789abcdef",
        created=datetime(2026, 11, 20, 13, 0, tzinfo=UTC),
    )
    metric = Metric("demo/folds", True, [0], 5, 0.6569, 0.05, 0.66, 0.06, 0.087, 0.67, 0.77)
    card = dataclasses.replace(read_card(tiny_bundle), metrics=[metric])
    return Exhibit(analysis, sound(3.0), card, "0123456789abcdef" * 4)


@pytest.fixture
def changed(exhibit: Exhibit) -> Callable[..., Exhibit]:
    """Return the exhibit with other fields of its analysis."""

    def change(**fields) -> Exhibit:
        return dataclasses.replace(exhibit, analysis=dataclasses.replace(exhibit.analysis, **fields))

    return change
