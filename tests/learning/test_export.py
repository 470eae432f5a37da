"""Every classical learner gives the same logits in onnxruntime as in scikit-learn."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from sklearn.pipeline import Pipeline

from sentisound.bundle import check_graph
from sentisound.errors import BundleInvalid, RecipeError
from sentisound.learning.crossval import logits_of
from sentisound.learning.export import check_parity, pipeline_to_onnx
from sentisound.learning.models.classical import MODELS, build

CLASSES, SIZE = 4, 12


def _clips(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return clips whose features differ in scale by six orders, as real ones do."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % CLASSES
    features = rng.standard_normal((count, SIZE)) + truth[:, np.newaxis] * rng.standard_normal(SIZE)
    return (features * 10.0 ** np.linspace(-3, 3, SIZE)).astype(np.float32), truth


def _fitted(name: str) -> Pipeline:
    model = build(name, {}, seed=0)
    model.fit(*_clips(200))
    return model


@pytest.mark.parametrize("name", MODELS)
def test_onnx_gives_what_the_learner_gives(name: str):
    model = _fitted(name)
    graph = pipeline_to_onnx(model, SIZE, CLASSES)
    fresh, _ = _clips(500, seed=1)
    session = ort.InferenceSession(graph)
    assert [node.name for node in session.get_inputs()] == ["features"]
    assert [node.name for node in session.get_outputs()] == ["logits"]
    assert np.abs(session.run(None, {"features": fresh})[0] - logits_of(model, fresh)).max() < 1e-3
    check_parity(graph, fresh, logits_of(model, fresh))


@pytest.mark.parametrize("name", MODELS)
def test_an_exported_graph_passes_the_door(name: str):
    check_graph(pipeline_to_onnx(_fitted(name), SIZE, CLASSES))


@pytest.mark.parametrize("name", MODELS)
def test_learning_again_from_the_same_seed_gives_the_same_model(name: str):
    fresh, _ = _clips(50, seed=2)
    assert np.array_equal(logits_of(_fitted(name), fresh), logits_of(_fitted(name), fresh))


def test_a_graph_of_another_learner_is_noticed():
    model = _fitted("logistic_regression")
    fresh, _ = _clips(50, seed=1)
    with pytest.raises(BundleInvalid, match="differs"):
        check_parity(pipeline_to_onnx(model, SIZE, CLASSES), fresh, logits_of(model, fresh) + 0.01)


def test_a_bad_learner_or_parameter_is_told():
    with pytest.raises(RecipeError, match="random_forest"):
        build("perceptron of doom", {}, 0)
    with pytest.raises(RecipeError, match="n_wings"):
        build("random_forest", {"n_wings": 2}, 0)
