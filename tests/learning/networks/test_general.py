"""The general stage: learned once from corpora that are not tested, then gone on from; no tested speaker is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from learning_frames import SMALL, spoken, with_copies
from sentisound.learning import learner
from sentisound.learning.dataset import Dataset
from sentisound.learning.learner import Desk
from sentisound.learning.networks import general, lessons
from sentisound.learning.networks.general import WEIGHTS_FILE, as_general, general_stage, sides
from sentisound.learning.networks.network import learn
from sentisound.learning.networks.sampler import balanced_chances, shared_chances
from sentisound.learning.recipe import GeneralOptions, Recipe

BOTH = spoken(corpora=("ravdess", "savee"))
AIMS = ("savee",)


@pytest.fixture
def staged(small) -> Recipe:
    return replace(small(epochs=2, learning_rate=5e-3), general=GeneralOptions(epochs=3, learning_rate=1e-2))


def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[set[str], int]]:
    """Have each training tell of which corpora it learned, in how many epochs."""
    told: list[tuple[set[str], int]] = []
    real = lessons.train

    def telling(recipe, parted, *arguments, **options):
        told.append((set(parted.learned.corpora.tolist()), recipe.training.epochs))
        return real(recipe, parted, *arguments, **options)

    for module in ("general", "lessons", "network"):
        monkeypatch.setattr(f"sentisound.learning.networks.{module}.train", telling)
    return told


def test_the_other_corpora_come_first_and_the_tested_one_after(staged, monkeypatch: pytest.MonkeyPatch):
    told = trained(monkeypatch)
    learned = learn(staged, BOTH, 0, Desk(aims=AIMS))
    assert told == [({"ravdess"}, 3), ({"ravdess", "savee"}, 2)]
    assert learned.choice.parameters["epochs"] == 2


def test_it_is_found_again_whatever_the_tested_corpus_teaches(staged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Folds of a protocol differ in the tested corpus alone: the second one finds the stage of the first."""
    told = trained(monkeypatch)
    desk = Desk(aims=AIMS, general=tmp_path)
    rows = np.flatnonzero((BOTH.corpora == "ravdess") | (BOTH.speakers != "savee/s0")).tolist()
    first, second = general_stage(staged, BOTH, desk), general_stage(staged, BOTH.part(rows), desk)
    assert len(told) == 1
    assert len(list(tmp_path.glob(f"*/{WEIGHTS_FILE}"))) == 1
    assert all(np.array_equal(values, second.weights[name]) for name, values in first.weights.items())


def test_kept_or_not_it_is_the_same(staged, tmp_path: Path):
    without = general_stage(staged, BOTH, Desk(aims=AIMS))
    kept = general_stage(staged, BOTH, Desk(aims=AIMS, general=tmp_path))
    assert all(np.array_equal(values, kept.weights[name]) for name, values in without.weights.items())


@pytest.mark.parametrize("change", ["seed", "data", "epochs"])
def test_another_stage_is_not_taken_for_it(staged, tmp_path: Path, change: str):
    general_stage(staged, BOTH, Desk(aims=AIMS, general=tmp_path))
    data = BOTH.part(range(1, len(BOTH.truth))) if change == "data" else BOTH
    recipe = replace(staged, general=GeneralOptions(epochs=4)) if change == "epochs" else staged
    recipe = replace(recipe, seed=int(change == "seed"))
    general_stage(recipe, data, Desk(aims=AIMS, general=tmp_path))
    assert len(list(tmp_path.glob(f"*/{WEIGHTS_FILE}"))) == 2


