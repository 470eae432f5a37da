"""The best path is the best of all, whatever the number of steps; states that are forbidden are never entered."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sentisound.features.viterbi import best_path


def earned(worth: np.ndarray, path: tuple[int, ...]) -> float:
    """Sum what the steps of a path are worth."""
    return sum(worth[before, after, step] for step, (before, after) in enumerate(pairwise(path)))


def best_of_all(worth: np.ndarray) -> tuple[int, ...]:
    """Try every path."""
    states, _, steps = worth.shape
    return max(product(range(states), repeat=steps + 1), key=lambda path: earned(worth, path))


@pytest.mark.parametrize("steps", range(1, 9))
def test_the_path_is_the_best_of_all_for_odd_and_even_numbers_of_steps(steps: int):
    worth = np.random.default_rng(steps).uniform(-1, 1, (3, 3, steps))
    assert tuple(best_path(worth)) == best_of_all(worth)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 70))
@settings(max_examples=40, deadline=None)
def test_the_path_is_worth_what_going_step_by_step_finds(seed: int, states: int, steps: int):
    worth = np.random.default_rng(seed).normal(size=(states, states, steps))
    total = np.zeros(states)
    for step in range(steps):
        total = (total[:, None] + worth[..., step]).max(axis=0)
    path = best_path(worth)
    assert path.shape == (steps + 1,)
    assert earned(worth, tuple(path)) == pytest.approx(total.max())


def test_a_chain_of_forced_steps_is_followed():
    forced = np.full((5, 5, 4), -1e3)
    forced[[0, 3, 1, 4], [3, 1, 4, 2], range(4)] = 0.0
    assert best_path(forced).tolist() == [0, 3, 1, 4, 2]


def test_a_loss_now_is_taken_for_a_gain_later():
    worth = np.zeros((2, 2, 6))
    worth[0, 1] = -1.0  # to change costs as much as three steps in state 1 bring
    worth[1, 1] = 1 / 3
    worth[1, 0] = -5.0
    worth[:, :, 0] = [[0.0, -1.0], [-9.0, -9.0]]  # one starts in state 0
    assert best_path(worth).tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert best_path(worth[..., :3]).tolist() == [0, 0, 0, 0]


def test_one_state_leaves_no_choice():
    assert best_path(np.zeros((1, 1, 12))).tolist() == [0] * 13


def test_the_worths_are_not_changed():
    worth = np.random.default_rng(0).normal(size=(3, 3, 7))
    before = worth.copy()
    best_path(worth)
    np.testing.assert_array_equal(worth, before)
