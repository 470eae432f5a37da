"""``cnn_bilstm_bigru_attention``: the trunk, an LSTM and a GRU both ways, attention over time."""

from __future__ import annotations

from torch import Tensor, nn

from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.pooling import AttentionPooling
from sentisound.learning.models.deep.recurrent import Recurrent
from sentisound.learning.models.deep.trunk import Trunk


class CnnBilstmBigruAttention(Network):
    """A CNN, two recurrent layers, and the frames weighed by what they tell."""

    def __init__(
        self, shape: Shape, *, channels: int = 16, units: int = 64, embedding: int = 128, dropout: float = 0.3
    ) -> None:
        super().__init__(shape, embedding, dropout)
        self.trunk = Trunk(shape.bands, channels, dropout)
        self.lstm = Recurrent("lstm", self.trunk.size, units, bidirectional=True)
        self.gru = Recurrent("gru", self.lstm.size, units, bidirectional=True)
        self.pool = AttentionPooling(self.gru.size)
        self.embedding = nn.Sequential(nn.Linear(self.pool.size, embedding), nn.ReLU())

    def embed(self, frames: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return embeddings, shape (batch, embedding_size)."""
        features, mask = self.trunk(frames, mask)
        states = self.gru(self.dropout(self.lstm(features.transpose(1, 2), mask)), mask)
        embedded: Tensor = self.embedding(self.pool(states.transpose(1, 2), mask))
        return embedded
