"""The start of a training that does not start anew: from a base's weights, head by head, or from a general stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentisound.errors import RecipeError
from sentisound.learning.base import GENTLER, Base
from sentisound.learning.dataset import Dataset
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.registry import build_network
from sentisound.learning.recipe import Recipe
from sentisound.learning.weights import Weights


def of_corpora(data: Dataset, names: Sequence[str]) -> NDArray[np.bool_]:
    """Return which clips are of these corpora, shape (clips,)."""
    return np.isin(data.corpora, list(names))


def weights_of(network: Network) -> Weights:
    """Return the weights and running means, by their names in the network."""
    return {name: values.detach().cpu().numpy() for name, values in network.state_dict().items()}


@dataclass(frozen=True, slots=True, eq=False)
class General:
    """What came of a general stage, and which corpora it was made for."""

    weights: Weights
    aims: tuple[str, ...]

    def owned(self, data: Dataset) -> NDArray[np.bool_]:
        """Return which clips are of a corpus that is tested, shape (clips,)."""
        return of_corpora(data, self.aims)

    def own(self, data: Dataset) -> Dataset:
        """Return the clips of the corpora that are tested."""
        return data.part(np.flatnonzero(self.owned(data)).tolist())

    def put_in(self, network: Network) -> None:
        """Put the weights in a network of the same recipe."""
        network.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in self.weights.items()})


def gentler(recipe: Recipe) -> Recipe:
    """Return the recipe with the learning rate of a fine-tuning.

    A functionals' branch goes on from its weights by steps like the rest: solved anew, it would forget the base's.
    """
    options = recipe.training
    rate = options.fine_tune_rate or GENTLER * options.learning_rate
    return replace(recipe, training=replace(options, learning_rate=rate, fine_tune_rate=None, linear=0.0), general=None)


def start_from(base: Base, network: Network, recipe: Recipe, classes: Sequence[str]) -> None:
    """Put a base's weights in an untrained network of the same recipe.

    Of the heads, the rows of labels that the base has are taken; those of new labels stay as they were drawn.

    Raises
    ------
    RecipeError
        When the weights are not those of such a network.
    """
    fresh = network.state_dict()
    if fresh.keys() != base.weights.keys():
        unlike = sorted(fresh.keys() ^ base.weights.keys())
        raise RecipeError(f"the weights of {base.card.id} are of another network: {', '.join(unlike[:3])}")
    heads = head_names(recipe, network.shape)
    kept = [(row, base.card.labels.index(label)) for row, label in enumerate(classes) if label in base.card.labels]
    given = {name: torch.from_numpy(values) for name, values in base.weights.items()}
    state = {name: _joined(own, given[name], kept if name in heads else None) for name, own in fresh.items()}
    unfit = [name for name, values in state.items() if values.shape != fresh[name].shape]
    if unfit:
        raise RecipeError(f"the weights of {base.card.id} are of another size: {', '.join(unfit[:3])}")
    network.load_state_dict(state)


def _joined(own: Tensor, given: Tensor, kept: Sequence[tuple[int, int]] | None) -> Tensor:
    """Return the base's tensor, or of a head a copy of our own with the rows that both have from the base."""
    if kept is None or own.shape[1:] != given.shape[1:]:
        return given
    rows = own.clone()
    for ours, theirs in kept:
        rows[ours] = given[theirs]
    return rows


def head_names(recipe: Recipe, shape: Shape) -> frozenset[str]:
    """Return the names of the tensors with a row for each class: those whose shape changes with their number."""
    with torch.device("meta"):
        one, other = (
            build_network(recipe.model.name, recipe.model.parameters, replace(shape, classes=shape.classes + more))
            for more in (0, 1)
        )
    wider = other.state_dict()
    return frozenset(name for name, values in one.state_dict().items() if values.shape != wider[name].shape)
