"""Losses: what a network is taught by a batch, each term with its weight."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, log_softmax

from sentisound.learning.augmentation.mixup import Batch
from sentisound.learning.models.deep.heads import Auxiliary
from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Network
from sentisound.learning.recipe import TrainingOptions

LEAST_LOGIT = -1e9
"""Of a label that does not compete; finite, so that nothing times it is still nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A batch on the device; fields as of ``Batch``."""

    frames: Tensor
    mask: Tensor
    targets: Tensor
    competing: Tensor
    functionals: Tensor | None
    teacher: Tensor | None
    ratings: Tensor | None
    twins: Tensor | None

    @classmethod
    def of(cls, batch: Batch, device: torch.device) -> Heard:
        """Bring a batch to the device."""
        parts = (batch.frames, batch.heard, batch.targets, batch.competing)
        beside = (batch.functionals, batch.teacher, batch.ratings, batch.twins)
        given = (None if values is None else torch.from_numpy(values).to(device) for values in (*parts, *beside))
        return cls(*given)  # type: ignore[arg-type]  # the first four are never None


class Pupil(nn.Module):
    """A network and the heads that it learns with but that are not exported."""

    def __init__(self, network: Network, teacher: int = 0, ratings: int = 0) -> None:
        super().__init__()
        self.network = network
        self.teacher = Auxiliary(network.embedding_size, teacher) if teacher else None
        self.ratings = Auxiliary(network.embedding_size, ratings) if ratings else None

    def loss(self, heard: Heard, options: TrainingOptions) -> Tensor:
        """Return the loss of a batch: of the labels, and what is learned beside them by the recipe's weights."""
        embedding = self.network.embed(heard.frames, heard.mask)
        loss = self._labels(embedding, heard, options)
        if self.teacher is not None and heard.teacher is not None:
            loss = loss + options.teacher * teacher_loss(self.teacher(embedding), heard.teacher)
        if self.ratings is not None and heard.ratings is not None:
            loss = loss + options.ratings * ratings_loss(self.ratings(embedding), heard.ratings)
        return loss

    def _labels(self, embedding: Tensor, heard: Heard, options: TrainingOptions) -> Tensor:
        def entropy(logits: Tensor) -> Tensor:
            loss = masked_cross_entropy(logits, heard.targets, heard.competing, options.label_smoothing)
            if options.consistency and heard.twins is not None:
                one, other = heard.twins.T
                change = logits[one] - logits[other]
                loss = loss + options.consistency * consistency_loss(change, heard.competing[one])
            return loss

        if isinstance(self.network, Hybrid):  # unlike models err unlike: each branch learns by itself
            of_frames, of_functionals = self.network.branches(embedding, heard.functionals)
            if options.linear:
                return entropy(of_frames)  # the other branch is solved, and left as it is
            return entropy(of_frames) + options.functionals * entropy(of_functionals)
        return entropy(self.network.classify(embedding, heard.functionals))


def masked_cross_entropy(logits: Tensor, targets: Tensor, competing: Tensor, smoothing: float = 0.0) -> Tensor:
    """Return the mean cross-entropy where each clip competes among its own labels only.

    Parameters
    ----------
    logits
        Shape (clips, classes).
    targets
        Shape (clips, classes), sums of 1, nothing outside ``competing``.
    competing
        Shape (clips, classes), bool. A label outside gets no gradient from the clip.
    smoothing
        Share of each target that is dealt evenly to the labels that compete (Szegedy et al. 2016).
    """
    evenly = competing / competing.sum(dim=1, keepdim=True)
    smooth = (1 - smoothing) * targets + smoothing * evenly
    likelihood = log_softmax(logits.float().masked_fill(~competing, LEAST_LOGIT), dim=1)
    return -(smooth * likelihood.masked_fill(~competing, 0)).sum(dim=1).mean()


def consistency_loss(change: Tensor, competing: Tensor) -> Tensor:
    """Return half the squared change of logits, less its mean over the labels that compete, on average over clips.

    What all logits have in common changes no probability. For small changes it is their divergence, up to the weight
    of each label: consistency regularisation as of Zheng et al. 2016 (arXiv:1604.04326), on logits.

    Parameters
    ----------
    change
        Of the logits of each clip between two of its renderings, shape (clips, classes).
    competing
        As of ``masked_cross_entropy``.
    """
    among = change.float() * competing
    common = among.sum(dim=1, keepdim=True) / competing.sum(dim=1, keepdim=True)
    return 0.5 * ((among - common) * competing).square().sum(dim=1).mean()


def teacher_loss(estimated: Tensor, embedding: Tensor) -> Tensor:
    """Return 1 - cosine between estimates and the teacher's embeddings, both (clips, dimensions), on average."""
    return 1 - cosine_similarity(estimated.float(), embedding, dim=1).mean()


def ratings_loss(estimated: Tensor, ratings: Tensor) -> Tensor:
    """Return the mean squared error over the ratings that are there; 0 where there is none in the batch."""
    rated = ~torch.isnan(ratings)
    error = (estimated.float() - torch.where(rated, ratings, 0.0)).square() * rated
    return error.sum() / rated.sum().clamp(min=1)
