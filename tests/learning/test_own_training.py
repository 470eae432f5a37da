"""Own data, the whole way: a table becomes a model, from nothing or from another model, and a kill costs little."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from own_speech import RATE_HZ, SPEAKERS, record, sound, table
from sentisound.bundle import WEIGHTS_FILE, Bundle, read_bundle
from sentisound.corpora.manifest import read_manifest
from sentisound.errors import LeakFound, RecipeError
from sentisound.learning.dataset import silent
from sentisound.learning.evaluation.model_card import model_card_text
from sentisound.learning.own_data import for_table
from sentisound.learning.places import Places
from sentisound.learning.recipe import EvaluationOptions, FeatureOptions, ModelOptions, Recipe, read_recipe
from sentisound.learning.training import run_folder, train
from sentisound.recognition.recognizer import Recognizer
from sentisound.recognition.verify import verify
from sentisound.service import Analyzer
from sentisound.settings import Settings

RECIPE = """
name = "tiny"
version = "1.0.0"
title = "Tiny"
seed = 0
[data]
corpora = ["ravdess"]
[features]
set = "logmel"
parameters = { n_mels = 32, normalise = false }
[model]
name = "tdnn"
parameters = { channels = 16, joined = 16, attention = 8, embedding = 16, squeeze = 4, dilations = [1], dropout = 0.0 }
[training]
epochs = 10
learning_rate = 0.01
batch_size = 8
ema = 0.5
bf16 = false
[evaluation]
protocols = ["ravdess/luna5"]
seeds = [0]
"""
CHANCE = 1 / 3
NEW = ("uma", "vic")
"""Speakers whom no model here has heard."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ``mine.csv`` (6 speakers: happy sad angry), ``others.csv`` (5: neutral happy sad), ``tiny.toml``."""
    root = tmp_path_factory.mktemp("own")
    record(root / "voices")
    table(root / "mine.csv", root / "voices")
    record(root / "strangers", ("gus", "hal", "ida", "jan", "kim"), ("neutral", "happy", "sad"), takes=4)
    table(root / "others.csv", root / "strangers")
    (root / "tiny.toml").write_text(RECIPE)
    return root


def places(home: Path, name: str = "mine", base: Path | None = None) -> Places:
    return Places(home, home / "cache", 1, manifest=home / f"{name}.csv", base=base)


def plan(home: Path, name: str = "mine", *, measured: bool = True) -> Recipe:
    recipe = for_table(read_recipe(home / "tiny.toml"), read_manifest(home / f"{name}.csv"))
    return recipe if measured else replace(recipe, evaluation=replace(recipe.evaluation, protocols=[]))


@pytest.fixture(scope="module")
def base(home: Path) -> Path:
    """Folder of a model of the others' neutral, happy and sad."""
    train(plan(home, "others", measured=False), places(home, "others"), home / "base", silent)
    return home / "base"


@pytest.fixture(scope="module")
def tuned(home: Path, base: Path) -> Bundle:
    """Return the model of one's own happy, sad and angry that started from there, with its report."""
    return train(plan(home), places(home, base=base), home / "tuned", silent)


def heard_rightly(folder: Path) -> float:
    """Return the share of new speakers' clips that a bundle's recogniser names rightly, by way of the service."""
    analyzer = Analyzer(Settings(model=str(folder)))
    labels = analyzer.card.labels
    asked = [(who, label, take) for who in NEW for label in labels for take in range(3)]
    return float(np.mean([analyzer.analyze(sound(*one), rate_hz=RATE_HZ).emotion == one[1] for one in asked]))


def test_from_nothing_it_is_well_above_chance(home: Path):
    recipe = plan(home, "others", measured=False)
    recipe = replace(recipe, training=replace(recipe.training, epochs=15))
    bundle = train(recipe, places(home, "others"), home / "scratch", silent)
    assert bundle.card.network is not None
    assert bundle.card.training.base is None
    assert heard_rightly(home / "scratch") > 2 * CHANCE


def test_from_a_base_it_is_well_above_chance_for_speakers_held_out(tuned: Bundle, home: Path):
    (metric,) = tuned.card.metrics
    assert (metric.protocol, metric.folds, metric.speaker_independent) == ("speakers5", 5, True)
    assert metric.uar > 1.7 * CHANCE
    assert heard_rightly(home / "tuned") > 2 * CHANCE
    assert verify(Recognizer.load(home / "tuned")).reason is None


def test_a_label_subset_and_a_new_label_are_the_tables(tuned: Bundle, base: Path):
    assert read_bundle(base).card.labels == ["neutral", "happy", "sad"]
    assert tuned.card.labels == ["happy", "sad", "angry"]


def test_the_card_says_what_it_started_from(tuned: Bundle):
    start = tuned.card.training.base
    assert start is not None
    assert (start.id, start.corpora, start.licence) == ("tiny-others@1.0.0", ["others.csv"], "not stated")
    assert tuned.card.training.corpora == ["mine.csv"]
    assert tuned.card.training.languages == ["und"]
    assert tuned.card.licence == "not stated; its weights started from tiny-others@1.0.0: not stated"
    assert "recordings of its maker's own" in tuned.card.limits
    assert "none is the same" in tuned.card.limits
    row = "| started from | tiny-others@1.0.0 (not stated), which learned from others.csv |"
    assert row in model_card_text(tuned.card)


