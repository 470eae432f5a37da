"""The network as a learner: logits of whole clips, a graph that says the same, and errors before hours of work."""

from __future__ import annotations

import builtins
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from itertools import pairwise

import numpy as np
import pytest
import torch

from learning_frames import BANDS, SMALL, spoken, with_copies
from sentisound.errors import BundleInvalid, MissingExtra, RecipeError
from sentisound.learning import learner
from sentisound.learning.evaluation import runs
from sentisound.learning.learner import Desk
from sentisound.learning.models.deep.network import Shape
from sentisound.learning.models.deep.registry import build_network
from sentisound.learning.networks import device, network as networks
from sentisound.learning.networks.device import takes_bf16
from sentisound.learning.networks.inference import by_length, logits_of
from sentisound.learning.networks.lessons import training_key
from sentisound.learning.networks.network import FittedNetwork, graph_logits
from sentisound.learning.recipe import AugmentationOptions, CalibrationOptions, FeatureOptions, Step

DATA = spoken()


def untrained(name: str = "tdnn") -> FittedNetwork:
    torch.manual_seed(0)
    return FittedNetwork(build_network(name, SMALL if name == "tdnn" else {}, Shape(BANDS, 3)).eval(), "none")


def test_each_clip_is_heard_whole_whatever_is_beside_it():
    model = untrained()
    together = model.logits(DATA)
    assert together.shape == (len(DATA.truth), 3)
    for row in (0, 7, 30):
        alone = model.network(torch.from_numpy(DATA.features[row].astype(np.float32))[None]).detach().numpy()
        assert together[row] == pytest.approx(alone[0], abs=1e-5)
        assert model.logits(DATA.part([row]))[0] == pytest.approx(together[row], abs=1e-5)


def test_batches_are_of_about_one_length():
    data = spoken(takes=20)
    batches = by_length(data)
    assert sorted(np.concatenate(batches)) == list(range(len(data.truth)))
    lengths = [[len(data.features[row]) for row in rows] for rows in batches]
    assert all(max(shorter) <= min(longer) for shorter, longer in pairwise(lengths))


def test_the_graph_says_what_the_network_says():
    model = untrained()
    assert graph_logits(model.graph(DATA), DATA) == pytest.approx(model.logits(DATA), abs=1e-4)


def test_a_graph_that_differs_is_not_published(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(networks, "graph_logits", lambda _, data: logits_of(untrained().network, data) + 0.01)
    with pytest.raises(BundleInvalid, match=r"differs by 0\.01 on a clip"):
        untrained().graph(DATA)


def test_a_hybrid_learns_from_functionals_too(small):
    rng = np.random.default_rng(0)
    told = (10 * np.eye(3)[DATA.truth] + rng.standard_normal((len(DATA.truth), 3)) + 1000).astype(np.float32)
    data = replace(DATA, functionals=told)
    recipe = small("hybrid", SMALL | {"weight": 0.0, "functionals_dropout": 0.0}, epochs=12, learning_rate=0.05)
    learned = networks.learn(recipe, data, 0, Desk())
    assert learned.choice.inner_uar > 0.9
    assert learned.model.network.beside.mean.cpu().numpy() == pytest.approx(1003, abs=1)
    assert graph_logits(learned.model.graph(data), data) == pytest.approx(learned.model.logits(data), abs=1e-3)


def test_what_is_learned_beside_the_labels_does_not_change_the_graphs_shape(small):
    rng = np.random.default_rng(0)
    ratings = rng.standard_normal((len(DATA.truth), 3)).astype(np.float32)
    ratings[::2] = np.nan
    rich = replace(DATA, teacher=rng.standard_normal((len(DATA.truth), 6)).astype(np.float32), ratings=ratings)
    plain = networks.learn(small(epochs=1), DATA, 0, Desk()).model.network
    taught = networks.learn(small(epochs=1, teacher=1.0, ratings=1.0), rich, 0, Desk()).model.network
    assert plain.state_dict().keys() == taught.state_dict().keys()
    assert not torch.equal(plain.classifier.weight, taught.classifier.weight)


def test_pooled_corpora_teach_and_only_the_aimed_one_judges(small):
    data = spoken(corpora=("ravdess", "savee"))
    learned = networks.learn(small(epochs=6, balanced=True), data, 0, Desk(aims=("savee",)))
    assert learned.choice.inner_uar > 0.8
    assert learned.model.logits(data).shape[1] == 3


def test_the_key_tells_all_that_weights_depend_on(small):
    base = (small(), DATA, 0, Desk())
    others = [
        (small(epochs=4), DATA, 0, Desk()),
        (replace(small(), augmentation=AugmentationOptions(mixup=0.1)), DATA, 0, Desk()),
        (replace(small(), calibration=CalibrationOptions(groups=2)), DATA, 0, Desk()),
        (small(parameters=SMALL | {"channels": 9}), DATA, 0, Desk()),
        (small(), with_copies(DATA, 1), 0, Desk()),
        (small(), DATA.part(range(44)), 0, Desk()),
        (small(), DATA, 1, Desk()),
        (small(), DATA, 0, Desk(aims=("ravdess",))),
    ]
    keys = {training_key(*each) for each in (base, *others)}
    assert len(keys) == len(others) + 1
    assert training_key(small(), DATA, 0, Desk(threads=2, progress=print)) == training_key(*base)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"search": {"channels": [8]}}, "are not searched"),
        ({"augmentation": AugmentationOptions(frames=[Step("nope")])}, "no transform 'nope'"),
        ({"features": FeatureOptions("mfcc40")}, "learns from frames"),
        ({"features": FeatureOptions("logmel", {"n_mels": 8}, "mfcc40")}, "takes no functionals"),
        ({"features": FeatureOptions("logmel", {"n_mels": 8}, "logmel")}, "a set of vectors"),
    ],
)
def test_a_recipe_that_cannot_be_is_told_before_any_work(small, change: dict, message: str):
    with pytest.raises(RecipeError, match=message):
        learner.check(replace(small(), **change), 3)


