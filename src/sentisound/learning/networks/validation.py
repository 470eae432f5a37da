"""Validation: which speakers of a training side are held out, and what a network comes to on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from sentisound.errors import RecipeError
from sentisound.learning.augmentation.mixup import Mask
from sentisound.learning.crossval import Logits
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.metrics import uar
from sentisound.learning.networks.batches import competing_labels

LEAST_LOGIT = -1e9


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """A training side cut in what is learned from and what chooses and calibrates."""

    learned: Dataset
    held: Dataset
    """As recorded."""
    learned_labels: Mask
    """Labels that each clip competes among, shape (clips, classes)."""
    held_labels: Mask


@dataclass(frozen=True, slots=True, order=True)
class Worth:
    """What weights come to on held-out clips; greater is better, ties in UAR are settled by the entropy."""

    uar: float
    negative_entropy: float
    """Mean logarithm of the probability of the true label."""


def cut(data: Dataset, groups: int, aims: Sequence[str], seed: int, *, every: bool | None = None) -> Sides:
    """Hold out one of ``groups`` groups of speakers, drawn by the seed.

    Parameters
    ----------
    data
        A training side.
    groups
        A share of 1 / groups of each corpus's speakers is held out, one at least. Where a corpus has one speaker here,
        so many of its texts are held out in place of speakers.
    aims
        Corpora whose speakers are held out; all of the others' are learned from. Empty, or none here: all corpora.
    seed
        Draws which.
    every
        As of ``competing_labels``.

    Raises
    ------
    RecipeError
        When nothing can be held out: one speaker who says one text.
    """
    rng = np.random.default_rng([seed, groups])
    corpora = np.unique(data.corpora)
    aimed = [corpus for corpus in corpora if corpus in aims] or list(corpora)
    held = np.zeros(len(data.truth), dtype=np.bool_)
    for corpus in aimed:
        held |= _held_of(data, np.flatnonzero(data.corpora == corpus), groups, rng)
    if not held.any():
        raise RecipeError(f"{', '.join(aimed)}: one speaker with one text leaves nothing to choose and calibrate by")
    labels = competing_labels(data, every=every)
    rows, rest = np.flatnonzero(held), np.flatnonzero(~held)
    return Sides(data.part(rest.tolist()), data.part(rows.tolist()).as_recorded(), labels[rest], labels[rows])


def whole(data: Dataset, groups: int, seed: int, aims: Sequence[str] = (), *, every: bool | None = None) -> Sides:
    """Return sides of which all is learned from; the group that ``cut`` would hold out is only looked at."""
    watched = cut(data, groups, aims, seed, every=every)
    return Sides(data, watched.held, competing_labels(data, every=every), watched.held_labels)


def _held_of(data: Dataset, rows: NDArray[np.int64], groups: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which clips are held out of one corpus's, as a mask over all clips."""
    units = data.part(rows.tolist()).groups
    names = alternating({unit: data.clips[row].sex for unit, row in zip(units, rows, strict=True)}, rng)
    count = min(max(1, round(len(names) / groups)), len(names) - 1)
    mask = np.zeros(len(data.truth), dtype=np.bool_)
    mask[rows[np.isin(units, names[:count])]] = True
    return mask


def alternating(sexes: dict[str, str], rng: np.random.Generator) -> list[str]:
    """Return speakers in drawn order, the sexes in turn: a held-out group of one sex would judge by that sex."""
    drawn = [str(name) for name in rng.permutation(sorted(sexes))]
    kinds = list(dict.fromkeys(sexes[name] for name in drawn))
    turns = {name: turn for kind in kinds for turn, name in enumerate(n for n in drawn if sexes[n] == kind)}
    return sorted(drawn, key=lambda name: (turns[name], kinds.index(sexes[name])))


def restricted(logits: Logits, competing: Mask) -> Logits:
    """Return logits where labels that do not compete have no chance."""
    return np.where(competing, logits, LEAST_LOGIT)


def worth(logits: Logits, sides: Sides) -> Worth:
    """Return what logits of the held-out clips come to, each clip among its corpus's labels."""
    among = restricted(logits, sides.held_labels)
    truth = sides.held.truth
    likelihood = log_softmax(among, axis=1)[np.arange(len(truth)), truth]
    return Worth(uar(truth, among.argmax(axis=1)), float(likelihood.mean()))
