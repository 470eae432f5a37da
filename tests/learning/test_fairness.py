"""Planted unfairness is found, fairness passes, and what is too small is not judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.corpora.corpus import Utterance
from sentisound.findings import Fairness
from sentisound.learning.dataset import silent
from sentisound.learning.evaluation.fairness import THRESHOLDS, fairness_of
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.voices import Voice, pitch_groups, voices_of
from sentisound.testing import speech_like

CLASSES = ["neutral", "happy"]
SPEAKERS = ("ann", "bea", "cat", "dan", "edd", "fin")
CLIPS_EACH = 40  # half of each class: 120 clips of each sex


def voice(speaker: str) -> Voice:
    rank = SPEAKERS.index(speaker)
    pitch = ("high", "middle", "low")[rank // 2]
    return Voice(f"savee/{speaker}", "female" if rank < 3 else "male", pitch, 220.0 - 20 * rank, "savee", "en")


def corpus_of(answer: Callable[[str, int, int], int]) -> tuple[list[Prediction], dict[str, Voice]]:
    """Return a prediction a speaker; ``answer`` gives the class said to (speaker, clip, true class)."""
    found, voices = [], {}
    for speaker in SPEAKERS:
        truth = [clip % 2 for clip in range(CLIPS_EACH)]
        said = [answer(speaker, clip, label) for clip, label in enumerate(truth)]
        clips = [f"savee/{speaker}{clip}" for clip in range(CLIPS_EACH)]
        voices |= {clip: voice(speaker) for clip in clips}
        found.append(
            Prediction(
                key="k",
                split=speaker,
                seed=0,
                classes=CLASSES,
                clips=clips,
                speakers=[f"savee/{speaker}"] * CLIPS_EACH,
                truth=[CLASSES[label] for label in truth],
                probabilities=[[0.9, 0.1] if one == 0 else [0.1, 0.9] for one in said],
                threshold=0.5,
                temperature=1.0,
                chosen={},
                inner_uar=0.5,
            )
        )
    return found, voices


def right(_: str, __: int, label: int) -> int:
    return label


def deaf_to_happy_women(speaker: str, clip: int, label: int) -> int:
    """Miss a quarter of the women's happy clips: every second one of every second."""
    return 0 if speaker in SPEAKERS[:3] and label == 1 and clip % 8 == 1 else label


def by_attribute(found: list[Fairness]) -> dict[str, Fairness]:
    return {one.attribute: one for one in found}


def test_a_model_that_is_right_for_all_passes_every_check_that_can_be_judged():
    found = by_attribute(fairness_of(*corpus_of(right)))
    assert [*found] == [*THRESHOLDS]
    for attribute in ("sex", "pitch"):
        assert {check.verdict for check in found[attribute].checks} == {"pass"}
        assert {check.difference for check in found[attribute].checks} == {0}


def test_a_planted_unfairness_fails_with_the_emotion_and_the_size_of_it():
    found = by_attribute(fairness_of(*corpus_of(deaf_to_happy_women)))
    women, men = found["sex"].groups
    assert (women.name, men.name) == ("female", "male")
    assert women.recalls == {"neutral": 1.0, "happy": 0.75}
    assert women.uar == 0.875
    uar, recall, precision = found["sex"].checks
    assert (uar.measure, uar.difference, uar.threshold, uar.verdict) == ("UAR", 0.125, 0.075, "fail")
    assert (recall.measure, recall.difference, recall.verdict) == ("recall of happy", 0.25, "fail")
    # 60 neutral and 15 of the happy are called neutral: precision 0.8 and 1, mean 0.9, against the men's 1
    assert (precision.measure, precision.difference, precision.verdict) == ("precision", 0.1, "fail")
    (pitch,) = found["pitch"].checks
    assert (pitch.difference, pitch.verdict) == (0.125, "fail")  # the two highest voices against the lowest


def test_groups_tell_how_large_they_are_and_lie_from_low_to_high():
    found = by_attribute(fairness_of(*corpus_of(right)))
    assert [group.name for group in found["pitch"].groups] == ["low", "middle", "high"]
    assert [(group.speakers, group.clips) for group in found["sex"].groups] == [(3, 120), (3, 120)]
    assert (
        found["pitch"].note == "Median F0 of the speakers: low 120 to 140 Hz, middle 160 to 180 Hz, high 200 to 220 Hz."
    )


