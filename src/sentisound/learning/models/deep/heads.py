"""Auxiliary heads: what a network learns beside the labels, and what is not exported."""

from __future__ import annotations

from torch import Tensor, nn


class Auxiliary(nn.Module):
    """A linear layer over a network's embedding, for a teacher's embedding or for arousal, valence and dominance.

    It lives outside the network, so that the network's weights and its graph are the same with it and without.
    """

    def __init__(self, embedding_size: int, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(embedding_size, outputs)

    def forward(self, embedding: Tensor) -> Tensor:
        """Return estimates, shape (batch, outputs), of embeddings, shape (batch, embedding_size)."""
        estimates: Tensor = self.layer(embedding)
        return estimates
