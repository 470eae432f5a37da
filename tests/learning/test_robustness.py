"""Verdicts on known predictions, and the way from a recording under a condition to a report, end to end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from clouds import clouds
from sentisound.corpora.protocols import Split, protocol
from sentisound.errors import RecipeError
from sentisound.learning.bench import Plan, evaluate
from sentisound.learning.dataset import silent
from sentisound.learning.evaluation import folds as folds_module
from sentisound.learning.evaluation.conditions import CONDITIONS
from sentisound.learning.evaluation.folds import Asked, Fold, Prediction
from sentisound.learning.evaluation.protocols import Places, measure
from sentisound.learning.evaluation.robustness import robustness_of
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.learner import Desk
from sentisound.learning.recipe import Recipe

Make = Callable[..., Recipe]
LUNA = "ravdess/luna5"
CLASSES = ["neutral", "happy"]


@pytest.fixture(scope="module")
def shared(small_corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Return three emotions of the small corpora, with a feature cache that these tests share."""
    root = tmp_path_factory.mktemp("three")
    for path in small_corpora.rglob("03-01-0[1-3]-*.wav"):
        target = root / path.relative_to(small_corpora)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return Places(root, tmp_path_factory.mktemp("cache"), jobs=2)


@pytest.fixture
def places(shared: Places) -> Places:
    """Return them in place of all the small corpora."""
    return shared


def rows(answers: Sequence[int]) -> list[list[float]]:
    return [[0.9, 0.1] if answer == 0 else [0.1, 0.9] for answer in answers]


def said(truth: Sequence[int], answers: Sequence[int], **conditions: Sequence[int]) -> Prediction:
    """Return the prediction of a fold, with its answers under conditions."""
    return Prediction(
        key="k",
        split="ann",
        seed=0,
        classes=CLASSES,
        clips=[f"savee/{n}" for n in range(len(truth))],
        speakers=["savee/ann"] * len(truth),
        truth=[CLASSES[index] for index in truth],
        probabilities=rows(answers),
        threshold=0.5,
        temperature=1.0,
        chosen={},
        inner_uar=0.5,
        conditions={name: rows(changed) for name, changed in conditions.items()},
    )


HALVES = [0] * 20 + [1] * 20


def spoiled(count: int) -> list[int]:
    """Return right answers but for so many of the first class."""
    return [1] * count + HALVES[count:]


def test_a_model_that_does_not_hear_the_condition_passes():
    (found,) = robustness_of([said(HALVES, HALVES, gain_up=HALVES)])
    assert (found.condition, found.uar, found.fall, found.unchanged) == ("gain_up", 1.0, 0.0, 1.0)
    assert found.verdict == "pass"


@pytest.mark.parametrize(
    ("name", "wrong", "fall", "unchanged", "verdict"),
    [
        ("gain_up", 2, 0.05, 0.95, "pass"),  # 95 % unchanged is enough; no fall is judged
        ("gain_up", 3, 0.075, 0.925, "fail"),
        ("white_20db", 2, 0.05, 0.95, "pass"),
        ("white_20db", 3, 0.075, 0.925, "fail"),  # enough unchanged, but the UAR fell
        ("phone", 3, 0.075, 0.925, "fail"),
        ("reverb", 8, 0.2, 0.8, "pass"),
        ("reverb", 9, 0.225, 0.775, "fail"),
        ("tilt_up", 1, 0.025, 0.975, "fail"),  # 0.02 at most
    ],
)
def test_both_thresholds_have_to_be_kept(name: str, wrong: int, fall: float, unchanged: float, verdict: str):
    (found,) = robustness_of([said(HALVES, HALVES, **{name: spoiled(wrong)})])
    assert (found.fall, found.unchanged, found.verdict) == (fall, unchanged, verdict)


def test_answers_that_change_from_wrong_to_wrong_or_to_right_are_changed_all_the_same():
    (found,) = robustness_of([said(HALVES, spoiled(10), white_20db=HALVES)])
    assert found.fall == -0.25  # the UAR rose from 3/4 to 1
    assert (found.unchanged, found.verdict) == (0.75, "fail")


def test_the_uar_is_the_mean_over_folds_and_unchanged_is_of_all_clips():
    small = said([0, 1], [0, 1], gain_up=[1, 1])  # UAR 1/2
    (found,) = robustness_of([said(HALVES, HALVES, gain_up=HALVES), small])
    assert found.uar == 0.75
    assert found.unchanged == round(41 / 42, 4)


def test_only_conditions_that_every_fold_was_asked_under_are_reported_in_their_order():
    one, other = (
        said(HALVES, HALVES, tone=HALVES, gain_up=HALVES, white_20db=HALVES),
        said(HALVES, HALVES, white_20db=HALVES, gain_up=HALVES),
    )
    assert [found.condition for found in robustness_of([one, other])] == ["white_20db", "gain_up"]
    assert robustness_of([said(HALVES, HALVES)]) == []


def run_of(recipe: Recipe, places: Places, out: Path, *conditions: str, fairness: bool = False) -> RunFolder:
    evaluate(Plan(recipe, (LUNA,), (0,), conditions=conditions, fairness=fairness), places, out, silent)
    return RunFolder(out)


