"""``cnn``: the trunk, one convolution in time, mean and deviation."""

from __future__ import annotations

from torch import Tensor, nn

from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.pooling import StatisticsPooling
from sentisound.learning.models.deep.trunk import Trunk


class Cnn(Network):
    """A CNN without memory: what it hears of an utterance is the statistics of half-second windows."""

    def __init__(
        self, shape: Shape, *, channels: int = 16, units: int = 256, embedding: int = 128, dropout: float = 0.3
    ) -> None:
        super().__init__(shape, embedding, dropout)
        self.trunk = Trunk(shape.bands, channels, dropout)
        self.join = nn.Sequential(
            nn.Conv1d(self.trunk.size, units, 3, padding=1, bias=False), nn.BatchNorm1d(units), nn.ReLU()
        )
        self.pool = StatisticsPooling(units)
        self.embedding = nn.Sequential(nn.Linear(self.pool.size, embedding), nn.ReLU())

    def embed(self, frames: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return embeddings, shape (batch, embedding_size)."""
        features, mask = self.trunk(frames, mask)
        embedded: Tensor = self.embedding(self.pool(self.join(features), mask))
        return embedded
