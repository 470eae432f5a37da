"""The base: which models can be trained further by which recipe, and what is told of whom it has heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clouds import clouds
from sentisound.bundle import WEIGHTS_FILE, read_bundle, write_bundle
from sentisound.card import Base, Card, FeatureSpec, NetworkSpec
from sentisound.corpora.corpus import Utterance
from sentisound.errors import BundleInvalid, RecipeError
from sentisound.learning.base import check_base, heard_before, provenance, read_base
from sentisound.learning.learner import Desk, learn
from sentisound.learning.recipe import FeatureOptions, ModelOptions, Recipe
from sentisound.learning.weights import pack

Make = Callable[..., Recipe]
NETWORK = NetworkSpec("tdnn", {"channels": 8, "dilations": [1]})


@pytest.fixture
def card(tiny_bundle: Path) -> Card:
    """Return the card of a network over 16 log-mel bands."""
    features = FeatureSpec("logmel", 1, 16, {"n_mels": 16})
    return replace(read_bundle(tiny_bundle).card, network=NETWORK, features=features)


@pytest.fixture
def fitting(recipe: Make) -> Recipe:
    """Return the recipe of that network."""
    model = ModelOptions("tdnn", {"channels": 8, "dilations": [1]})
    return replace(recipe(), features=FeatureOptions("logmel", {"n_mels": 16}), model=model)


def clip(corpus: str, *folders: str) -> Utterance:
    return Utterance(Path(*folders, "1.wav"), corpus, "anna", "sad", "", "", "", "1")


def test_a_recipe_of_the_same_network_and_features_fits(card: Card, fitting: Recipe):
    check_base(fitting, card)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": ModelOptions("cnn")}, r"\[model\] name is cnn, the model's tdnn"),
        ({"model": ModelOptions("tdnn", {"channels": 9})}, r"\[model\] parameters is \{'channels': 9\}"),
        ({"features": FeatureOptions("logmel", {"n_mels": 32})}, r"\[features\] parameters is \{'n_mels': 32\}"),
        ({"features": FeatureOptions("original_frames")}, r"\[features\] set is original_frames"),
        (
            {"features": FeatureOptions("logmel", {"n_mels": 16}, "prosodic")},
            r"\[features\] functionals is prosodic",
        ),
        ({"model": ModelOptions("svm")}, "svm is always trained anew: what can be trained further"),
    ],
)
def test_what_does_not_fit_is_named(card: Card, fitting: Recipe, change: dict, words: str):
    with pytest.raises(RecipeError, match=words):
        check_base(replace(fitting, **change), card)


def test_a_model_without_weights_cannot_be_trained_further(tiny_bundle: Path, fitting: Recipe):
    with pytest.raises(RecipeError, match=r"tiny@0\.0\.1 cannot be trained further \(linear\): .* made of a network"):
        read_base(tiny_bundle, fitting)


def test_weights_are_read_with_their_checksum(tiny_bundle: Path, card: Card, fitting: Recipe, tmp_path: Path):
    plain = read_bundle(tiny_bundle)
    kept = replace(card, features=plain.card.features)
    same = replace(fitting, features=FeatureOptions("mfcc40"))
    content = pack({"a": np.ones(3, np.float32)})
    write_bundle(tmp_path / "base", kept, plain.model, {WEIGHTS_FILE: content})
    base = read_base(tmp_path / "base", same)
    assert base.weights["a"].tolist() == [1, 1, 1]
    assert base.sha256 == read_bundle(tmp_path / "base").card.files[WEIGHTS_FILE].sha256
    write_bundle(tmp_path / "base", kept, plain.model, {WEIGHTS_FILE: b"none"})
    with pytest.raises(BundleInvalid, match="the weights cannot be read"):
        read_base(tmp_path / "base", same)


def test_a_classical_learner_never_starts_from_a_model(recipe: Make, tmp_path: Path):
    with pytest.raises(RecipeError, match="always trained anew"):
        learn(recipe(), clouds(), 0, Desk(base=tmp_path))


def test_all_that_weights_have_heard_is_remembered(card: Card):
    before = Base("old@1.0.0", "CC0 1.0", ["EmoDB", "none"])
    heard = provenance(replace(card, training=replace(card.training, base=before)))
    assert (heard.id, heard.licence, heard.corpora) == ("tiny@0.0.1", "MIT", ["none", "EmoDB"])


BASE = Base("default@2.0.0", "CC BY-NC-SA 4.0", ["RAVDESS, speech", "mine"])


@pytest.mark.parametrize(
    "one", [clip("mine"), clip("clips", "home", "Mine"), clip("ravdess"), clip("x", "ravdess", "a")]
)
def test_a_corpus_of_the_same_name_makes_the_speakers_known(one: Utterance):
    base = replace(BASE, corpora=["RAVDESS", "mine"])
    assert "the figures are NOT of unseen ones" in heard_before(base, [clip("other"), one])


def test_other_names_are_said_to_have_been_compared_only():
    told = heard_before(BASE, [clip("other", "voices")])
    assert "started from default@2.0.0, which learned from RAVDESS, speech, mine" in told
    assert "none is the same; the recordings could not be compared" in told
