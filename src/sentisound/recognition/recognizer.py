"""The recogniser: a verified bundle and its onnxruntime session, from waveform to calibrated scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.resample import resample
from sentisound.audio.waveform import Waveform
from sentisound.bundle import MAX_SAID, MODEL_FILE, Bundle, read_bundle
from sentisound.card import Card
from sentisound.errors import BundleDamaged, BundleInvalid
from sentisound.onnx_runtime import onnxruntime as ort
from sentisound.recognition.verify import Verification, verify
from sentisound.results import Scores

Array = NDArray[np.float32]

GOLDEN_TOLERANCE = 1e-3
"""Largest difference, relative to the largest logit, between the golden output and what this machine computes."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a graph takes, the batch on the first axis."""

    features: Array
    """Shape (batch, size), or (batch, frames, size) for a set of frames."""
    functionals: Array | None = None
    """Shape (batch, size) of the second set; None where the graph takes one set."""

    def named(self) -> dict[str, Array]:
        """Return the arrays by the names of the graph's inputs."""
        return {"features": self.features} | ({} if self.functionals is None else {"functionals": self.functionals})

    def flat(self) -> Array:
        """Return all values in one row."""
        return np.concatenate([values.ravel() for values in self.named().values()])


def softmax(logits: Array, temperature: float = 1.0) -> NDArray[np.float64]:
    """Return probabilities along the last axis, float64, of logits divided by ``temperature``."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    weights = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


class Recognizer:
    """Recognises emotion in utterances with one bundle.

    Parameters
    ----------
    bundle : Bundle
        As ``read_bundle`` returns it.

    Raises
    ------
    BundleInvalid
        When onnxruntime refuses the graph, or its input or output is not of the contract.
    BundleDamaged
        When the golden input does not give the golden output.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.features = bundle.features
        self.functionals = bundle.functionals
        self._session = _session(bundle.model, ["features", "functionals"] if self.functionals else ["features"])
        self._check_golden()

    @classmethod
    def load(cls, folder: Path) -> Recognizer:
        """Read the bundle in ``folder``, verify it and open it."""
        return cls(read_bundle(folder))

    @property
    def card(self) -> Card:
        """The bundle's card."""
        return self.bundle.card

    def extract(self, waveform: Waveform) -> Inputs:
        """Return what the graph takes of one utterance, a batch of one."""
        heard = resample(waveform, self.card.rate_hz)
        beside = self.functionals.extract(heard)[np.newaxis] if self.functionals else None
        return Inputs(self.features.extract(heard)[np.newaxis], beside)

    def logits(self, batch: Inputs) -> Array:
        """Return uncalibrated logits, shape (batch, labels); finite.

        Raises
        ------
        BundleDamaged
            When the graph does not give that: what it gave for the golden input proves nothing for others.
        """
        try:
            found = self._run(batch)
        except Exception as error:
            raise BundleDamaged(f"{MODEL_FILE} fails at these features: {one_line(error)}") from error
        shape = len(batch.features), len(self.card.labels)
        if not isinstance(found, np.ndarray) or found.dtype != np.float32 or found.shape != shape:
            raise BundleDamaged(f"{MODEL_FILE} must give float32 scores of shape {shape}; it gives {_form(found)}")
        if not np.isfinite(found).all():
            raise BundleDamaged(f"{MODEL_FILE} gives scores that are not finite numbers; use another model")
        return found

    def _run(self, batch: Inputs) -> Any:
        return self._session.run(["logits"], batch.named())[0]

    def calibrated(self, logits: Array) -> Scores:
        """Return the calibrated scores of one row of logits, shape (labels,)."""
        probabilities = softmax(logits, self.card.calibration.temperature)
        return Scores(tuple(self.card.labels), tuple(float(p) for p in probabilities))

    def recognise(self, waveform: Waveform) -> Scores:
        """Return the calibrated scores of one utterance."""
        return self.calibrated(self.logits(self.extract(waveform))[0])

    def verify(self) -> Verification:
        """Compute the golden features here and compare them with the published ones."""
        return verify(self)

    def check(self) -> None:
        """Run the graph on the published input again; raises as opening it does."""
        self._check_golden()

    def golden_inputs(self) -> Inputs:
        """Return the published input, a batch of one."""
        golden = self.card.golden
        shape = (1, -1, self.features.size) if self.features.kind == "frames" else (1, -1)
        features = np.asarray(golden.features, dtype=np.float32).reshape(shape)
        beside = np.asarray([golden.functionals], dtype=np.float32) if self.functionals else None
        return Inputs(features, beside)

    def _check_golden(self) -> None:
        golden = self.card.golden
        try:
            scores = self._run(self.golden_inputs())
        except Exception as error:
            raise BundleInvalid(f"{MODEL_FILE} does not take this bundle's features: {one_line(error)}") from error
        expected = np.asarray(golden.logits, dtype=np.float32)
        if not isinstance(scores, np.ndarray) or scores.dtype != np.float32 or not len(scores):
            raise BundleInvalid(f"{MODEL_FILE} must give scores of float32")
        found = scores[0]
        if found.shape != expected.shape or len(expected) != len(self.card.labels):
            raise BundleInvalid(f"{MODEL_FILE} gives {_form(found)} scores for {len(self.card.labels)} labels")
        allowed = GOLDEN_TOLERANCE * max(1.0, float(np.abs(expected).max()))
        worst = float(np.abs(found - expected).max())
        if not worst <= allowed:
            raise BundleDamaged(f"{MODEL_FILE} does not give its golden output (it differs by {worst:.3g})")


def _session(model: bytes, inputs: list[str]) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # one clip is too small to share; parallelism comes from many clips
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise BundleInvalid(f"{MODEL_FILE} cannot be opened: {one_line(error)}") from error
    names = [node.name for node in session.get_inputs()], [node.name for node in session.get_outputs()]
    if (sorted(names[0]), names[1]) != (inputs, ["logits"]):
        raise BundleInvalid(f"{MODEL_FILE} must take {inputs} and give ['logits'], not {str(names)[:MAX_SAID]}")
    return session


def one_line(error: BaseException) -> str:
    """Return the beginning of what onnxruntime says, which repeats names of the graph, as a log can show it."""
    return "".join(c if c.isprintable() else " " for c in str(error)[:MAX_SAID])


def _form(found: Any) -> str:
    """Return the shape of an array, as words; a graph may give other things."""
    if not isinstance(found, np.ndarray):
        return type(found).__name__
    return " x ".join(map(str, found.shape)) or "1"
