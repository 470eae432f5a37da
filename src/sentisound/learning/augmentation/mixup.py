"""Mixup: clips of a batch blended two by two, and their labels with them (Zhang et al. 2018).

Corpora have different labels, and a clip competes only among those of its own. Only clips that compete among the same
labels are mixed: a blend of two others would have a target that neither's softmax can reach.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sentisound.errors import RecipeError

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What a network learns from at once."""

    frames: Floats
    """Shape (clips, frames, bands), 0 after the end of each clip."""
    heard: Mask
    """Where there are frames, shape (clips, frames)."""
    targets: Floats
    """Shape (clips, classes), each row adds to 1."""
    competing: Mask
    """The labels that each clip competes among, shape (clips, classes)."""
    functionals: Floats | None = None
    """Shape (clips, n)."""
    teacher: Floats | None = None
    """What a pre-trained encoder makes of each clip, shape (clips, dimensions)."""
    ratings: Floats | None = None
    """Arousal, valence and dominance, shape (clips, 3); NaN where a clip or what it is blended with has none."""
    twins: Rows | None = None
    """Rows that are to be taken for the same, shape (pairs, 2): slight copies, and beside each its clip itself."""


def mixup(batch: Batch, alpha: float, rng: np.random.Generator) -> Batch:
    """Blend each clip with one that competes among the same labels; itself, where there is no other.

    Parameters
    ----------
    batch
        Stays as it is. Where one of two clips is longer, its rest is blended with 0: the mean, for normalised frames.
    alpha
        As of ``mixing_weights``; 0 mixes nothing.
    rng
        Draws weights and partners.

    Returns
    -------
    Batch
        Frames, targets and all that stands beside them blended by the same weights; heard is what either clip has.
    """
    weights = mixing_weights(len(batch.frames), alpha, rng)
    partners = mixing_partners(batch.competing, rng)
    if batch.twins is not None:  # what they differ by must be the change alone
        slight, itself = batch.twins.T
        weights[itself], partners[itself] = weights[slight], partners[slight]
    functionals, teacher, ratings = (
        None if values is None else mixed(values, weights, partners)
        for values in (batch.functionals, batch.teacher, batch.ratings)
    )
    return replace(
        batch,
        frames=mixed(batch.frames, weights, partners),
        heard=np.where((weights < 1)[:, None], batch.heard | batch.heard[partners], batch.heard),
        targets=mixed(batch.targets, weights, partners),
        functionals=functionals,
        teacher=teacher,
        ratings=ratings,
    )


def mixing_weights(size: int, alpha: float, rng: np.random.Generator) -> Floats:
    """Draw how much of itself each clip keeps, from Beta(alpha, alpha).

    Parameters
    ----------
    size
        Number of clips.
    alpha
        0.2 leaves most clips nearly pure, 1 draws evenly from 0..1; 0 leaves all pure.
    rng
        Source of the draws.

    Returns
    -------
    ndarray, shape (size,), float32, 0..1

    Raises
    ------
    RecipeError
        When alpha is negative or not a finite number.
    """
    if not 0 <= alpha < np.inf:
        raise RecipeError(f"mixup must be 0 or more, not {alpha:g}")
    return rng.beta(alpha, alpha, size).astype(np.float32) if alpha else np.ones(size, dtype=np.float32)


def mixing_partners(competing: Mask, rng: np.random.Generator) -> Rows:
    """Draw for each clip the one it is mixed with: each is chosen once, among those with the same row of ``competing``.

    Parameters
    ----------
    competing
        Shape (clips, classes).
    rng
        Source of the draws.

    Returns
    -------
    ndarray, shape (clips,), int64
        A permutation of the rows.
    """
    partners = np.arange(len(competing))
    _, group = np.unique(competing, axis=0, return_inverse=True)
    for number in np.unique(group):
        rows = np.flatnonzero(group.ravel() == number)
        partners[rows] = rng.permutation(rows)
    return partners


def mixed(values: Floats, weights: Floats, partners: Rows) -> Floats:
    """Return ``weight * value + (1 - weight) * partner's value``, shape of ``values``; the first axis is the clips."""
    own = weights.reshape(-1, *[1] * (values.ndim - 1))
    return own * values + (1 - own) * values[partners]
