"""Export: a fitted scikit-learn pipeline becomes an ONNX graph of the bundle's contract."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from sentisound.errors import BundleInvalid
from sentisound.learning.converters import register
from sentisound.learning.crossval import PROBABILITY_FLOOR, Features, Logits
from sentisound.learning.models.margin import MarginSvm
from sentisound.onnx_runtime import onnxruntime as ort

OPSET = {"": 17, "ai.onnx.ml": 3}
PARITY = 1e-3
"""Largest difference of a logit between scikit-learn and onnxruntime."""


def pipeline_to_onnx(pipeline: Pipeline, size: int, classes: int) -> bytes:
    """Return the graph ``features`` (batch, size) -> ``logits`` (batch, classes) of a fitted classifier.

    Steps that only make up training clips are left out. skl2onnx gives labels and probabilities; the labels are
    dropped and the logarithm of the floored probabilities is appended, as ``crossval.logits_of`` computes it in
    training.
    """
    model = _converted(Pipeline([step for step in pipeline.steps if not hasattr(step[1], "fit_resample")]), size)
    graph = model.graph
    scores = graph.output[1].name
    if isinstance(pipeline[-1], MarginSvm):
        graph.node.append(helper.make_node("Softmax", [scores], ["softmax"], axis=1))
        scores = "softmax"
    graph.initializer.extend(
        numpy_helper.from_array(np.array(value, dtype=np.float32), name)
        for name, value in (("probability_floor", PROBABILITY_FLOOR), ("probability_one", 1.0))
    )
    graph.node.extend(
        [
            helper.make_node("Clip", [scores, "probability_floor", "probability_one"], ["floored"]),
            helper.make_node("Log", ["floored"], ["logits"]),
        ]
    )
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, classes]))
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _converted(pipeline: Pipeline, size: int) -> onnx.ModelProto:
    register()
    # float32 scaling could move a value across a tree's threshold: divide in float64 as scikit-learn does
    scalers = {id(step): {"div": "div_cast"} for step in pipeline if isinstance(step, (StandardScaler, RobustScaler))}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # skl2onnx asks support vector machines for what they drop
        model: onnx.ModelProto = to_onnx(
            pipeline,
            initial_types=[("features", FloatTensorType([None, size]))],
            options={**scalers, id(pipeline[-1]): {"zipmap": False}},
            target_opset=OPSET,
        )
    return model


def check_parity(model: bytes, features: Features, expected: Logits) -> None:
    """Compare the exported graph with the learner it came from.

    Raises
    ------
    BundleInvalid
        When any logit differs by more than ``PARITY``.
    """
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.run(["logits"], {"features": features})[0]
    worst = float(np.abs(found - expected).max())
    if not worst <= PARITY:
        raise BundleInvalid(f"the exported graph differs from the learner by {worst:.3g}, more than {PARITY}")
