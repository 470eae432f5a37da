"""The tiny bundle: one linear layer with known weights over the mean MFCC."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import golden_waveform, write_bundle
from sentisound.card import Calibration, Card, FeatureSpec, Golden, Training
from sentisound.features.sets import feature_set


def write_tiny_bundle(folder: Path) -> Path:
    """Write a bundle whose logits are ``0.01 * features @ W + b``, with W and b drawn from a fixed seed."""
    features = feature_set("mfcc40")
    rng = np.random.default_rng(0)
    weights = (0.01 * rng.standard_normal((features.size, 3))).astype(np.float32)
    bias = np.array([0.1, 0.0, -0.1], dtype=np.float32)
    golden = features.extract(golden_waveform(RATE_HZ))
    card = Card(
        format=1,
        name="tiny",
        version="0.0.1",
        title="A linear layer for tests",
        created="2026-11-20",
        labels=["neutral", "happy", "angry"],
        rate_hz=RATE_HZ,
        features=FeatureSpec("mfcc40", features.version, features.size),
        calibration=Calibration(temperature=2.0, threshold=0.4, selective_risk=0.25, fitted_on="nothing: a test"),
        training=Training(["none"], ["en"], 1, 1, "linear", "none", "none", 0),
        licence="MIT",
        intended_use="Tests.",
        limits="Knows nothing.",
        metrics=[],
        golden=Golden(golden.tolist(), (golden @ weights + bias).tolist()),
        files={},
    )
    write_bundle(folder, card, linear_graph(weights, bias))
    return folder


def linear_graph(weights: np.ndarray, bias: np.ndarray) -> bytes:
    """Return the ONNX graph ``features @ weights + bias``."""
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["features", "w", "b"], ["logits"])],
        "linear",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, weights.shape[0]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, weights.shape[1]])],
        initializer=[numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
