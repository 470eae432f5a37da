"""The functionals' branch at its optimum: a multinomial logistic regression, solved where steps would wander.

A few thousand functionals of some thousand clips want strong regularisation and no early stop; the problem is convex,
so that its solution depends on neither a seed nor a schedule. As everywhere, a clip competes only among the labels of
its corpus. Copies count as much as their clip: each of n + 1 renderings a share of 1 / (n + 1).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sentisound.errors import RecipeError
from sentisound.learning.augmentation.mixup import Mask
from sentisound.learning.dataset import Dataset
from sentisound.learning.models.deep.hybrid import Functionals, Hybrid
from sentisound.learning.networks.batches import competing_labels
from sentisound.learning.networks.losses import LEAST_LOGIT

STEPS = 100
"""Iterations of L-BFGS (Liu and Nocedal 1989); the verdicts stop changing after some thirty."""


def settle(
    network: Hybrid,
    data: Dataset,
    strength: float,
    *,
    every: bool | None = None,
    consistency: float = 0.0,
    pairs: Dataset | None = None,
) -> None:
    """Set the functionals' branch of a network to the regression's solution over ``data``, and keep it there.

    Parameters
    ----------
    network
        Without a hidden layer over the functionals.
    data
        With functionals; labels are balanced within each corpus.
    strength
        C of scikit-learn's LogisticRegression: the summed loss has this weight, half the squared weights have 1.
    every
        As of ``competing_labels``.
    consistency
        Weight of half the squared change of logits between a clip and its slight copies, beside the cross-entropy.
    pairs
        The clips whose slight copies show what changes; None for ``data``. They need no label that counts here: what a
        hum does to functionals is the same in any corpus, and a few hundred clips of one do not show it.

    Raises
    ------
    RecipeError
        When the branch has a hidden layer, or there are no functionals.
    """
    branch = network.beside
    layer = branch.layers[-1]
    if len(branch.layers) > 1 or not isinstance(layer, nn.Linear) or data.functionals is None:
        raise RecipeError("training.linear solves a functionals' branch without a hidden layer: leave `hidden` at 0")
    network.set_scale(data.functionals.mean(axis=0), data.functionals.std(axis=0))
    weight = strength * consistency * len(data.truth)
    factor = _penalty_factor(branch, pairs or data, weight) if consistency else None
    with torch.enable_grad():
        weights, bias = _solved(branch, data, strength, competing_labels(data, every=every), factor)
    with torch.no_grad():
        layer.weight.copy_(weights.T)
        layer.bias.copy_(bias)
    branch.requires_grad_(requires_grad=False)


def _solved(
    branch: Functionals, data: Dataset, strength: float, competing: Mask, factor: Tensor | None
) -> tuple[Tensor, Tensor]:
    standard, each = _renderings(branch, data)
    device, classes = standard.device, len(data.classes)
    truth = torch.from_numpy(data.truth).to(device).repeat(each)
    silent = ~torch.from_numpy(competing).to(device).repeat(each, 1)
    importance = torch.from_numpy(balance(data)).to(device).repeat(each) / each
    seen = standard if factor is None else _against(factor, standard)
    weights = torch.zeros(seen.shape[1], classes, device=device, requires_grad=True)
    bias = torch.zeros(classes, device=device, requires_grad=True)
    search = torch.optim.LBFGS([weights, bias], max_iter=STEPS, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        logits = (seen @ weights + bias).masked_fill(silent, LEAST_LOGIT)
        entropy = nn.functional.cross_entropy(logits, truth, reduction="none")
        whole = strength * (importance * entropy).sum() + 0.5 * weights.square().sum()
        whole.backward()  # type: ignore[no-untyped-call]  # torch does not say
        return whole

    search.step(loss)  # type: ignore[no-untyped-call]  # torch does not say
    found = (
        weights.detach() if factor is None else torch.linalg.solve_triangular(factor.T, weights.detach(), upper=True)
    )
    return found, bias.detach()


def _penalty_factor(branch: Functionals, pairs: Dataset, weight: float) -> Tensor | None:
    """Return the Cholesky factor of what squared weights and changes of logits cost together; None without changes.

    What a slight copy changes logits by costs ``weight`` times half its square, on average over clips and copies: with
    the squared weights a quadratic form. Seen from its factor (``_against``) it is the plain square again, and the
    search as quick as without; in the weights themselves it is far from its end after a hundred steps, since some
    directions cost a thousand times what others do. Speaker verification knows the transform as within-class covariance
    normalisation (Hatch et al. 2006).
    """
    clips, copied = pairs.functionals, pairs.copied_functionals
    if clips is None or copied is None or not pairs.slight_copies:
        return None
    device, count = branch.mean.device, pairs.slight_copies
    form = torch.eye(clips.shape[1], device=device)
    itself = branch.standard(torch.from_numpy(clips).to(device))
    for number in range(copied.shape[1] - count, copied.shape[1]):
        change = branch.standard(torch.from_numpy(copied[:, number]).to(device)) - itself
        form.addmm_(change.T, change, alpha=weight / (count * len(clips)))
    factor: Tensor = torch.linalg.cholesky(form)
    return factor


def _against(factor: Tensor, standard: Tensor) -> Tensor:
    """Return what weights are to be multiplied by that are seen from the factor; shape of ``standard``."""
    seen: Tensor = torch.linalg.solve_triangular(factor, standard.T, upper=False).T
    return seen


def _renderings(branch: Functionals, data: Dataset) -> tuple[Tensor, int]:
    """Return the standardised functionals of all clips, then those of their copies, and how many times all clips."""
    copied = data.copied_functionals
    columns = [] if copied is None else [copied[:, number] for number in range(copied.shape[1])]
    described = np.concatenate([values for values in (data.functionals, *columns) if values is not None])
    return branch.standard(torch.from_numpy(described).to(branch.mean.device)), 1 + len(columns)


def balance(data: Dataset) -> NDArray[np.float32]:
    """Return a weight of each clip, shape (clips,): labels count the same within a corpus, a corpus by its clips."""
    weights = np.zeros(len(data.truth), dtype=np.float32)
    for corpus in np.unique(data.corpora):
        own = np.flatnonzero(data.corpora == corpus)
        labels, which, counts = np.unique(data.truth[own], return_inverse=True, return_counts=True)
        weights[own] = len(own) / (len(labels) * counts[which])
    return weights