def test_unknown_networks_and_parameters_are_told(small):
    with pytest.raises(RecipeError, match="no network 'perceptron'"):
        learner.check(small("perceptron", {}), 3)
    with pytest.raises(RecipeError, match="no parameter 'width'"):
        learner.check(small(parameters={"width": 3}), 3)


def test_a_check_of_a_good_recipe_draws_nothing(small):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    learner.check(small(), 3)
    learner.check(small("hybrid", SMALL, functionals="mfcc40"), 3)
    assert torch.rand(1) == expected


def test_without_torch_the_extra_is_named(small, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.startswith("sentisound.learning.networks.network")]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def without(name: str, *rest):
        if name == "torch" or name.startswith("torch."):
            raise ImportError("no torch", name="torch")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"networks need torch: pip install '\.\[networks\]'"):
        learner.learn(small(), DATA, 0, Desk())


def test_a_recurrent_network_gains_from_bfloat16_through_its_trunk_only(monkeypatch: pytest.MonkeyPatch):
    assert not takes_bf16(torch.nn.Sequential(torch.nn.GRU(2, 2)), torch.device("cpu"))
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    monkeypatch.setattr(device, "convolves_right", lambda: True)
    trunk = torch.nn.Sequential(torch.nn.Conv1d(2, 2, 1), torch.nn.GRU(2, 2))
    assert takes_bf16(trunk, torch.device("cpu"))
    monkeypatch.setattr(device, "convolves_right", lambda: False)
    assert not takes_bf16(trunk, torch.device("cpu")), "a processor whose kernels are wrong trains in float32"


def test_a_kernel_that_leaves_garbage_is_noticed(monkeypatch: pytest.MonkeyPatch):
    real = device.conv2d

    def broken(maps: torch.Tensor, weights: torch.Tensor, **options) -> torch.Tensor:
        found = real(maps, weights, **options)
        return (
            torch.where(torch.arange(64)[:, None, None] < 8, torch.nan, found)
            if maps.dtype == torch.bfloat16
            else found
        )

    monkeypatch.setattr(device, "conv2d", broken)
    assert not device.convolves_right.__wrapped__()


def test_the_scaler_is_told(small):
    assert (
        networks.learn(small(epochs=1), DATA, 0, Desk()).model.describe()
        == "each band less its mean over the utterance"
    )


def test_a_run_of_networks_without_torch_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    def installed(name: str) -> str:
        if name == "torch":
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(runs, "version", installed)
    assert runs.environment()["numpy"] == "1"
    with pytest.raises(MissingExtra, match=r"networks need torch"):
        runs.environment(networks=True)
