"""Labels, aliases, colours, the 7-class view and the derived dimensions."""

from __future__ import annotations

import re

import pytest

from sentisound.emotions import EMOTIONS, canonical, derived_arousal, derived_valence, seven_class
from sentisound.errors import UnknownEmotion


def test_the_canonical_labels_are_those_of_ravdess_in_its_order():
    eight = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
    assert list(EMOTIONS) == [*eight, "bored"]


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("HAP", "happy"),  # CREMA-D
        ("ps", "surprised"),  # TESS
        ("su", "surprised"),  # SAVEE
        ("sa", "sad"),
        ("fear", "fearful"),
        ("Anger ", "angry"),
        ("Pleasant-Surprise", "surprised"),
        ("pleasant surprise", "surprised"),
        ("neutral", "neutral"),
        ("boredom", "bored"),  # EmoDB, EmoTale
    ],
)
def test_aliases_of_the_corpora(alias: str, name: str):
    assert canonical(alias) == name


def test_no_alias_names_two_emotions():
    aliases = [alias for emotion in EMOTIONS.values() for alias in (emotion.name, *emotion.aliases)]
    assert len(aliases) == len(set(aliases))


def test_an_unknown_label_lists_the_names():
    with pytest.raises(UnknownEmotion, match="neutral, calm, happy"):
        canonical("nostalgia")


def test_the_seven_class_view_folds_calm_into_neutral_and_keeps_the_sum():
    folded = seven_class({"neutral": 0.2, "calm": 0.3, "happy": 0.5})
    assert folded == {"neutral": 0.5, "happy": 0.5}
    assert seven_class({"calm": 1.0}) == {"neutral": 1.0}
    assert seven_class({"angry": 1.0}) == {"angry": 1.0}


def test_derived_dimensions_are_expected_values_on_the_plane():
    assert derived_valence({"happy": 1.0}) == EMOTIONS["happy"].valence > 0
    assert derived_valence({"happy": 0.5, "sad": 0.5}) == pytest.approx((0.8 - 0.65) / 2)
    assert derived_arousal({"angry": 1.0}) > derived_arousal({"sad": 1.0})


def test_anchors_and_colours_are_usable():
    for emotion in EMOTIONS.values():
        assert -1 <= emotion.valence <= 1
        assert -1 <= emotion.arousal <= 1
        assert re.fullmatch("#[0-9a-f]{6}", emotion.colour)
    assert len({emotion.colour for emotion in EMOTIONS.values()}) == len(EMOTIONS)
