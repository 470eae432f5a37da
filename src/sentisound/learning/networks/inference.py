"""Inference: what a network says of whole clips, as it would be served."""

from __future__ import annotations

import numpy as np
import torch

from sentisound.learning.crossval import Logits
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.metrics import Indices
from sentisound.learning.models.deep.network import Network
from sentisound.learning.networks.batches import padded

CLIPS_AT_ONCE = 32


@torch.no_grad()
def logits_of(network: Network, data: Dataset, *, half: bool = False) -> Logits:
    """Return the logits of every clip, heard whole and as recorded: augmented copies are not looked at.

    Parameters
    ----------
    network
        In evaluation mode, on any device.
    data
        With frames, and functionals where the network takes them.
    half
        Compute in bfloat16: good enough to compare epochs.

    Returns
    -------
    ndarray, shape (clips, classes), float64
    """
    logits = np.empty((len(data.truth), len(data.classes)))
    for rows in by_length(data):
        logits[rows] = _of_batch(network, data, rows, half)
    return logits


def by_length(data: Dataset) -> list[Indices]:
    """Return the rows in batches of clips of about equal length, so that little is padded."""
    order = np.argsort([len(frames) for frames in data.features], kind="stable")
    return [order[start : start + CLIPS_AT_ONCE] for start in range(0, len(order), CLIPS_AT_ONCE)]


def _of_batch(network: Network, data: Dataset, rows: Indices, half: bool) -> Logits:
    device = next(network.parameters()).device
    frames, heard = padded([data.features[row] for row in rows])
    beside = None if data.functionals is None else torch.from_numpy(data.functionals[rows]).to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        logits = network(torch.from_numpy(frames).to(device), torch.from_numpy(heard).to(device), beside)
    return np.asarray(logits.double().cpu().numpy())
