"""Every network gives the same logits in onnxruntime as in torch, at lengths and batches that no export has seen."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import onnx
import pytest
import torch

from sentisound import onnx_graph
from sentisound.bundle import check_graph
from sentisound.errors import BundleInvalid
from sentisound.learning.export_network import (
    EXPORT_FRAMES,
    PARITY,
    PARITY_FRAMES,
    check_network_parity,
    network_to_onnx,
    session_of,
)
from sentisound.learning.models.deep.registry import NETWORKS
from toy import BANDS, CLASSES, FUNCTIONALS, built, clips, described, shape_of, taught

every = pytest.mark.parametrize("name", NETWORKS)
_GRAPHS: dict[str, bytes] = {}


@pytest.fixture(scope="module", autouse=True)
def one_torch_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def exported(name: str) -> bytes:
    if name not in _GRAPHS:
        _GRAPHS[name] = network_to_onnx(taught(name), shape_of(name))
    return _GRAPHS[name]


@every
def test_onnx_gives_what_torch_gives(name: str):
    """Of networks that have learned: logits of the order of 10, and batch norms that are not as they began."""
    assert EXPORT_FRAMES not in PARITY_FRAMES
    assert check_network_parity(taught(name), exported(name), rng()) <= PARITY


@pytest.mark.parametrize("name", ["cnn_bilstm", "hybrid"])
def test_parity_on_frames_that_were_heard(name: str):
    """Two clips, shorter than some of the lengths: excerpts go on from the start."""
    speech = clips(2, 60, seed=5)[0].reshape(-1, BANDS).numpy()
    assert check_network_parity(taught(name), exported(name), rng(), speech) <= PARITY


def test_parity_draws_what_the_generator_says():
    found = [check_network_parity(taught("tdnn"), exported("tdnn"), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


@every
def test_the_graph_is_of_the_bundles_contract(name: str):
    session = session_of(exported(name))
    functionals = [("functionals", ["batch", FUNCTIONALS])] if NETWORKS[name].takes_functionals else []
    inputs = [(each.name, each.shape) for each in session.get_inputs()]
    assert inputs == [("features", ["batch", "frames", BANDS]), *functionals]
    assert {each.type for each in session.get_inputs()} == {"tensor(float)"}
    assert [(each.name, each.shape[1]) for each in session.get_outputs()] == [("logits", CLASSES)]


@every
def test_the_graph_passes_the_door_with_standard_operators_alone(name: str):
    check_graph(exported(name))
    assert not [operator for operator in onnx_graph.inspect(exported(name)) if "." in operator]
    assert onnx.load_from_string(exported(name)).opset_import[0].version == 17


@every
def test_a_batch_is_its_rows(name: str):
    network = taught(name)
    frames, truth = clips(4, 57, seed=3)
    functionals = described(network, truth)
    inputs = {"features": frames.numpy()} | ({} if functionals is None else {"functionals": functionals.numpy()})
    session = session_of(exported(name))
    together = session.run(None, inputs)[0]
    for row in range(4):
        alone = session.run(None, {key: value[row : row + 1] for key, value in inputs.items()})[0]
        assert alone[0] == pytest.approx(together[row], abs=1e-4)


@every
def test_a_padded_clip_in_torch_is_the_bare_clip_in_onnxruntime(name: str):
    """Training pads and masks, serving does neither."""
    network = taught(name)
    frames, truth = clips(2, 60, seed=4)
    functionals, mask = described(network, truth), torch.arange(60) < torch.tensor([[60], [41]])
    with torch.no_grad():
        masked = network(frames, mask, functionals).numpy()[1]
    inputs = {"features": frames[1:, :41].numpy()}
    inputs |= {} if functionals is None else {"functionals": functionals[1:].numpy()}
    assert session_of(exported(name)).run(None, inputs)[0][0] == pytest.approx(masked, abs=1e-4)


@pytest.mark.parametrize("name", ["cnn_mha_bilstm_bigru", "hybrid"])
def test_exporting_leaves_the_network_alone_and_says_the_same_again(name: str):
    network = taught(name).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    assert network_to_onnx(network, shape_of(name)) == exported(name)
    assert network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_exporting_needs_no_onnxscript(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    check_graph(network_to_onnx(built("cnn"), shape_of("cnn")))


def test_the_graph_says_nothing_of_where_it_was_made():
    graph = exported("tdnn")
    assert b"site-packages" not in graph
    assert b".py" not in graph


def test_the_scale_of_the_functionals_is_in_the_graph():
    network = built("hybrid")
    network.set_scale(np.linspace(-1e3, 1e3, FUNCTIONALS), np.logspace(-3, 3, FUNCTIONALS))
    graph = network_to_onnx(network, shape_of("hybrid"))
    check_network_parity(network, graph, rng())
    other = network_to_onnx(built("hybrid"), shape_of("hybrid"))
    with pytest.raises(BundleInvalid, match="differs"):
        check_network_parity(network, other, rng())


def test_a_graph_of_other_weights_is_noticed():
    with pytest.raises(BundleInvalid, match=r"differs by .* at 1 frames"):
        check_network_parity(built("cnn", seed=1), exported("cnn"), rng())


def test_a_slip_of_one_weight_is_noticed():
    network = taught("tdnn")
    with torch.no_grad():
        network.classifier.bias[0] += 2 * PARITY
    with pytest.raises(BundleInvalid, match="differs"):
        check_network_parity(network, exported("tdnn"), rng())


def test_a_graph_of_one_length_is_noticed():
    """What tracing does to a length that was not told to be free."""
    network, written = taught("cnn"), io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, EXPORT_FRAMES, BANDS),),
            written,
            input_names=["features"],
            output_names=["logits"],
            dynamo=False,
        )
    with pytest.raises(BundleInvalid, match="does not run at 1 frames"):
        check_network_parity(network, written.getvalue(), rng())
