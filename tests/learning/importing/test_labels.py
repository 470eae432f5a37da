"""Names of outputs become our emotions, or are refused with what to do."""

from __future__ import annotations

import pytest

from sentisound.emotions import EMOTIONS
from sentisound.errors import CheckpointInvalid
from sentisound.learning.importing.labels import emotion_labels


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (["neu", "hap", "ang", "sad"], ["neutral", "happy", "angry", "sad"]),  # IEMOCAP
        (["Angry", "DISGUST", " fear ", "happiness"], ["angry", "disgust", "fearful", "happy"]),
        (["calm", "neutral", "pleasant surprise"], ["calm", "neutral", "surprised"]),
        (["Wut", "Langeweile", "Ekel", "Angst"], ["angry", "bored", "disgust", "fearful"]),  # EmoDB
    ],
)
def test_names_in_use_are_understood_in_their_order(outputs: list[str], expected: list[str]):
    assert emotion_labels(outputs) == expected


@pytest.mark.parametrize("outputs", [["LABEL_0", "LABEL_1"], ["angry", "label_1"], ["0", "1"]])
def test_outputs_without_names_ask_for_labels(outputs: list[str]):
    with pytest.raises(CheckpointInvalid, match=r"says no emotion.*--labels"):
        emotion_labels(outputs)


@pytest.mark.parametrize("name", ["contempt", "other", "", "../../etc", "\x1b[2J"])
def test_an_output_without_counterpart_lists_our_labels(name: str):
    with pytest.raises(CheckpointInvalid, match="no counterpart") as refusal:
        emotion_labels(["angry", name])
    assert all(label in str(refusal.value) for label in EMOTIONS)
    assert "\x1b" not in str(refusal.value)


def test_given_labels_go_first_and_may_be_aliases():
    assert emotion_labels(["LABEL_0", "LABEL_1"], ["ang", "joy"]) == ["angry", "happy"]


def test_given_labels_must_be_as_many_as_outputs():
    with pytest.raises(CheckpointInvalid, match=r"3 labels were given for 2 outputs \('a', 'b'\)"):
        emotion_labels(["a", "b"], ["angry", "happy", "sad"])


def test_two_outputs_cannot_be_the_same_emotion():
    with pytest.raises(CheckpointInvalid, match="more than one output is happy"):
        emotion_labels(["joy", "happiness", "sad"])
