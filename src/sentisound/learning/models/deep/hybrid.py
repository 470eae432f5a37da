"""``hybrid``: the ``tdnn`` over frames beside a linear layer over functionals, their log-probabilities summed."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from sentisound.errors import RecipeError
from sentisound.learning.models.deep.network import Shape
from sentisound.learning.models.deep.tdnn import Tdnn


class Functionals(nn.Module):
    """Standardisation, clipping, dropout and a linear layer, with one hidden layer where ``hidden`` is not 0."""

    mean: Tensor
    scale: Tensor

    def __init__(self, size: int, classes: int, hidden: int, dropout: float, outermost: int) -> None:
        super().__init__()
        self.outermost = outermost
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.dropout = nn.Dropout(dropout)
        layers = [nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(dropout)] if hidden else []
        self.layers = nn.Sequential(*layers, nn.Linear(hidden or size, classes))

    def forward(self, functionals: Tensor) -> Tensor:
        """Return logits, shape (batch, classes)."""
        logits: Tensor = self.layers(self.dropout(self.standard(functionals)))
        return logits.float()

    def standard(self, functionals: Tensor) -> Tensor:
        """Return functionals standardised and clipped, of the same shape."""
        return ((functionals - self.mean) / self.scale).clamp(-self.outermost, self.outermost)


class Hybrid(Tdnn):
    """Two unlike models in one graph; parameters beyond these are those of ``Tdnn``, embeddings are its own too.

    Parameters
    ----------
    weight
        Share of the frames in the sum of log-probabilities; the rest is the functionals'. Not learned.
    hidden
        Units of a hidden layer over the functionals; 0 for none.
    functionals_dropout
        Share of functionals dropped in training.
    outermost
        Standardised functionals are clipped here, in standard deviations: one that runs away tells no more.
    """

    takes_functionals: ClassVar[bool] = True

    def __init__(
        self,
        shape: Shape,
        *,
        weight: float = 0.6,
        hidden: int = 0,
        functionals_dropout: float = 0.5,
        outermost: int = 5,
        **tdnn: Any,
    ) -> None:
        super().__init__(shape, **tdnn)
        self.weight = weight
        self.beside = Functionals(shape.functionals, shape.classes, hidden, functionals_dropout, outermost)

    def set_scale(self, mean: NDArray[np.floating], scale: NDArray[np.floating]) -> None:
        """Keep the mean and the standard deviation of the training side's functionals, each of shape (functionals,).

        A functional that does not vary is left at its distance from the mean.

        Raises
        ------
        RecipeError
            When they are not finite, or not as many as functionals.
        """
        given = torch.as_tensor(np.stack([mean, scale]), dtype=torch.float32)
        if given.shape[1:] != self.beside.mean.shape or not torch.isfinite(given).all():
            raise RecipeError(f"{len(self.beside.mean)} finite means and scales are needed, not {given.shape[1:]}")
        self.beside.mean.copy_(given[0])
        self.beside.scale.copy_(torch.where(given[1] > 0, given[1], 1.0))

    def plausible(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return functionals that are ``standard`` once standardised, shape (batch, functionals)."""
        mean, scale = (buffer.cpu().numpy().astype(np.float64) for buffer in (self.beside.mean, self.beside.scale))
        return np.asarray(mean + scale * standard)

    def branch_logits(
        self, frames: Tensor, mask: Tensor | None = None, functionals: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the logits of the frames and those of the functionals, each of shape (batch, classes)."""
        return self.branches(self.embed(frames, mask), functionals)

    def branches(self, embedding: Tensor, functionals: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return what ``branch_logits`` does, from an embedding.

        Raises
        ------
        RecipeError
            When functionals are missing.
        """
        if functionals is None:
            raise RecipeError("hybrid needs functionals beside the frames")
        return super().classify(embedding), self.beside(functionals)

    def classify(self, embedding: Tensor, functionals: Tensor | None = None) -> Tensor:
        """Return the weighed sum of both branches' log-probabilities, shape (batch, classes)."""
        return self.fused(*self.branches(embedding, functionals))

    def fused(self, heard: Tensor, described: Tensor) -> Tensor:
        """Return what ``classify`` makes of the branches' logits."""
        return self.weight * log_softmax(heard, 1) + (1 - self.weight) * log_softmax(described, 1)
