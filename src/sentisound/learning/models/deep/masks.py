"""Padding: what lies behind an utterance's last frame is kept at zero and out of every mean.

A mask has shape (batch, frames), True where an utterance has a frame, and None where all are. Before each convolution
padded frames are zero, as the frames beyond a lone utterance's end are: so the two give the same.
"""

from __future__ import annotations

import torch
from torch import Tensor

VARIANCE_FLOOR = 1e-5
"""Under the root of a variance: one frame has none, and its gradient would be infinite."""

LEAST_SCORE = -1e9
"""Instead of minus infinity, so that a row without any frame is finite too."""


def silenced(features: Tensor, mask: Tensor | None) -> Tensor:
    """Return features of shape (batch, channels, frames, ...) with zeros where there is padding."""
    if mask is None:
        return features
    shape = (mask.shape[0], 1, mask.shape[1]) + (1,) * (features.dim() - 3)
    return features * mask.reshape(shape).to(features.dtype)


def shortened(mask: Tensor | None, stride: int) -> Tensor | None:
    """Return the mask of frames taken every ``stride``: n become ceil(n / stride), as in padded convolutions."""
    return None if mask is None else mask[:, ::stride]


def uniform(features: Tensor, mask: Tensor | None) -> Tensor:
    """Return weights that are equal over an utterance's frames and sum to 1, float32, shape (batch, 1, frames)."""
    present = torch.ones_like(features[:, :1]) if mask is None else mask.unsqueeze(1)
    present = present.float()
    return present / present.sum(dim=2, keepdim=True).clamp(min=1)


def attention(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Return the softmax over time of scores of shape (batch, heads, frames), float32; 0 in the padding."""
    scores = scores.float()
    if mask is not None:
        scores = scores.masked_fill(~mask.unsqueeze(1), LEAST_SCORE)
    return torch.softmax(scores, dim=2)


def statistics(features: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean and standard deviation over time, in float32 whatever autocast says.

    Parameters
    ----------
    features
        Shape (batch, channels, frames).
    weights
        Shape (batch, channels or 1, frames), float32, sums of 1 over time.

    Returns
    -------
    Tensor, shape (batch, 2 * channels), float32
    """
    features = features.float()
    mean = (features * weights).sum(dim=2, keepdim=True)
    variance = ((features - mean).square() * weights).sum(dim=2)
    return torch.cat((mean.squeeze(2), (variance + VARIANCE_FLOOR).sqrt()), dim=1)
