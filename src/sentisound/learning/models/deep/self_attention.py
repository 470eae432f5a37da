"""Multi-head self-attention, in operations that export with any length."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sentisound.errors import RecipeError
from sentisound.learning.models.deep.masks import LEAST_SCORE


class SelfAttention(nn.Module):
    """Scaled dot-product attention of frames to frames, with a residual and layer norm (Vaswani et al. 2017).

    torch's own ``MultiheadAttention`` writes the length it was exported with into the graph.
    """

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        if size % heads:
            raise RecipeError(f"{heads} heads do not divide {size} channels evenly")
        self.heads = heads
        self.project = nn.Linear(size, 3 * size)
        self.join = nn.Linear(size, size)
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return attended features, shape (batch, frames, size)."""
        query, key, value = (self._split(part) for part in self.project(features).chunk(3, dim=2))
        scores = (query @ key.transpose(2, 3)).float() * query.shape[3] ** -0.5
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None, None, :], LEAST_SCORE)
        weights = self.dropout(torch.softmax(scores, dim=3)).to(value.dtype)
        joined = self.join((weights @ value).transpose(1, 2).flatten(2))
        attended: Tensor = self.norm((features + self.dropout(joined)).float())
        return attended

    def _split(self, features: Tensor) -> Tensor:
        """Turn (batch, frames, size) into (batch, heads, frames, size / heads)."""
        batch, frames, size = features.shape
        return features.reshape(batch, frames, self.heads, size // self.heads).transpose(1, 2)
