"""Results: invariants, and the JSON form that everything shares."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sentisound.results import Analysis, Quality, Scores, Segment

SCORES = Scores(("happy", "sad", "angry"), (0.7, 0.1, 0.2))
QUALITY = Quality(-20.04, None, 0.0, 0.0, 7800.0, 0.8, ("it is quiet",))
ANALYSIS = Analysis(
    model="default@1.0.0",
    file="clip.wav",
    duration_s=3.4204,
    scores=SCORES,
    segments=(Segment(0.2, 2.95, SCORES),),
    quality=QUALITY,
    created=datetime(2026, 11, 20, 13, tzinfo=UTC),
    timings_s={"decode": 0.0021234567},
)


def test_scores_name_the_likeliest_emotion():
    assert (SCORES.emotion, SCORES.confidence, SCORES["sad"]) == ("happy", 0.7, 0.1)
    assert SCORES.ranked() == [("happy", 0.7), ("angry", 0.2), ("sad", 0.1)]


def test_a_tie_goes_to_the_first_label():
    assert Scores(("sad", "happy"), (0.5, 0.5)).emotion == "sad"


@pytest.mark.parametrize(
    ("labels", "probabilities"),
    [(("happy",), (0.5,)), (("happy", "sad"), (1.0,)), ((), ()), (("happy", "sad"), (1.2, -0.2))],
)
def test_scores_refuse_what_is_no_distribution(labels: tuple[str, ...], probabilities: tuple[float, ...]):
    with pytest.raises(ValueError, match="probabilities"):
        Scores(labels, probabilities)


def test_the_json_form_is_that_of_the_contract():
    form = json.loads(json.dumps(ANALYSIS.to_dict()))
    assert list(form) == [
        "id", "created", "model", "file", "duration", "emotion", "confidence", "abstained", "reason", "scores",
        "valence", "arousal", "dimensions", "segments", "quality", "transcript", "interpretation", "missing",
        "timings",
    ]  # fmt: skip
    assert form["created"] == "2026-11-20T13:00:00Z"
    assert form["duration"] == 3.42
    assert form["segments"] == [
        {"start": 0.2, "end": 2.95, "emotion": "happy", "confidence": 0.7, "scores": SCORES.to_dict(), "text": None}
    ]
    assert form["quality"]["snr_db"] is None
    assert form["quality"]["warnings"] == ["it is quiet"]
    assert form["timings"] == {"decode": 0.002123}
    assert sum(form["scores"].values()) == pytest.approx(1)


def test_an_analysis_abstains_when_it_has_a_reason():
    assert not ANALYSIS.abstained
    unsure = Analysis("m@1", "x", 1.0, SCORES, (), QUALITY, reason="low_confidence")
    assert unsure.abstained
    assert unsure.to_dict()["emotion"] == "happy"


def test_ids_are_unique_and_recognisable():
    ids = {Analysis("m@1", "x", 1.0, SCORES, (), QUALITY).id for _ in range(100)}
    assert len(ids) == 100
    assert all(found.startswith("an_") for found in ids)


def test_results_are_frozen():
    with pytest.raises(AttributeError):
        ANALYSIS.file = "other"  # type: ignore[misc]
