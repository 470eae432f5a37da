"""Eight bits: a graph a fraction of its size that answers nearly the same, and the loss told as it is."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from sentisound import onnx_graph
from sentisound.bundle import check_graph
from sentisound.errors import BundleInvalid
from sentisound.learning.export_network import network_to_onnx, session_of
from sentisound.learning.models.deep.registry import NETWORKS
from sentisound.learning.quantise import QuantisationLoss, quantisation_loss, quantise
from toy import BANDS, CLASSES, clips, described, shape_of, taught

every = pytest.mark.parametrize("name", NETWORKS)
LEFT_IN_FULL = ("cnn_gru", "cnn_bilstm_bigru_attention", "cnn_mha_bilstm_bigru")  # a GRU has no 8-bit form
_GRAPHS: dict[str, tuple[bytes, bytes]] = {}


@pytest.fixture(scope="module", autouse=True)
def one_torch_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def graphs(name: str) -> tuple[bytes, bytes]:
    """Return the graph of a network that has learned the toy, and the quantised one."""
    if name not in _GRAPHS:
        graph = network_to_onnx(taught(name), shape_of(name))
        _GRAPHS[name] = graph, quantise(graph)
    return _GRAPHS[name]


def batches(name: str, lengths: tuple[int, ...] = (40, 56, 91)) -> list[dict[str, np.ndarray]]:
    """Return toy clips of several lengths, a batch of 8 each."""
    made = []
    for seed, frames in enumerate(lengths):
        features, truth = clips(8, frames, seed=100 + seed)
        functionals = described(taught(name), truth)
        made.append(
            {"features": features.numpy()} | ({} if functionals is None else {"functionals": functionals.numpy()})
        )
    return made


@every
def test_it_is_smaller_and_passes_the_door(name: str):
    graph, quantised = graphs(name)
    check_graph(quantised)
    assert len(quantised) < (0.95 if name in LEFT_IN_FULL else 0.45) * len(graph)


@every
def test_convolutions_and_products_are_of_eight_bits(name: str):
    operators = onnx_graph.inspect(graphs(name)[1])
    assert "ConvInteger" in operators
    assert "MatMulInteger" in operators
    assert not operators & {"Conv", "Gemm", "LSTM"}


@every
def test_inputs_and_output_stay(name: str):
    before, after = (session_of(graph) for graph in graphs(name))
    assert [(each.name, each.shape) for each in before.get_inputs()] == [
        (each.name, each.shape) for each in after.get_inputs()
    ]
    assert [each.name for each in after.get_outputs()] == ["logits"]


@every
def test_it_runs_at_any_length(name: str):
    for frames in (1, 2, 999):
        for inputs in batches(name, (frames,)):
            logits = session_of(graphs(name)[1]).run(None, inputs)[0]
            assert logits.shape == (8, CLASSES)
            assert np.isfinite(logits).all()


@every
def test_a_network_that_is_sure_keeps_its_verdicts(name: str):
    """All classes of the toy are far apart: 8 bits move a logit by some percent, and no verdict."""
    graph, quantised = graphs(name)
    loss = quantisation_loss(graph, quantised, batches(name))
    scale = max(np.abs(session_of(graph).run(None, inputs)[0]).max() for inputs in batches(name))
    assert 0 < loss.worst_logit_difference < 0.1 * scale
    assert loss.changed_verdicts == 0
    assert (loss.clips, loss.bytes_before, loss.bytes_after) == (24, len(graph), len(quantised))


def test_the_loss_of_nothing_is_nothing():
    graph, _ = graphs("cnn")
    assert quantisation_loss(graph, graph, batches("cnn")) == QuantisationLoss(0.0, 0.0, 24, len(graph), len(graph))


def test_the_loss_is_the_worst_difference_and_the_share_of_changed_verdicts(linear: Callable[..., bytes]):
    """Two linear layers of known logits: of four clips one moves to the other class, and the worst moves by 3."""
    first = linear(np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32))
    second = linear(np.eye(2, dtype=np.float32), np.array([0, 3], dtype=np.float32))
    clips_of = [np.array([[5, 0], [4, 0]], dtype=np.float32), np.array([[2, 0], [0, 1]], dtype=np.float32)]
    loss = quantisation_loss(first, second, ({"features": features} for features in clips_of))
    assert loss.worst_logit_difference == pytest.approx(3)
    assert loss.changed_verdicts == 0.25
    assert loss.clips == 4


def test_without_a_clip_there_is_no_loss_to_state():
    with pytest.raises(BundleInvalid, match="no clip"):
        quantisation_loss(*graphs("cnn"), [])


def test_it_leaves_no_file_and_no_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog, capfd):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    handlers = list(logging.getLogger().handlers)
    with caplog.at_level(logging.WARNING):
        quantise(graphs("tdnn")[0])
    assert not list(tmp_path.iterdir())
    assert not caplog.records
    assert logging.getLogger().handlers == handlers
    assert capfd.readouterr() == ("", "")


def test_the_same_graph_gives_the_same_bytes():
    graph, quantised = graphs("tdnn")
    assert quantise(graph) == quantised


def test_bands_are_those_of_the_toy():
    assert {inputs["features"].shape[2] for inputs in batches("cnn")} == {BANDS}
