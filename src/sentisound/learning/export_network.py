"""Export: a trained network becomes an ONNX graph of the bundle's contract, of any length and batch.

torch's exporter by tracing is used. The one by ``torch.export`` cannot convert a GRU of unknown length (torch 2.13) and
needs a package more; of what tracing would get wrong, a length kept as a constant, ``check_network_parity`` knows.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from scipy.signal import lfilter
from torch import Tensor, nn

from sentisound.bundle import MODEL_FILE
from sentisound.errors import BundleInvalid
from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.onnx_runtime import onnxruntime as ort

OPSET = 17
EXPORT_FRAMES = 40
"""Length of the example that is traced; none of ``PARITY_FRAMES``."""

PARITY = 1e-4
"""Largest difference of a logit between torch and onnxruntime."""

PARITY_FRAMES = (1, 2, 7, 33, 150, 301, 999)
PARITY_BATCHES = (1, 3)
FRAMES_SPREAD = 2.0
"""Standard deviation of frames that are made up: about that of log-mel bands without their mean."""

FRAMES_CORRELATION = 0.9
"""Of a made-up frame with the next, as in speech: white noise would drive recurrent layers into chaos, where two exact
ways to compute them part."""

Frames = NDArray[np.float32]
"""Shape (frames, bands)."""

Inputs = dict[str, NDArray[np.float32]]
"""What a graph is fed: ``features`` and, where it takes them, ``functionals``."""


@dataclass(frozen=True, slots=True)
class _Example:
    """Names, values and free axes of what is traced."""

    names: list[str]
    values: tuple[Tensor, ...]
    axes: dict[str, dict[int, str]]


class _Unmasked(nn.Module):
    """A network as it is served: rows of one length, so no mask."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, functionals: Tensor | None = None) -> Tensor:
        logits: Tensor = self.network(features, None, functionals)
        return logits


def network_to_onnx(network: Network, shape: Shape) -> bytes:
    """Return the graph ``features`` (batch, frames, bands) -> ``logits`` (batch, classes) of a network.

    A network beside functionals has the second input ``functionals`` (batch, functionals). The network itself is left
    as it is, on its device and in its mode.
    """
    served = _Unmasked(deepcopy(network).cpu()).eval()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / MODEL_FILE
        _trace(served, _example(shape), written)
        graph = written.read_bytes()
    onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)
    return graph


def _trace(served: nn.Module, example: _Example, target: Path) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        # deprecations of torch in torch, and doubts about lengths that the parity check settles
        warnings.simplefilter("ignore")
        torch.onnx.export(
            served,
            example.values,
            target,
            input_names=example.names,
            output_names=["logits"],
            dynamic_axes=example.axes,
            opset_version=OPSET,
            dynamo=False,
        )


def _example(shape: Shape) -> _Example:
    free: dict[str, dict[int, str]] = {"features": {0: "batch", 1: "frames"}, "logits": {0: "batch"}}
    frames = torch.zeros(1, EXPORT_FRAMES, shape.bands)
    if not shape.functionals:
        return _Example(["features"], (frames,), free)
    values = (frames, torch.zeros(1, shape.functionals))
    return _Example(["features", "functionals"], values, free | {"functionals": {0: "batch"}})


def check_network_parity(
    network: Network, graph: bytes, rng: np.random.Generator, speech: Frames | None = None
) -> float:
    """Compare an exported graph with its network at lengths and batches that the export has not seen.

    Parameters
    ----------
    network
        In evaluation or training mode; it is compared as it would be served.
    graph
        Of ``network_to_onnx``.
    rng
        Draws the excerpts and the functionals.
    speech
        Real frames, shape (frames, bands), of clips one after another, of which excerpts are taken; made up without.

    Returns
    -------
    float
        The largest difference of a logit.

    Raises
    ------
    BundleInvalid
        When it is more than ``PARITY``, or the graph does not run at one of the lengths.
    """
    heard = _made_up(network.shape.bands, rng) if speech is None else speech
    served = _Unmasked(deepcopy(network).cpu()).eval()
    session = session_of(graph)
    worst = 0.0
    for inputs in _drawn(network, heard, rng):
        with torch.no_grad():
            expected = served(*(torch.from_numpy(value) for value in inputs.values())).numpy()
        difference = float(np.abs(_run(session, inputs) - expected).max())
        if not difference <= PARITY:
            length = inputs["features"].shape[1]
            raise BundleInvalid(f"the exported graph differs by {difference:.3g} at {length} frames, over {PARITY}")
        worst = max(worst, difference)
    return worst


def session_of(graph: bytes) -> ort.InferenceSession:
    """Return a session of one thread, silent about what it refuses: refusals are raised."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _run(session: ort.InferenceSession, inputs: Inputs) -> NDArray[np.float32]:
    try:
        return np.asarray(session.run(["logits"], inputs)[0])
    except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions share no base class
        length = inputs["features"].shape[1]
        raise BundleInvalid(f"the exported graph does not run at {length} frames: {error}") from None


def _made_up(bands: int, rng: np.random.Generator) -> Frames:
    """Return frames that drift as those of speech do, as many as the longest excerpt."""
    steps = rng.standard_normal((max(PARITY_FRAMES), bands))
    gain = FRAMES_SPREAD * np.sqrt(1 - FRAMES_CORRELATION**2)
    return np.asarray(lfilter([gain], [1, -FRAMES_CORRELATION], steps, axis=0), dtype=np.float32)


def _drawn(network: Network, heard: Frames, rng: np.random.Generator) -> Iterator[Inputs]:
    """Take excerpts of every length, beginning anywhere and going on from the start where the frames end."""
    for batch in PARITY_BATCHES:
        for frames in PARITY_FRAMES:
            begin = rng.integers(len(heard), size=(batch, 1))
            inputs: Inputs = {"features": heard[(begin + np.arange(frames)) % len(heard)].astype(np.float32)}
            if isinstance(network, Hybrid):
                standard = rng.standard_normal((batch, network.shape.functionals))
                inputs["functionals"] = network.plausible(standard).astype(np.float32)
            yield inputs
