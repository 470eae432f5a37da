"""Results: invariants, and the JSON form that everything shares."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sentisound.results import Analysis, Quality, Scores, Segment
from sentisound.words import Interpretation, Missing, Statement, Transcript, Word

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


def test_words_are_laid_on_the_segments_they_were_said_in():
    segments = (Segment(0.2, 1.0, SCORES), Segment(2.0, 3.0, SCORES))
    words = (Word("go", 0.3, 0.5), Word("away", 0.9, 1.3), Word("now", 1.7, 1.9), Word("please", 2.5, 2.8))
    transcript = Transcript("go away now please", "fake", "en", "set", words=words)
    analysis = replace(ANALYSIS, segments=segments, transcript=transcript)
    assert analysis.spoken == ("go away", "now please")
    form = analysis.to_dict()
    assert [segment["text"] for segment in form["segments"]] == ["go away", "now please"]
    assert [(word["word"], word["segment"]) for word in form["transcript"]["words"]] == [
        ("go", 0), ("away", 0), ("now", 1), ("please", 1),
    ]  # fmt: skip


def test_a_word_where_no_speech_was_found_lies_in_no_segment():
    transcript = Transcript("hm", "fake", None, "detected", words=(Word("hm", 0.0, 0.2),))
    form = replace(ANALYSIS, segments=(), transcript=transcript).to_dict()
    assert form["transcript"]["words"][0]["segment"] is None


def test_what_is_missing_is_part_of_the_json():
    missing = (Missing("transcript", "engine_missing", "install it"),)
    assert replace(ANALYSIS, missing=missing).to_dict()["missing"] == [
        {"part": "transcript", "code": "engine_missing", "detail": "install it"}
    ]


def test_an_interpretation_is_one_text_and_its_statements():
    interpretation = Interpretation((Statement("It is loud.", (0,)),), "Or not.", "rules", language_model=False)
    assert replace(ANALYSIS, interpretation=interpretation).to_dict()["interpretation"] == {
        "text": "It is loud. Or not.",
        "statements": [{"text": "It is loud.", "segments": [0]}],
        "uncertainty": "Or not.",
        "engine": "rules",
        "language_model": False,
    }


def test_results_are_frozen():
    with pytest.raises(AttributeError):
        ANALYSIS.file = "other"  # type: ignore[misc]
