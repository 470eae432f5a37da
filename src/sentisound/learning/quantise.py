"""Quantisation: weights and activations of 8 bits, a quarter of the bytes, and what that costs.

Weights become 8-bit numbers once, activations as they come (onnxruntime's dynamic quantisation, one scale a tensor), so
no calibration data is needed. Weights are unsigned: onnxruntime's convolution of signed ones takes four times as long
on CPUs. A GRU has no 8-bit form there and stays as it is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from sentisound.bundle import check_graph
from sentisound.errors import BundleInvalid
from sentisound.learning.export_network import Inputs, session_of

OPERATORS = ("Conv", "LSTM", "MatMul")
"""What is quantised; a Gemm becomes a MatMul on the way."""


@dataclass(frozen=True, slots=True)
class QuantisationLoss:
    """What a quantised graph answers otherwise, over the clips that it was tried on."""

    worst_logit_difference: float
    changed_verdicts: float
    """Share of clips whose likeliest class is another one."""
    clips: int
    bytes_before: int
    bytes_after: int


def quantise(graph: bytes) -> bytes:
    """Return the graph with 8-bit convolutions, matrix products and LSTMs; same inputs, same output.

    Raises
    ------
    BundleInvalid
        When the result would not be accepted in a bundle.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared, written = Path(folder) / "prepared.onnx", Path(folder) / "quantised.onnx"
        # constants are folded and shapes noted; symbolic shapes are of no use to what is quantised here
        quant_pre_process(onnx.load_from_string(graph), prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared, written, op_types_to_quantize=list(OPERATORS), weight_type=QuantType.QUInt8, per_channel=False
        )
        quantised = written.read_bytes()
    check_graph(quantised)
    return quantised


def quantisation_loss(graph: bytes, quantised: bytes, batches: Iterable[Inputs]) -> QuantisationLoss:
    """Compare a quantised graph with the one it came from.

    Parameters
    ----------
    graph, quantised
        Before and after ``quantise``.
    batches
        Inputs of real clips: ``features`` (batch, frames, bands), and ``functionals`` where the graph takes them.

    Raises
    ------
    BundleInvalid
        When there is no clip to compare them on.
    """
    before, after = session_of(graph), session_of(quantised)
    pairs = [(before.run(["logits"], inputs)[0], after.run(["logits"], inputs)[0]) for inputs in batches]
    if not pairs:
        raise BundleInvalid("there is no clip on which the quantised graph could be judged")
    expected, found = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return QuantisationLoss(
        worst_logit_difference=float(np.abs(found - expected).max()),
        changed_verdicts=float(np.mean(found.argmax(axis=1) != expected.argmax(axis=1))),
        clips=len(expected),
        bytes_before=len(graph),
        bytes_after=len(quantised),
    )
