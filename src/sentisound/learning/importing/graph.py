"""Export of an imported network, and the proof that the graph computes what the checkpoint does.

torch's exporter by tracing is used, as for our own networks. The one by ``torch.export`` converts these architectures
too (torch 2.13), to the same figures, but takes ten times as long, needs a package more, and writes the paths of the
machine into the graph. What tracing could get wrong, a length kept as a constant, the check of parity finds.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn
from torch.jit._trace import TracerWarning

from sentisound.audio.waveform import RATE_HZ, Origin, Waveform
from sentisound.errors import BundleInvalid, CheckpointInvalid
from sentisound.features.encoder_inputs import SHORTEST_SAMPLES
from sentisound.features.sets import FeatureSet
from sentisound.learning.dataset import Progress
from sentisound.learning.export_network import OPSET, session_of
from sentisound.testing import speech_like

Array = NDArray[np.float32]

PARITY = 1e-4
"""Largest difference of a logit between torch and onnxruntime, relative to the largest logit where that is above 1."""

TRACED_S = 1.0
PARITY_S = (SHORTEST_SAMPLES / RATE_HZ, 0.31, 1.7, 5.03)
"""Lengths compared, none of them the traced one; the first is the shortest that these encoders can hear."""

PARITY_ROWS = 3
"""Rows of a batch at the second length; the others are compared one by one."""


def logits_of(network: nn.Module, features: Array) -> Array:
    """Return the network's logits, shape (batch, labels), of features with the batch on the first axis."""
    with torch.no_grad():
        return np.asarray(network(torch.from_numpy(features)).numpy(), dtype=np.float32)


def encoder_to_onnx(network: nn.Module, features: FeatureSet) -> bytes:
    """Return the graph ``features`` (batch, frames, columns) -> ``logits`` (batch, labels) of an imported network.

    Raises
    ------
    CheckpointInvalid
        When the network does not take the features of its set.
    """
    written = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter itself: see above
        warnings.simplefilter("ignore", TracerWarning)  # doubts about lengths, which the parity settles
        try:
            torch.onnx.export(
                network,
                (torch.from_numpy(_heard(features, TRACED_S, 0)),),
                written,  # type: ignore[arg-type]  # tracing writes to a stream too
                input_names=["features"],
                output_names=["logits"],
                dynamic_axes={"features": {0: "batch", 1: "frames"}, "logits": {0: "batch"}},
                opset_version=OPSET,
                dynamo=False,
            )
        except Exception as error:  # noqa: BLE001 - torch's exceptions share no base class
            raise CheckpointInvalid(f"the network cannot be exported: {str(error)[:300]!r}") from None
    onnx.checker.check_model(onnx.load_from_string(written.getvalue()), full_check=True)
    return written.getvalue()


def generated(features: FeatureSet) -> Iterator[Array]:
    """Yield batches of the features of generated speech, of the lengths of ``PARITY_S``."""
    for index, seconds in enumerate(PARITY_S):
        rows = PARITY_ROWS if index == 1 else 1
        yield np.concatenate([_heard(features, seconds, 10 * index + row) for row in range(rows)])


def check_parity(graph: bytes, network: nn.Module, features: FeatureSet, progress: Progress) -> float:
    """Compare the graph with the network on generated speech of lengths that the export has not seen.

    Returns
    -------
    float
        The largest difference of a logit, relative to the largest logit where that is above 1.

    Raises
    ------
    BundleInvalid
        When it is more than ``PARITY``, or the graph does not run at one of the lengths.
    """
    session, worst = session_of(graph), 0.0
    for done, batch in enumerate(generated(features), start=1):
        expected = logits_of(network, batch)
        try:
            found = session.run(["logits"], {"features": batch})[0]
        except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions share no base class
            raise BundleInvalid(f"the exported graph does not run at {batch.shape[1]} frames: {error}") from None
        difference = relative_difference(found, expected)
        if not difference <= PARITY:
            raise BundleInvalid(f"the exported graph differs by {difference:.3g} at {batch.shape[1]} frames")
        worst = max(worst, difference)
        progress("comparison", done, len(PARITY_S))
    return worst


def relative_difference(found: Array, expected: Array) -> float:
    """Return the largest difference, relative to the largest expected value where that is above 1."""
    return float(np.abs(found - expected).max() / max(1.0, np.abs(expected).max()))


def _heard(features: FeatureSet, seconds: float, seed: int) -> Array:
    """Return the features of generated speech, a batch of one."""
    samples = speech_like(seconds, RATE_HZ, np.random.default_rng(seed))
    return features.extract(Waveform(samples, RATE_HZ, Origin("array", "float32", RATE_HZ, 1)))[np.newaxis]
