"""Training: every learner ends in a bundle that the recogniser takes, with the figures that ``evaluate`` gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentisound.bundle import golden_waveform, read_bundle
from sentisound.errors import BadRun, RecipeError
from sentisound.learning.bench import Places, Plan, evaluate
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.models.classical import MODELS
from sentisound.learning.networks.teacher import BLOCKS, LAYERS
from sentisound.learning.recipe import Recipe
from sentisound.learning.training import train
from sentisound.recognition.recognizer import Recognizer
from sentisound.recognition.verify import verify

Make = Callable[..., Recipe]
QUICK = {
    "gradient_boosting": "{ max_iter = 5 }",
    "random_forest": "{ n_estimators = 10 }",
    "rf_svm": "{ n_estimators = 10 }",
    "mlp1020": "{ tol = 0.05 }",
}


def quiet(*_: object) -> None:
    """Show no progress."""


@pytest.mark.parametrize("name", MODELS)
def test_every_learner_can_be_put_in_a_bundle(name: str, recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(
        ("logistic_regression", name),
        ("{ C = 0.1 }", QUICK.get(name, "{}")),
        ('protocols = ["ravdess/luna5"]', "protocols = []"),
        ("seed = 0", "seed = 0\ncalibration = { groups = 2 }"),
    )
    train(cooked, places, tmp_path / "bundle", quiet)
    card = read_bundle(tmp_path / "bundle").card
    assert card.training.model.startswith(name.replace("_", " "))
    assert len(card.labels) == 8
    assert verify(Recognizer.load(tmp_path / "bundle")).reason is None


def test_a_bundle_ships_the_labels_that_its_recipe_names(recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(('protocols = ["ravdess/luna5"]', "protocols = []"))
    few = replace(cooked, data=replace(cooked.data, ships=["sad", "angry"]))
    card = train(few, places, tmp_path / "bundle", quiet).card
    assert card.labels == ["sad", "angry"]
    assert card.training.clips < train(cooked, places, tmp_path / "all", quiet).card.training.clips


def test_a_bundles_figures_are_those_of_evaluate(recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(more="\n[search]\nC = [0.01, 0.1]\n")
    bundle = train(cooked, places, tmp_path / "bundle", quiet)
    plan = Plan(cooked, tuple(cooked.evaluation.protocols), tuple(cooked.evaluation.seeds))
    (measured,) = evaluate(plan, places, tmp_path / "run", quiet)
    (metric,) = bundle.card.metrics
    assert metric.uar == pytest.approx(measured.summary.mean.uar, abs=1e-4)
    assert metric.uar_std == pytest.approx(measured.summary.spread.uar, abs=1e-4)
    assert metric.coverage == pytest.approx(measured.summary.mean.coverage, abs=1e-4)


def test_a_finished_runs_figures_are_taken_over(recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe()
    evaluate(Plan(cooked, ("ravdess/luna5",), (0,)), places, tmp_path / "run", quiet)
    told: list[str] = []
    bundle = train(
        cooked, places, tmp_path / "bundle", lambda step, *_: told.append(step), [RunFolder(tmp_path / "run")]
    )
    again = train(cooked, places, tmp_path / "measured", quiet)
    assert bundle.card.metrics == again.card.metrics
    assert not any(step.startswith("protocol") for step in told), "nothing is measured twice"


def test_what_is_for_the_bundle_alone_makes_no_other_recipe(recipe: Make, places: Places, tmp_path: Path):
    evaluate(Plan(recipe(), ("ravdess/luna5",), (0,)), places, tmp_path / "run", quiet)
    shipped = replace(recipe(), data=replace(recipe().data, open=True, ships=["sad", "angry"]))
    assert train(shipped, places, tmp_path / "bundle", quiet, [RunFolder(tmp_path / "run")]).card.metrics


def test_a_run_of_another_recipe_is_refused(recipe: Make, places: Places, tmp_path: Path):
    evaluate(Plan(recipe(), ("ravdess/luna5",), (0,)), places, tmp_path / "run", quiet)
    other = recipe(("{ C = 0.1 }", "{ C = 0.2 }"))
    with pytest.raises(BadRun, match=r"of another recipe than .*: its \[model\] differs"):
        train(other, places, tmp_path / "bundle", quiet, [RunFolder(tmp_path / "run")])
    with pytest.raises(BadRun, match="not finished"):
        train(other, places, tmp_path / "bundle", quiet, [RunFolder(tmp_path / "nothing")])


def test_the_card_says_what_the_search_chose_and_which_scaler_there_is(recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(('protocols = ["ravdess/luna5"]', "protocols = []"), more="\n[search]\nC = [1e-9, 0.1]\n")
    card = train(cooked, places, tmp_path / "bundle", quiet).card
    assert card.training.model == "logistic regression (C 0.1)"
    assert card.training.scaler == "StandardScaler"


def test_a_recipe_with_a_leak_is_not_published(recipe: Make, places: Places, tmp_path: Path):
    leaky = ('corpora = ["ravdess"]', 'corpora = ["ravdess"]\nnoise_copies_before_split = 1')
    with pytest.raises(RecipeError, match="before the split"):
        train(recipe(leaky, ('protocols = ["ravdess/luna5"]', "protocols = []")), places, tmp_path / "bundle", quiet)
    assert not (tmp_path / "bundle").exists()


TINY = "channels = 8, joined = 16, attention = 4, embedding = 8, squeeze = 2, dilations = [1]"
QUICKLY = (
    "\n[training]\nepochs = 2\nlearning_rate = 0.01\nema = 0.5\nbf16 = false\n"
    "\n[augmentation]\ncopies = 1\nmixup = 0.2\nwaveform = [{ name = 'noise' }]\nframes = [{ name = 'time_mask' }]\n"
)
NETWORK = (
    ('set = "mfcc40"', 'set = "logmel"\nparameters = { n_mels = 16 }'),
    ("logistic_regression", "tdnn"),
    ("{ C = 0.1 }", f"{{ {TINY} }}"),
)


def test_a_network_goes_the_whole_way_to_the_recogniser(recipe: Make, places: Places, tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    out = tmp_path / "runs" / "small"
    bundle = train(recipe(*NETWORK, more=QUICKLY), places, out, lambda *step: told.append(step))
    assert [done for step, done, _ in told if step == "epochs"] == [0, 1, 2]
    assert bundle.card.training.model.startswith("tdnn (channels 8")
    assert "epochs 2, best_epoch" in bundle.card.training.model
    assert bundle.card.calibration.fitted_on == "one of 5 groups of held-out speakers"
    (metric,) = bundle.card.metrics
    assert (metric.folds, metric.speaker_independent) == (5, True)
    assert verify(Recognizer.load(out)).reason is None
    scores = Recognizer.load(out).recognise(golden_waveform(16_000))
    assert sum(scores.probabilities) == pytest.approx(1)
    kept = tmp_path / "runs" / "small-training"
    assert len(list(kept.rglob("log.jsonl"))) == 5 + 1  # the folds and the bundle's own
    assert len(list((kept / "folds").rglob("*.json"))) == 5


def test_a_killed_training_of_a_bundle_goes_on(recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(*NETWORK, ('protocols = ["ravdess/luna5"]', "protocols = []"), more=QUICKLY)

    def stop(step: str, done: int, _: int) -> None:
        if (step, done) == ("epochs", 1):
            raise KeyboardInterrupt

    alone = replace(places, jobs=1)
    whole = train(cooked, alone, tmp_path / "whole", quiet)
    with pytest.raises(KeyboardInterrupt):
        train(cooked, alone, tmp_path / "stopped", stop)
    assert not (tmp_path / "stopped").exists()
    left: list[int] = []
    resumed = train(
        cooked, alone, tmp_path / "stopped", lambda step, done, _: left.append(done) if step == "epochs" else None
    )
    assert left == [1, 2]
    assert resumed.model == whole.model


def test_a_network_beside_functionals_has_both_in_its_card(recipe: Make, places: Places, tmp_path: Path):
    beside = ("n_mels = 16 }", 'n_mels = 16 }\nfunctionals = "mfcc40"')
    no_protocol = ('protocols = ["ravdess/luna5"]', "protocols = []")
    cooked = recipe(*NETWORK, ('name = "tdnn"', 'name = "hybrid"'), beside, no_protocol, more=QUICKLY)
    bundle = train(cooked, places, tmp_path / "bundle", quiet)
    assert bundle.card.functionals is not None
    assert (bundle.card.functionals.set, bundle.card.functionals.size) == ("mfcc40", 40)
    assert len(bundle.card.golden.functionals) == 40
    assert bundle.card.training.scaler.endswith("functionals standardised")
    assert verify(Recognizer.load(tmp_path / "bundle")).reason is None


def test_a_model_that_learned_from_a_teacher_says_so(recipe: Make, places: Places, tmp_path: Path):
    rng = np.random.default_rng(0)
    shapes = {f"features.{n}.weight": (64, 64 if n else 1, 3, 3) for n in BLOCKS} | {
        f"fc.{n}.weight": (512, 512) for n in LAYERS
    }
    biases = {f"features.{n}.bias": (64,) for n in BLOCKS} | {f"fc.{n}.bias": (512,) for n in LAYERS}
    norms = {
        f"features.{n + 1}.{name}": (64,) for n in BLOCKS for name in ("weight", "bias", "running_mean", "running_var")
    }
    every = shapes | biases | norms
    np.savez(tmp_path / "t.npz", **{k: 0.05 * np.abs(rng.standard_normal(v)) + 0.01 for k, v in every.items()})
    taught = replace(places, teacher=tmp_path / "t.npz")
    cooked = recipe(
        *NETWORK,
        ('protocols = ["ravdess/luna5"]', "protocols = []"),
        more="\n[training]\nepochs = 1\nteacher = 0.5\n",
    )
    card = train(cooked, taught, tmp_path / "bundle", quiet).card
    assert card.training.model.endswith("; learned beside the labels from BYOL-S embeddings")