def test_the_report_has_figures_pictures_and_the_word_about_the_base(tuned: Bundle, home: Path):
    folder = run_folder(home / "tuned").path
    report = (folder / "report.md").read_text()
    assert "| speakers5 | speaker-independent | 5 x 1 |" in report
    assert "the recordings could not be compared" in report
    assert "| clean |" in report  # with the sound compared, which it says otherwise
    for file in ("report.html", "confusion-speakers5.png", "calibration-speakers5.png"):
        assert (folder / file).stat().st_size > 1000
    (result,) = json.loads((folder / "results.json").read_text())
    assert round(result["uar"], 4) == tuned.card.metrics[0].uar
    assert result["speakers"] == len(SPEAKERS)


@pytest.mark.usefixtures("tuned")
def test_each_fold_started_from_the_base(home: Path):
    configs = sorted(run_folder(home / "tuned").path.glob("training/*/*/config.json"))
    assert len(configs) == 5 + 1
    assert {json.loads(path.read_text())["recipe"]["training"]["learning_rate"] for path in configs} == {0.002}


def test_the_very_same_training_is_not_run_again(tuned: Bundle, home: Path, base: Path):
    told: list[tuple[str, int]] = []
    again = train(plan(home), places(home, base=base), home / "tuned", lambda step, done, _: told.append((step, done)))
    assert ("protocol speakers5", 0) not in told  # all five were there
    assert again.model == tuned.model
    assert again.read(WEIGHTS_FILE) == tuned.read(WEIGHTS_FILE)


def test_a_killed_fine_tuning_goes_on_to_the_same_weights(home: Path, base: Path):
    recipe = replace(plan(home, measured=False), training=replace(plan(home).training, epochs=3))

    def stop(step: str, done: int, _: int) -> None:
        if (step, done) == ("epochs", 2):
            raise KeyboardInterrupt

    where = places(home, base=base)
    whole = train(recipe, where, home / "whole", silent)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, where, home / "killed", stop)
    left: list[int] = []
    resumed = train(
        recipe, where, home / "killed", lambda step, done, _: left.append(done) if step == "epochs" else None
    )
    assert left == [2, 3]
    assert resumed.read(WEIGHTS_FILE) == whole.read(WEIGHTS_FILE)
    anew: list[int] = []  # from nothing it is another training, which that checkpoint is not of
    train(recipe, places(home), home / "killed", lambda step, done, _: anew.append(done) if step == "epochs" else None)
    assert anew == [0, 1, 2, 3]


def test_a_base_that_heard_a_table_of_this_name_is_told(home: Path, base: Path):
    recipe = replace(plan(home, "others", measured=False), training=replace(plan(home).training, epochs=1))
    card = train(recipe, places(home, "others", base), home / "again", silent).card
    assert "the figures are NOT of unseen ones" in card.limits
    assert card.training.base is not None
    assert card.training.base.corpora == ["others.csv"]


def classical(home: Path, protocol: str, name: str = "mine") -> Recipe:
    network = plan(home)
    recipe = replace(
        network,
        features=FeatureOptions("mfcc40"),
        model=ModelOptions("logistic_regression", {"C": 0.1}),
        evaluation=EvaluationOptions([protocol], [0]),
    )
    return for_table(recipe, read_manifest(home / f"{name}.csv"), [protocol])


def test_a_classical_recipe_learns_from_a_table_too(home: Path):
    bundle = train(classical(home, "speakers5"), places(home), home / "lr", silent)
    assert bundle.card.network is None
    assert WEIGHTS_FILE not in bundle.card.files
    assert bundle.card.metrics[0].uar > 2 * CHANCE
    assert heard_rightly(home / "lr") > 2 * CHANCE
    assert (run_folder(home / "lr").path / "report.html").is_file()
    with pytest.raises(RecipeError, match="cannot be trained further"):
        train(plan(home), places(home, base=home / "lr"), home / "never", silent)


def test_one_voice_is_learned_and_marked_speaker_dependent(home: Path):
    record(home / "alone", ("anna",), takes=6)
    table(home / "alone.csv", home / "alone")
    bundle = train(classical(home, "random5", "alone"), places(home, "alone"), home / "single", silent)
    (metric,) = bundle.card.metrics
    assert metric.speaker_independent is False
    assert "leak: 1 speaker on both sides" in (run_folder(home / "single").path / "report.md").read_text()


def test_a_leak_is_refused_before_anything_is_learned(home: Path):
    record(home / "doubled", ("anna", "ben"), takes=2)
    shutil.copy(home / "doubled" / "anna" / "sad-0.wav", home / "doubled" / "ben" / "sad-0.wav")
    table(home / "doubled.csv", home / "doubled")
    with pytest.raises(LeakFound, match="the same samples"):
        train(classical(home, "speakers5", "doubled"), places(home, "doubled"), home / "leak", silent)
    assert not (home / "leak").exists()
