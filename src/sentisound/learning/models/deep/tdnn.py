"""``tdnn``: dilated convolutions in time with squeeze and excitation, and attentive statistics."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sentisound.errors import RecipeError
from sentisound.learning.models.deep.masks import shortened, silenced, uniform
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.pooling import AttentiveStatistics


class Tdnn(Network):
    """A time delay network after ECAPA-TDNN (Desplanques et al. 2020, arXiv:2005.07143), of a twelfth of its size.

    Parameters
    ----------
    channels
        Width of the blocks.
    kernel, dilations
        Taps of each block's convolution, odd; one block a dilation.
    stride
        Frames that become one in the stem.
    joined
        Width after the outputs of all blocks are joined.
    squeeze, attention
        Hidden units of squeeze and excitation, and of the pooling.
    """

    def __init__(
        self,
        shape: Shape,
        *,
        channels: int = 192,
        kernel: int = 3,
        dilations: Sequence[int] = (1, 2, 3, 4),
        stride: int = 2,
        joined: int = 384,
        squeeze: int = 48,
        attention: int = 128,
        embedding: int = 128,
        dropout: float = 0.2,
    ) -> None:
        super().__init__(shape, embedding, dropout)
        if kernel % 2 == 0:
            raise RecipeError(f"kernel must be odd, so that a frame lies in the middle, not {kernel}")
        self.stride = stride
        self.stem = _unit(shape.bands, channels, kernel + 2, stride=stride)
        self.blocks = nn.ModuleList(Block(channels, kernel, dilation, squeeze) for dilation in dilations)
        self.join = _unit(channels * len(dilations), joined, 1)
        self.pool = AttentiveStatistics(joined, attention)
        self.normalise = nn.BatchNorm1d(self.pool.size)
        self.embedding = nn.Linear(self.pool.size, embedding)
        self.activate = nn.Sequential(nn.BatchNorm1d(embedding), nn.ReLU())

    def embed(self, frames: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return embeddings, shape (batch, embedding_size)."""
        features = silenced(self.stem(silenced(frames.transpose(1, 2), mask)), shortened(mask, self.stride))
        mask = shortened(mask, self.stride)
        levels: list[Tensor] = []
        for block in self.blocks:
            features = block(features, mask)
            levels.append(features)
        pooled = self.pool(self.join(torch.cat(levels, dim=1)), mask)
        embedded: Tensor = self.activate(self.embedding(self.dropout(self.normalise(pooled))))
        return embedded


class Block(nn.Module):
    """A dilated convolution, a pointwise one, channels weighed by the utterance's mean, and the way around it all.

    The weighing is squeeze and excitation (Hu et al. 2018, arXiv:1709.01507) over the frames that are no padding.
    """

    def __init__(self, channels: int, kernel: int, dilation: int, squeeze: int) -> None:
        super().__init__()
        self.dilated = _unit(channels, channels, kernel, dilation=dilation)
        self.pointwise = nn.Sequential(nn.Conv1d(channels, channels, 1, bias=False), nn.BatchNorm1d(channels))
        self.excite = nn.Sequential(nn.Linear(channels, squeeze), nn.ReLU(), nn.Linear(squeeze, channels), nn.Sigmoid())

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return features of the same shape, (batch, channels, frames), with zeros in the padding."""
        heard = self.pointwise(self.dilated(features))
        mean = (heard.float() * uniform(heard, mask)).sum(dim=2)
        weight = self.excite(mean).unsqueeze(2).to(heard.dtype)
        return silenced(torch.relu(features + heard * weight), mask)


def _unit(inputs: int, outputs: int, kernel: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    padding = dilation * (kernel // 2)
    convolution = nn.Conv1d(inputs, outputs, kernel, stride, padding, dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs), nn.ReLU())