def test_one_corpus_and_one_language_are_not_judged_and_say_why():
    found = by_attribute(fairness_of(*corpus_of(deaf_to_happy_women)))
    for attribute in ("corpus", "language"):
        (check,) = found[attribute].checks
        assert (check.difference, check.verdict) == (None, "not judged")
        assert "Fewer than two groups of 2 speakers and 50 clips" in found[attribute].note


@pytest.mark.parametrize("kept", ["few clips", "one speaker"])
def test_a_group_of_few_clips_or_of_one_speaker_is_shown_and_not_judged(kept: str):
    predictions, voices = corpus_of(deaf_to_happy_women)
    if kept == "one speaker":  # all men are one man
        voices = {clip: replace(one, speaker="savee/x") if one.sex == "male" else one for clip, one in voices.items()}
    else:
        some = [clip for clip, one in voices.items() if one.sex == "female"] + [f"savee/dan{n}" for n in range(24)]
        voices = {clip: voices[clip] for clip in [*some, *(f"savee/edd{n}" for n in range(25))]}
    sex = by_attribute(fairness_of(predictions, voices))["sex"]
    assert [group.judged for group in sex.groups] == [True, False]
    assert {check.verdict for check in sex.checks} == {"not judged"}


def test_seeds_make_no_group_larger():
    predictions, voices = corpus_of(right)
    some = {clip: voices[clip] for clip in (f"savee/{name}{n}" for name in SPEAKERS for n in range(16))}
    twice = [*predictions, *(replace(one, seed=1) for one in predictions)]
    sex = by_attribute(fairness_of(twice, some))["sex"]
    assert [(group.clips, group.judged) for group in sex.groups] == [(48, False), (48, False)]


def test_a_group_is_not_blamed_for_an_emotion_that_the_other_does_not_speak():
    """Men speak neutral alone and rightly; women's happy clips are all missed."""
    predictions, voices = corpus_of(lambda *_: 0)
    kept = {
        clip: one for clip, one in voices.items() if one.sex == "female" or int(clip.removeprefix(one.speaker)) % 2 == 0
    }
    sex = by_attribute(fairness_of(predictions, kept))["sex"]
    assert [group.uar for group in sex.groups] == [1.0, 1.0]
    assert sex.checks[0].verdict == "pass"


def test_what_is_not_known_of_anybody_is_left_out():
    predictions, voices = corpus_of(right)
    nameless = {clip: replace(one, sex="", language="") for clip, one in voices.items()}
    assert [one.attribute for one in fairness_of(predictions, nameless)] == ["pitch", "corpus"]


def test_speakers_are_dealt_into_thirds_and_one_without_pitch_into_none():
    assert pitch_groups({"a": 100, "b": 200, "c": 150, "d": 0, "e": 120, "f": 180, "g": 90}) == {
        "g": "low",
        "a": "low",
        "e": "middle",
        "c": "middle",
        "f": "high",
        "b": "high",
        "d": "",
    }


def test_the_pitch_of_a_speaker_is_that_of_the_voice(tmp_path: Path):
    """Three speakers of known pitch, two clips each; the tracker finds it within half a semitone."""
    clips, pitches = [], {"low": 100.0, "mid": 150.0, "top": 220.0}
    for speaker, f0_hz in pitches.items():
        for take in range(2):
            path = tmp_path / f"{speaker}{take}.wav"
            rng = np.random.default_rng([take, round(f0_hz)])
            soundfile.write(path, speech_like(1.0, 16_000, rng, f0_hz=f0_hz, f0_range_semitones=0), 16_000)
            clips.append(Utterance(path, "savee", speaker, "happy", "t", "male", "en", path.stem))
    voices = voices_of(clips, 1, silent, tmp_path / "cache")
    for speaker, f0_hz in pitches.items():
        heard = voices[f"savee/{speaker}0"]
        assert 12 * np.log2(heard.pitch_hz / f0_hz) == pytest.approx(0, abs=0.5)
        assert heard.speaker == f"savee/{speaker}"
    assert [voices[f"savee/{speaker}1"].pitch for speaker in pitches] == ["low", "middle", "high"]
