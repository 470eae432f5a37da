"""An analysis of three stretches of speech with their words, for tests of what is said about it."""

from __future__ import annotations

from datetime import UTC, datetime

from sentisound.results import Analysis, Quality, Scores, Segment
from sentisound.words import Transcript, Word

LABELS = ("neutral", "happy", "sad", "angry")


def scores_for(emotion: str, confidence: float = 0.7) -> Scores:
    rest = (1 - confidence) / (len(LABELS) - 1)
    return Scores(LABELS, tuple(confidence if label == emotion else rest for label in LABELS))


def transcript(*stretches: str, draft: bool = False, assumed: bool = False) -> Transcript:
    """Return a transcript whose words lie half a second apart, from 0.1, 10.1, 20.1 ... seconds on."""
    words = [
        Word(text, 10 * place + 0.1 + 0.5 * number, 10 * place + 0.5 + 0.5 * number, 0.9)
        for place, said in enumerate(stretches)
        for number, text in enumerate(said.split())
    ]
    source = "assumed" if assumed else "set"
    return Transcript(" ".join(stretches), "fake", "en", source, draft=draft, words=tuple(words))


def analysis(*said: str, **fields) -> Analysis:
    """Return an analysis that starts neutral, turns angry at 10 s, and stays so."""
    parts = (("neutral", 0.6), ("angry", 0.9), ("angry", 0.7))
    found = {
        "model": "fake@1.0.0",
        "file": "Jane Doe, ward 3.wav",
        "duration_s": 30.0,
        "scores": scores_for("angry", 0.62),
        "segments": tuple(
            Segment(10.0 * place, 10.0 * place + 4, scores_for(*part)) for place, part in enumerate(parts)
        ),
        "quality": Quality(-20.0, 30.0, 0.0, 0.0, 8000.0, 0.4),
        "transcript": transcript(*said) if said else None,
        "id": "an_0123456789abcdef",
        "created": datetime(2026, 11, 20, 13, tzinfo=UTC),
    }
    return Analysis(**{**found, **fields})
