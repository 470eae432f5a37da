"""Recurrent layers over padded rows: each direction starts at an utterance's own first or last frame."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

Cell = Literal["lstm", "gru"]
_LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU}


class Recurrent(nn.Module):
    """An LSTM or a GRU, from (batch, frames, inputs) to (batch, frames, ``size``).

    It computes in float32 under autocast: bfloat16 gains nothing there on CPUs. Padded frames come out as zeros.
    """

    def __init__(self, cell: Cell, inputs: int, units: int, *, bidirectional: bool) -> None:
        super().__init__()
        self.size = 2 * units if bidirectional else units
        self.layer = _LAYERS[cell](inputs, units, batch_first=True, bidirectional=bidirectional)

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the states; with a mask rows are packed, so that the way back does not start in the padding."""
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            states: Tensor = self.layer(features)[0] if mask is None else self._packed(features, mask)
        return states

    def _packed(self, features: Tensor, mask: Tensor) -> Tensor:
        lengths = mask.sum(dim=1).clamp(min=1).cpu()
        packed = pack_padded_sequence(features, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.layer(packed)[0], batch_first=True, total_length=features.shape[1])[0]
