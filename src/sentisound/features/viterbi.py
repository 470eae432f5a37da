"""The best path through states that change step by step (Viterbi), in a few large operations for all steps at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Worth = NDArray[np.float64]
"""What each step is worth from each state to each, shape (states, states, steps)."""


def best_path(worth: Worth) -> NDArray[np.intp]:
    """Return the states between which the steps are worth most in sum.

    Neighbouring steps are joined to steps of twice the length, all pairs at once, until one is left. Then each falls
    apart again at the state that is best between its ends. Step by step, the calls would cost more than the sums.

    Parameters
    ----------
    worth : (states, states, steps) float64
        Of each step, from the state in the row to that in the column; contiguous arrays are fastest.

    Returns
    -------
    (steps + 1,) intp
    """
    halves, steps = [], worth.shape[2]
    while worth.shape[2] > 1:
        first, second = _halves(worth)
        halves.append((first, second))
        worth = (first[:, :, np.newaxis] + second).max(axis=1)
    path = np.array(np.unravel_index(worth[..., 0].argmax(), worth.shape[:2]))
    for first, second in reversed(halves):
        path = _with_states_between(path[: first.shape[2] + 1], first, second)
    return path[: steps + 1]


def _halves(worth: Worth) -> tuple[Worth, Worth]:
    """Return the first and the second of each pair of steps; one that changes nothing makes their number even."""
    if worth.shape[2] % 2:
        stay = np.where(np.eye(len(worth), dtype=bool), 0.0, -np.inf)
        worth = np.concatenate([worth, stay[..., np.newaxis]], axis=2)
    return worth[..., ::2], worth[..., 1::2]


def _with_states_between(ends: NDArray[np.intp], first: Worth, second: Worth) -> NDArray[np.intp]:
    """Return the path with the best state put in between each two."""
    step = np.arange(first.shape[2])
    path = np.empty(2 * len(step) + 1, np.intp)
    path[::2] = ends
    path[1::2] = (first[ends[:-1], :, step] + second[:, ends[1:], step].T).argmax(axis=1)
    return path