def predictions_of(folder: RunFolder) -> list[Prediction]:
    return folder.predictions(folder.results()[0])


LEVEL_BLIND = ('set = "mfcc40"', 'set = "prosodic"\nparameters = { normalise = true }')


def test_a_model_that_ignores_level_is_unchanged_under_gain_and_not_under_noise(
    recipe: Make, places: Places, tmp_path: Path
):
    folder = run_of(recipe(LEVEL_BLIND), places, tmp_path / "run", "gain_up", "white_10db")
    found = {one.condition: one for one in folder.results()[0].robustness}
    assert found["gain_up"].unchanged >= 0.99
    assert found["gain_up"].verdict == "pass"
    assert found["white_10db"].unchanged < found["gain_up"].unchanged


def test_the_report_has_a_table_a_picture_and_a_verdict(recipe: Make, places: Places, tmp_path: Path):
    folder = run_of(recipe(), places, tmp_path / "run", "gain_up", "zeros_after")
    text = (folder.path / "report.md").read_text(encoding="utf-8")
    assert "### Robustness" in text
    assert "| 0.2 s of zeros after |" in text
    assert "![Share of unchanged predictions" in text
    assert (folder.path / "robustness-ravdess-luna5.png").read_bytes().startswith(b"\x89PNG")
    kept = json.loads((folder.path / "results.json").read_text())[0]["robustness"]
    assert [one["condition"] for one in kept] == ["gain_up", "zeros_after"]
    assert {one["verdict"] for one in kept} <= {"pass", "fail"}


def test_the_very_model_that_was_tested_is_asked(recipe: Make, monkeypatch: pytest.MonkeyPatch):
    """Where a condition changes nothing, the answers are those of the test to the last digit."""
    monkeypatch.setattr(folds_module, "_under", lambda _name, test, *_: test)
    split = Split("dan", tuple(range(27)), tuple(range(27, 36)))
    asked = Asked(("gain_up", "tone"))
    found = Fold(split, 0).run(recipe(), clouds(spread=5), "k", ("neutral", "sad"), Desk(), asked)
    assert found.conditions == {"gain_up": found.probabilities, "tone": found.probabilities}
    assert len(found.probabilities[0]) == 2  # only the protocol's labels compete, here too


def test_a_run_goes_on_where_it_ended(recipe: Make, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = predictions_of(run_of(recipe(), places, tmp_path / "run", "gain_up"))
    (tmp_path / "run" / "folds" / "ravdess-luna5" / "02-seed0.json").unlink()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "folds").rglob("*.json")}
    assert predictions_of(run_of(recipe(), places, tmp_path / "run", "gain_up")) == first
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    monkeypatch.setattr(folds_module, "learn", None)  # nothing is trained again
    assert predictions_of(run_of(recipe(), places, tmp_path / "run", "gain_up", fairness=True)) == first


def test_a_fold_kept_without_conditions_is_run_again_and_says_the_same_of_the_clips(
    recipe: Make, places: Places, tmp_path: Path
):
    before = predictions_of(run_of(recipe(), places, tmp_path / "run"))
    after = predictions_of(run_of(recipe(), places, tmp_path / "run", "gain_up"))
    assert [replace(one, conditions={}) for one in after] == before
    assert all(one.conditions.keys() == {"gain_up"} for one in after)
    plain_again = predictions_of(run_of(recipe(), places, tmp_path / "run"))
    assert plain_again == after  # what was asked before is kept


def test_without_a_cache_the_answers_are_the_same(recipe: Make, places: Places, tmp_path: Path):
    cached = predictions_of(run_of(recipe(), places, tmp_path / "one", "white_10db"))
    assert predictions_of(run_of(recipe(), replace(places, cache=None), tmp_path / "two", "white_10db")) == cached


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditions": ("rain",)}, "white_20db"),
        ({"conditions": ("gain_up",), "adaptive": True}, "adaptive"),
    ],
)
def test_what_would_mean_nothing_is_refused_before_anything_is_written(
    changes: dict, words: str, recipe: Make, places: Places, tmp_path: Path
):
    with pytest.raises(RecipeError, match=words):
        evaluate(Plan(recipe(), (LUNA,), (0,), **changes), places, tmp_path / "run", silent)
    assert not (tmp_path / "run").exists()


def test_what_the_recipe_asks_for_is_in_the_metric_that_a_bundle_keeps(
    recipe: Make, places: Places, monkeypatch: pytest.MonkeyPatch
):
    few = {name: CONDITIONS[name] for name in ("gain_up", "cropped_end")}
    monkeypatch.setattr("sentisound.learning.evaluation.protocols.CONDITIONS", few)
    asking = recipe(("seeds = [0]", "seeds = [0]\nrobustness = true\nfairness = true"))
    metric = measure(asking, protocol(LUNA), places, silent)
    assert [one.condition for one in metric.robustness] == [*few]
    assert [one.attribute for one in metric.fairness] == ["sex", "pitch", "corpus", "language"]
    assert metric.reliability
    assert metric.risks[-1].coverage == 1.0
    plain = measure(recipe(), protocol(LUNA), places, silent)
    assert (plain.robustness, plain.fairness) == ([], [])
    assert plain.uar == metric.uar
