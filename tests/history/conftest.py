"""An empty history on each database, and analyses to keep in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sentisound.history.store import History
from sentisound.results import Analysis, Quality, Scores
from sentisound.settings import Settings

LABELS = ("neutral", "happy", "sad", "angry")
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def history(settings: Settings) -> Iterator[History]:
    """Open an empty history."""
    with History.open(settings) as opened:
        yield opened


def analysis(emotion: str = "happy", confidence: float = 0.7, *, minutes: float = 0, **fields) -> Analysis:
    """Return an analysis, so many minutes after ``START``."""
    rest = (1 - confidence) / (len(LABELS) - 1)
    made = {
        "model": "fake@1.0.0",
        "file": "clip.wav",
        "duration_s": 3.25,
        "scores": Scores(LABELS, tuple(confidence if label == emotion else rest for label in LABELS)),
        "segments": (),
        "quality": Quality(-20.0, 24.0, 0.0, 0.0, 8000.0, 0.8),
        "created": START + timedelta(minutes=minutes),
    }
    return Analysis(**{**made, **fields})


@pytest.fixture
def heard() -> Callable[..., Analysis]:
    """``heard(emotion, confidence, minutes=..., **fields)``."""
    return analysis
