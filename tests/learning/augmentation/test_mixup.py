"""Mixup: inputs and targets by the same weights, and never across tasks."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.errors import RecipeError
from sentisound.learning.augmentation.mixup import Batch, mixed, mixing_partners, mixing_weights, mixup

CLASSES = 4


def batch(tasks: list[int], seed: int = 0, frames: int = 10, functionals: bool = True) -> Batch:
    """Make a batch whose clip ``i`` belongs to the task ``tasks[i]``, of labels 0-1 or 2-3."""
    rng = np.random.default_rng(seed)
    size = len(tasks)
    competing = np.array([[True, True, False, False], [False, False, True, True]])[tasks]
    label = np.array([2 * task + rng.integers(2) for task in tasks])
    heard = np.arange(frames) < rng.integers(3, frames, size)[:, None]
    values = rng.standard_normal((size, frames, 5)).astype(np.float32) * heard[..., None]
    extra = rng.standard_normal((size, 3)).astype(np.float32) if functionals else None
    return Batch(values, heard, np.eye(CLASSES, dtype=np.float32)[label], competing, extra)


def test_weights_come_from_a_beta_distribution():
    weights = mixing_weights(20_000, 0.4, np.random.default_rng(0))
    assert weights.dtype == np.float32
    assert weights.shape == (20_000,)
    assert ((weights >= 0) & (weights <= 1)).all()
    assert weights.mean() == pytest.approx(0.5, abs=0.01)
    assert weights.var() == pytest.approx(1 / (4 * (2 * 0.4 + 1)), rel=0.03)  # of Beta(a, a)


def test_alpha_0_mixes_nothing():
    whole = batch([0, 0, 1, 1])
    made = mixup(whole, 0.0, np.random.default_rng(0))
    assert (mixing_weights(5, 0.0, np.random.default_rng(0)) == 1).all()
    for name in ("frames", "heard", "targets", "competing", "functionals"):
        assert np.array_equal(getattr(made, name), getattr(whole, name))


@pytest.mark.parametrize("alpha", [-0.1, float("nan"), float("inf")])
def test_alpha_is_a_number_from_0_up(alpha: float):
    with pytest.raises(RecipeError, match="mixup must be 0 or more"):
        mixing_weights(3, alpha, np.random.default_rng(0))


def test_partners_are_a_permutation_within_each_task():
    tasks = np.array([0, 1, 0, 1, 1, 0, 0, 1, 0, 0])
    whole = batch(tasks.tolist())
    seen = set()
    for seed in range(50):
        partners = mixing_partners(whole.competing, np.random.default_rng(seed))
        assert sorted(partners.tolist()) == list(range(10))
        assert np.array_equal(tasks[partners], tasks)
        seen.add(tuple(partners.tolist()))
    assert len(seen) > 40


def test_a_clip_alone_in_its_task_is_its_own_partner():
    whole = batch([0, 0, 0, 1])
    assert mixing_partners(whole.competing, np.random.default_rng(0))[3] == 3
    made = mixup(whole, 1.0, np.random.default_rng(0))
    assert made.frames[3] == pytest.approx(whole.frames[3], abs=1e-6)
    assert made.targets[3] == pytest.approx(whole.targets[3], abs=1e-6)


def test_inputs_and_targets_are_blended_by_the_same_weights():
    whole = batch([0, 0, 1, 1, 0, 1])
    made = mixup(whole, 1.0, np.random.default_rng(3))
    rng = np.random.default_rng(3)
    weights, partners = mixing_weights(6, 1.0, rng), mixing_partners(whole.competing, rng)
    for row, (weight, other) in enumerate(zip(weights, partners, strict=True)):
        for name in ("frames", "targets", "functionals"):
            values = getattr(whole, name)
            assert getattr(made, name)[row] == pytest.approx(
                weight * values[row] + (1 - weight) * values[other], abs=1e-6
            )


def test_targets_stay_distributions_over_labels_that_compete():
    whole = batch([0, 1] * 8)
    made = mixup(whole, 0.4, np.random.default_rng(0))
    assert made.targets.sum(axis=1) == pytest.approx(np.ones(16), abs=1e-6)
    assert not made.targets[~made.competing].any()
    assert np.array_equal(made.competing, whole.competing)


def test_what_either_clip_has_is_heard_and_padding_stays_0():
    whole = batch([0] * 6)
    made = mixup(whole, 1.0, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    mixing_weights(6, 1.0, rng)
    partners = mixing_partners(whole.competing, rng)
    assert np.array_equal(made.heard, whole.heard | whole.heard[partners])
    assert not made.frames[~made.heard].any()


def test_types_stay_and_the_batch_is_not_touched():
    whole = batch([0, 0, 1, 1])
    before = batch([0, 0, 1, 1])
    made = mixup(whole, 0.4, np.random.default_rng(0))
    assert (made.frames.dtype, made.targets.dtype, made.functionals.dtype) == (np.float32,) * 3
    assert made.heard.dtype == bool
    for name in ("frames", "heard", "targets", "competing", "functionals"):
        assert np.array_equal(getattr(whole, name), getattr(before, name))


def test_functionals_are_not_needed():
    assert mixup(batch([0, 0], functionals=False), 0.4, np.random.default_rng(0)).functionals is None


def test_mixing_takes_any_number_of_axes():
    weights, partners = np.array([0.25, 1.0], np.float32), np.array([1, 0])
    assert mixed(np.array([0.0, 4.0], np.float32), weights, partners).tolist() == [3.0, 4.0]
    assert mixed(np.zeros((2, 3, 4, 5), np.float32), weights, partners).shape == (2, 3, 4, 5)


def test_the_same_seed_mixes_the_same():
    one, same, other = (mixup(batch([0] * 8), 0.4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.frames, same.frames)
    assert not np.array_equal(one.frames, other.frames)
