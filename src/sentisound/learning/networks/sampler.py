"""The sampler: which clips make up an epoch, in which order and in which batches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.metrics import Indices

Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """Draws epochs of clips."""

    clips: int
    """How many an epoch has."""
    batch_size: int
    chances: Chances | None = None
    """Chance of each clip there is to be drawn next; None for each of ``clips`` once an epoch."""

    @property
    def batches(self) -> int:
        """Number of batches in an epoch."""
        return -(-self.clips // self.batch_size)

    def epoch(self, rng: np.random.Generator) -> list[Indices]:
        """Return the rows of each batch of an epoch.

        Batches differ by one clip at most: a last batch of a single clip would have no deviation to normalise by.
        """
        if self.chances is None:
            rows = rng.permutation(self.clips)
        else:
            rows = rng.choice(len(self.chances), self.clips, p=self.chances)
        return np.array_split(rows, self.batches)


def balanced_chances(data: Dataset) -> Chances:
    """Return chances with which each corpus is drawn as often as any, in it each speaker, of whom each label.

    Returns
    -------
    ndarray, shape (clips,), float64, sum 1
    """
    levels = (data.corpora, data.speakers, data.truth.astype(str))
    keys = [np.array(["\t".join(names) for names in zip(*levels[:depth], strict=True)]) for depth in range(1, 4)]
    chances = np.full(len(data.truth), 1 / len(np.unique(keys[0])))
    for outer, inner in pairwise(keys):
        chances /= _kinds_within(outer, inner)
    return chances / _kinds_within(keys[-1], np.arange(len(data.truth)).astype(str))


def shared_chances(chances: Chances, own: NDArray[np.bool_], share: float) -> Chances:
    """Return chances of which so large a share goes to the clips marked as ``own``, dealt among each as before."""
    dealt = np.where(own, share / chances[own].sum(), (1 - share) / max(chances[~own].sum(), np.finfo(np.float64).tiny))
    weighed: Chances = chances * dealt
    total = float(weighed.sum())
    return np.divide(weighed, total)


def _kinds_within(outer: NDArray[np.str_], inner: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return for each clip how many different inner keys its outer key has."""
    pairs = np.unique(np.stack([outer, inner]), axis=1)
    names, counts = np.unique(pairs[0], return_counts=True)
    found: NDArray[np.int64] = counts[np.searchsorted(names, outer)]
    return found
