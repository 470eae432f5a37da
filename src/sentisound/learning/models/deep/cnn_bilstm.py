"""``cnn_bilstm``: the trunk, an LSTM both ways, the mean of its states."""

from __future__ import annotations

from torch import Tensor, nn

from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.pooling import MeanPooling
from sentisound.learning.models.deep.recurrent import Recurrent
from sentisound.learning.models.deep.trunk import Trunk


class CnnBilstm(Network):
    """A CNN whose frames are read forwards and backwards by an LSTM."""

    def __init__(
        self, shape: Shape, *, channels: int = 16, units: int = 96, embedding: int = 128, dropout: float = 0.3
    ) -> None:
        super().__init__(shape, embedding, dropout)
        self.trunk = Trunk(shape.bands, channels, dropout)
        self.memory = Recurrent("lstm", self.trunk.size, units, bidirectional=True)
        self.pool = MeanPooling(self.memory.size)
        self.embedding = nn.Sequential(nn.Linear(self.pool.size, embedding), nn.ReLU())

    def embed(self, frames: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return embeddings, shape (batch, embedding_size)."""
        features, mask = self.trunk(frames, mask)
        states = self.memory(features.transpose(1, 2), mask)
        embedded: Tensor = self.embedding(self.pool(states.transpose(1, 2), mask))
        return embedded
