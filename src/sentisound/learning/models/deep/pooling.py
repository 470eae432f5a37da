"""Heads, first half: from a row of frames to one vector an utterance.

Each pooling takes features of shape (batch, channels, frames) and a mask, and gives (batch, ``size``) in float32.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sentisound.learning.models.deep.masks import attention, statistics, uniform


class MeanPooling(nn.Module):
    """The mean over time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.size = channels

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the mean of each channel."""
        return (features.float() * uniform(features, mask)).sum(dim=2)


class LastPooling(nn.Module):
    """The last frame: of a layer that reads forwards, the state that has heard everything."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.size = channels

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the last frame that is no padding."""
        if mask is None:
            return features[:, :, -1].float()
        last = (mask.sum(dim=1) - 1).clamp(min=0)
        return features[torch.arange(len(features), device=features.device), :, last].float()


class StatisticsPooling(nn.Module):
    """The mean and the standard deviation over time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.size = 2 * channels

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the means, then the deviations."""
        return statistics(features, uniform(features, mask))


class AttentionPooling(nn.Module):
    """A mean weighed by learned importance, one weight a frame (Bahdanau et al. 2015, Mirsamadi et al. 2017)."""

    def __init__(self, channels: int, hidden: int = 64) -> None:
        super().__init__()
        self.size = channels
        self.scores = nn.Sequential(nn.Conv1d(channels, hidden, 1), nn.Tanh(), nn.Conv1d(hidden, 1, 1))

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the weighed mean of each channel."""
        return (features.float() * attention(self.scores(features), mask)).sum(dim=2)


class AttentiveStatistics(nn.Module):
    """Mean and deviation weighed for each channel by itself (Okabe et al. 2018, arXiv:1803.10963).

    A frame's importance is judged beside the whole utterance's mean and deviation, as in ECAPA-TDNN (Desplanques et
    al. 2020, arXiv:2005.07143); both enter one linear layer, written here as the sum of its two halves.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.size = 2 * channels
        self.of_frame = nn.Conv1d(channels, hidden, 1)
        self.of_utterance = nn.Linear(2 * channels, hidden, bias=False)
        self.scores = nn.Conv1d(hidden, channels, 1)

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the weighed means, then the deviations."""
        context = self.of_utterance(statistics(features, uniform(features, mask))).unsqueeze(2)
        hidden = torch.tanh(self.of_frame(features) + context)
        return statistics(features, attention(self.scores(hidden), mask))
