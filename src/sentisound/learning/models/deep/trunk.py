"""The trunk that five networks share: a small 2-D CNN over time and bands."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sentisound.learning.models.deep.masks import shortened, silenced

TIME_STRIDE = 4
"""Frames that become one: 10 ms a frame become 40 ms."""

_STRIDES = ((2, 2), (2, 2), (1, 2), (1, 2))
"""Steps in time and in bands of each layer."""


class Trunk(nn.Module):
    """Four convolutions, from (batch, frames, bands) to (batch, ``size``, ceil(frames / 4)).

    Steps are strides, not maxima over what was computed four times as often: a step costs a quarter of a pooled one.
    Weights lie with their channels last, which is a fifth faster on CPUs.

    Parameters
    ----------
    bands
        Columns a frame.
    channels
        Maps of the first layer; the others have two, three and four times as many.
    dropout
        Share of maps that are dropped whole before the last layer.
    """

    def __init__(self, bands: int, channels: int, dropout: float) -> None:
        super().__init__()
        widths = (1, channels, 2 * channels, 3 * channels, 4 * channels)
        self.layers = nn.ModuleList(
            _layer(widths[at], widths[at + 1], 5 if at == 0 else 3, stride) for at, stride in enumerate(_STRIDES)
        )
        self.dropout = nn.Dropout2d(dropout)
        self.size = widths[-1] * -(-bands // 2 ** len(_STRIDES))

    def forward(self, frames: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return the maps of all bands, one beside the other, and the mask in their time."""
        features = frames.unsqueeze(1)
        for layer, (stride, _) in zip(self.layers, _STRIDES, strict=True):
            features = layer(silenced(features, mask))
            mask = shortened(mask, stride)
        features = silenced(self.dropout(features), mask)
        return features.transpose(2, 3).flatten(1, 2), mask


def _layer(inputs: int, outputs: int, kernel: int, stride: tuple[int, int]) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    convolution.weight.data = convolution.weight.data.contiguous(memory_format=torch.channels_last)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())