def test_the_parent_does_it_before_folds_need_it(staged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    learner.prepare(staged, BOTH, Desk(aims=AIMS, general=tmp_path))
    told = trained(monkeypatch)
    learn(staged, BOTH, 0, Desk(aims=AIMS, general=tmp_path))
    assert [epochs for _, epochs in told] == [2]


def test_with_the_tested_corpora_alone_there_is_no_stage(staged, monkeypatch: pytest.MonkeyPatch):
    told = trained(monkeypatch)
    learn(staged, BOTH, 0, Desk(aims=("ravdess", "savee")))
    assert told == [({"ravdess", "savee"}, 2)]


@pytest.mark.parametrize("aims", [(), ("emodb",)], ids=["none", "not here"])
def test_without_the_tested_corpus_it_is_all_the_training_there_is(staged, monkeypatch: pytest.MonkeyPatch, aims):
    told = trained(monkeypatch)
    learn(staged, BOTH, 0, Desk(aims=aims))
    assert told == [({"ravdess", "savee"}, 3)]


def test_no_speaker_is_held_out_of_the_stage_and_its_last_weights_are_kept(staged, tmp_path: Path):
    found = general_stage(staged, BOTH, Desk(aims=AIMS, general=tmp_path))
    (folder,) = tmp_path.iterdir()
    log = (folder / "log.jsonl").read_text().splitlines()
    assert len(log) == 3
    assert sides(BOTH, AIMS)[0] == np.flatnonzero(BOTH.corpora == "ravdess").tolist()
    assert found.aims == AIMS


def test_what_it_learned_is_what_is_gone_on_from(staged, monkeypatch: pytest.MonkeyPatch):
    found = general_stage(staged, BOTH, Desk(aims=AIMS))
    begun: list[dict[str, torch.Tensor]] = []
    real = lessons._pupil

    def telling(*arguments):
        pupil = real(*arguments)
        begun.append({name: values.clone() for name, values in pupil.network.state_dict().items()})
        return pupil

    monkeypatch.setattr(lessons, "_pupil", telling)
    learn(staged, BOTH, 0, Desk(aims=AIMS))
    assert all(np.array_equal(values.numpy(), found.weights[name]) for name, values in begun[-1].items())


@pytest.mark.parametrize(("own", "stage", "found"), [(1, None, 1), (1, 0.2, 0.2), (None, None, None), (1, 0, 0)])
def test_slight_changes_weigh_in_it_what_the_stage_says(small, own, stage, found):
    recipe = replace(small(consistency=own), general=GeneralOptions(epochs=2, consistency=stage))
    assert as_general(recipe).training.consistency == found


def test_an_option_that_is_not_given_keeps_the_keys_of_older_runs():
    assert "consistency" not in GeneralOptions(epochs=2).stated()
    assert GeneralOptions(epochs=2, consistency=0.0).stated()["consistency"] == 0


def test_the_functionals_branch_is_solved_over_the_tested_corpus(small):
    rng = np.random.default_rng(0)
    told = (np.eye(3)[BOTH.truth] + rng.standard_normal((len(BOTH.truth), 3))).astype(np.float32)
    shifted = told + 50 * (BOTH.corpora == "ravdess")[:, None].astype(np.float32)
    data = replace(BOTH, functionals=shifted)
    recipe = replace(
        small("hybrid", {**SMALL, "weight": 0.5}, functionals="prosodic", linear=0.1),
        general=GeneralOptions(epochs=2, linear=0.1),
    )
    network = learn(recipe, data, 0, Desk(aims=AIMS)).model.network
    own = data.part(sides(data, AIMS)[1])
    assert network.beside.mean.cpu().numpy() == pytest.approx(own.functionals.mean(axis=0), rel=1e-5)


def test_own_clips_get_their_share_of_the_draws():
    chances = balanced_chances(BOTH)
    own = BOTH.corpora == "savee"
    shared = shared_chances(chances, own, 0.75)
    assert shared.sum() == pytest.approx(1)
    assert shared[own].sum() == pytest.approx(0.75)
    ratios = shared[own] / chances[own]
    assert ratios == pytest.approx(np.full(own.sum(), ratios[0]))
    assert not shared_chances(chances, own, 1.0)[~own].any()


def test_the_last_epochs_hear_the_held_out_speakers_too(small, monkeypatch: pytest.MonkeyPatch):
    told: list[Dataset] = []
    real = lessons.train
    monkeypatch.setattr(
        lessons, "train", lambda recipe, parted, *a, **o: told.append(parted.learned) or real(recipe, parted, *a, **o)
    )
    data = with_copies(spoken(), 1)
    without, ended = learn(small(), data, 0, Desk()), learn(small(finish=2), data, 0, Desk())
    assert [len(side.truth) for side in told] == [len(data.truth)]
    assert without.choice == ended.choice, "what is chosen and calibrated is of the speakers who were held out"
    states = [one.model.network.state_dict() for one in (without, ended)]
    assert not torch.equal(states[0]["classifier.weight"], states[1]["classifier.weight"])


def test_the_stage_of_a_recipe_without_one_is_the_recipe(small):
    recipe = small()
    assert as_general(recipe) is recipe
    assert general.WEIGHTS_FILE == "weights.npz"
