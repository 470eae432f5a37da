"""``cnn_gru``: the trunk, a GRU forwards, its last state."""

from __future__ import annotations

from torch import Tensor, nn

from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.pooling import LastPooling
from sentisound.learning.models.deep.recurrent import Recurrent
from sentisound.learning.models.deep.trunk import Trunk


class CnnGru(Network):
    """A CNN whose frames are read once, from first to last: the one that could be streamed."""

    def __init__(
        self, shape: Shape, *, channels: int = 16, units: int = 192, embedding: int = 128, dropout: float = 0.3
    ) -> None:
        super().__init__(shape, embedding, dropout)
        self.trunk = Trunk(shape.bands, channels, dropout)
        self.memory = Recurrent("gru", self.trunk.size, units, bidirectional=False)
        self.pool = LastPooling(self.memory.size)
        self.embedding = nn.Sequential(nn.Linear(self.pool.size, embedding), nn.ReLU())

    def embed(self, frames: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return embeddings, shape (batch, embedding_size)."""
        features, mask = self.trunk(frames, mask)
        states = self.memory(features.transpose(1, 2), mask)
        embedded: Tensor = self.embedding(self.pool(states.transpose(1, 2), mask))
        return embedded
