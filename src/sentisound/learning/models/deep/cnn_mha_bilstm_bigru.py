"""``cnn_mha_bilstm_bigru``: the trunk, multi-head self-attention, an LSTM and a GRU both ways."""

from __future__ import annotations

from torch import Tensor, nn

from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.pooling import MeanPooling
from sentisound.learning.models.deep.recurrent import Recurrent
from sentisound.learning.models.deep.self_attention import SelfAttention
from sentisound.learning.models.deep.trunk import Trunk


class CnnMhaBilstmBigru(Network):
    """A CNN whose frames first attend to one another and are then read both ways, twice."""

    def __init__(
        self,
        shape: Shape,
        *,
        channels: int = 16,
        attended: int = 128,
        heads: int = 8,
        units: int = 64,
        embedding: int = 128,
        dropout: float = 0.3,
    ) -> None:
        super().__init__(shape, embedding, dropout)
        self.trunk = Trunk(shape.bands, channels, dropout)
        self.project = nn.Linear(self.trunk.size, attended)
        self.attention = SelfAttention(attended, heads, dropout)
        self.lstm = Recurrent("lstm", attended, units, bidirectional=True)
        self.gru = Recurrent("gru", self.lstm.size, units, bidirectional=True)
        self.pool = MeanPooling(self.gru.size)
        self.embedding = nn.Sequential(nn.Linear(self.pool.size, embedding), nn.ReLU())

    def embed(self, frames: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return embeddings, shape (batch, embedding_size)."""
        features, mask = self.trunk(frames, mask)
        attended = self.attention(self.project(features.transpose(1, 2)), mask)
        states = self.gru(self.dropout(self.lstm(attended, mask)), mask)
        embedded: Tensor = self.embedding(self.pool(states.transpose(1, 2), mask))
        return embedded
