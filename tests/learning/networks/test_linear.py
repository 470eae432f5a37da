"""The functionals' branch at its optimum: scikit-learn's solution, kept, and each clip among its corpus's labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from learning_frames import BANDS, SMALL, spoken
from sentisound.errors import RecipeError
from sentisound.learning.dataset import Dataset
from sentisound.learning.learner import Desk, learn
from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Shape
from sentisound.learning.networks.device import best_device, repeatable
from sentisound.learning.networks.linear import balance, settle

SIZE = 6


def described(corpora: tuple[str, ...] = ("ravdess",), speakers: int = 5) -> Dataset:
    """Return clips whose functionals lie around a point of their class, each functional on a scale of its own."""
    data = spoken(speakers=speakers, corpora=corpora)
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((len(data.classes), SIZE))
    near = centres[data.truth] + rng.standard_normal((len(data.truth), SIZE))
    return replace(data, functionals=(near * 10.0 ** np.arange(SIZE) + 5).astype(np.float32))


def hybrid(data: Dataset, **parameters: int) -> Hybrid:
    return Hybrid(Shape(BANDS, len(data.classes), SIZE), **SMALL, **parameters).eval()


def said(network: Hybrid, data: Dataset) -> np.ndarray:
    with torch.no_grad():
        return network.beside(torch.from_numpy(data.functionals)).numpy()


@pytest.mark.parametrize("strength", [0.01, 1.0])
def test_the_branch_says_what_scikit_learn_says(strength: float):
    """One corpus and the same C: both minimise the same convex function, so probabilities agree."""
    data = described()
    settle(network := hybrid(data), data, strength)
    standard = StandardScaler().fit_transform(data.functionals.astype(np.float64))
    theirs = LogisticRegression(C=strength, class_weight="balanced", tol=1e-8, max_iter=1000).fit(standard, data.truth)
    ours = torch.softmax(torch.from_numpy(said(network, data)), 1).numpy()
    assert ours == pytest.approx(theirs.predict_proba(standard), abs=2e-3)


def test_a_solved_branch_is_left_as_it_is_by_training(small):
    recipe = small("hybrid", {**SMALL, "weight": 0.5}, functionals="prosodic", linear=0.1, epochs=2)
    data = described()
    found = learn(recipe, data, 0, Desk())
    with repeatable(device := best_device()):
        settle(alone := hybrid(data).to(device), data, 0.1)
    network = found.model.network
    assert torch.equal(network.beside.layers[-1].weight, alone.beside.layers[-1].weight)
    assert not any(parameter.requires_grad for parameter in network.beside.parameters())


def test_a_label_that_a_corpus_lacks_is_not_pushed_down_by_its_clips():
    """``savee`` has no sadness: with or without its clips, sadness against joy is judged from ``ravdess`` alone."""
    both = described(("ravdess", "savee"))
    own = np.flatnonzero(both.corpora == "ravdess")
    other = np.flatnonzero(both.corpora == "savee")
    lonely = replace(both.part(own), functionals=both.functionals[own])
    far = replace(both, functionals=both.functionals.copy())
    far.functionals[other] += 100
    settle(network := hybrid(both), far, 1.0)
    bias = network.beside.layers[-1].bias.detach().numpy()
    assert np.isfinite(bias).all()
    right = said(network, lonely).argmax(axis=1) == lonely.truth
    assert right.mean() > 0.6


def test_labels_count_the_same_within_a_corpus_and_a_corpus_by_its_clips():
    data = described(("ravdess", "savee"))
    few = data.part([row for row in range(len(data.truth)) if data.truth[row] != 0 or row % 2])
    weights = balance(few)
    for corpus in ("ravdess", "savee"):
        own = few.corpora == corpus
        assert weights[own].sum() == pytest.approx(own.sum(), rel=1e-5)
        sums = [weights[own & (few.truth == label)].sum() for label in np.unique(few.truth[own])]
        assert sums == pytest.approx([sums[0]] * len(sums), rel=1e-5)


def test_a_hidden_layer_cannot_be_solved():
    data = described()
    with pytest.raises(RecipeError, match="hidden"):
        settle(hybrid(data, hidden=4), data, 1.0)
    with pytest.raises(RecipeError, match=r"training\.linear"):
        settle(hybrid(data), replace(data, functionals=None), 1.0)


def test_copies_count_as_their_clip():
    """Copies that are the clips themselves change nothing; copies that say otherwise do."""
    data = described()
    same = replace(data, copied_functionals=np.stack([data.functionals] * 2, axis=1))
    other = replace(data, copied_functionals=np.stack([data.functionals[::-1]] * 2, axis=1))
    alone, doubled, confused = hybrid(data), hybrid(data), hybrid(data)
    for network, side in ((alone, data), (doubled, same), (confused, other)):
        settle(network, side, 0.1)
    assert said(doubled, data) == pytest.approx(said(alone, data), abs=1e-3)
    assert np.abs(said(confused, data) - said(alone, data)).max() > 0.1


def moved_by(data: Dataset, scale: float, seed: int = 0) -> Dataset:
    """Return the clips with one strong copy, themselves, and two slight ones that differ in their first functional."""
    rng = np.random.default_rng(seed)
    copies = np.repeat(data.functionals[:, None], 3, axis=1)
    copies[:, 1:, 0] += scale * data.functionals[:, 0].std() * rng.standard_normal((len(data.truth), 2))
    return replace(data, copied_functionals=copies, slight_copies=2)


def test_the_solution_is_that_of_the_cross_entropy_and_what_slight_changes_cost():
    """Nothing near it costs less: the gradient of the whole, written out anew, is nought."""
    data, strength, consistency = moved_by(described(), 1.0), 0.5, 2.0
    settle(network := hybrid(data), data, strength, consistency=consistency)
    layer = network.beside.layers[-1]
    weights, bias = (values.detach().double().requires_grad_() for values in (layer.weight, layer.bias))
    clips = network.beside.standard(torch.from_numpy(data.functionals)).double()
    copies = [network.beside.standard(torch.from_numpy(data.copied_functionals[:, n])).double() for n in range(3)]
    importance = torch.from_numpy(balance(data)).double()
    truth = torch.from_numpy(data.truth)
    cost = 0.5 * weights.square().sum()
    for heard in (clips, *copies):
        entropy = torch.nn.functional.cross_entropy(heard @ weights.T + bias, truth, reduction="none")
        cost = cost + strength / 4 * (importance * entropy).sum()
    for slight in copies[1:]:
        change = (slight - clips) @ weights.T
        cost = cost + strength * consistency * 0.5 * change.square().sum() / 2
    cost.backward()
    assert weights.grad is not None
    assert weights.grad.abs().max() < 2e-3 * strength * len(data.truth)


def test_the_more_slight_changes_count_the_less_they_change():
    data = described()
    paired, other = moved_by(data, 2.0), moved_by(data, 2.0, seed=1)
    changes = []
    for consistency in (0.0, 1.0, 10.0):
        settle(network := hybrid(paired), paired, 1.0, consistency=consistency)
        heard = replace(data, functionals=other.copied_functionals[:, 2])
        changes.append(np.square(said(network, heard) - said(network, data)).mean())
        assert (said(network, data).argmax(axis=1) == data.truth).mean() > 0.6
    assert changes[0] > 4 * changes[1] > 8 * changes[2]


def test_other_clips_show_what_slight_changes_do_and_teach_no_label():
    data, others = described(), described(("savee",))
    shown = moved_by(replace(others, truth=others.truth[::-1].copy()), 2.0)
    settle(alone := hybrid(data), data, 1.0, consistency=1.0)
    settle(warned := hybrid(data), data, 1.0, consistency=1.0, pairs=shown)
    settle(plain := hybrid(data), data, 1.0)
    assert torch.equal(alone.beside.layers[-1].weight, plain.beside.layers[-1].weight)
    before, after = (network.beside.layers[-1].weight.abs().mean(dim=0) for network in (plain, warned))
    assert after[0] < 0.5 * before[0]
    assert after[1:].sum() > before[1:].sum(), "the others are trusted in its place"


def test_with_every_label_open_a_corpus_without_one_says_no_to_it():
    """``savee`` has no sadness: its clips push sadness down where all labels compete, and only there."""
    both = described(("ravdess", "savee"))
    masked, open_ = hybrid(both), hybrid(both)
    settle(masked, both, 1.0)
    settle(open_, both, 1.0, every=True)
    other = both.part(np.flatnonzero(both.corpora == "savee").tolist())
    chances = [torch.softmax(torch.from_numpy(said(network, other)), 1)[:, 2].mean() for network in (masked, open_)]
    assert chances[1] < 0.5 * chances[0]
