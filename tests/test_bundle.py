"""The bundle: what is written is read back, and whatever is wrong with one is refused before it runs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sentisound import bundle as bundle_module
from sentisound.bundle import CARD_FILE, MODEL_FILE, golden_waveform, read_bundle, read_card, write_bundle
from sentisound.errors import BundleDamaged, BundleInvalid, BundleNotFound


def _edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((folder / CARD_FILE).read_text())
    change(card)
    (folder / CARD_FILE).write_text(json.dumps(card))


def _put_model(folder: Path, model: bytes) -> None:
    """Replace the graph and publish its new checksum, as an attacker would."""
    (folder / MODEL_FILE).write_bytes(model)
    published = {"sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)}
    _edit(folder, lambda card: card["files"].update({MODEL_FILE: published}))


def _graph(*nodes: onnx.NodeProto, initializers: list[TensorProto] | None = None) -> bytes:
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, 40])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, 40])],
        initializer=initializers or [],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def test_a_bundle_is_read_back_as_it_was_written(tiny_bundle: Path):
    bundle = read_bundle(tiny_bundle)
    assert bundle.card.id == "tiny@0.0.1"
    assert bundle.card.labels == ["neutral", "happy", "angry"]
    assert bundle.features.size == 40
    assert bundle.card == read_card(tiny_bundle)
    assert hashlib.sha256(bundle.model).hexdigest() == bundle.card.files[MODEL_FILE].sha256


def test_the_folder_holds_two_files_and_no_draft(tiny_bundle: Path):
    assert sorted(path.name for path in tiny_bundle.iterdir()) == [CARD_FILE, MODEL_FILE]
    assert sorted(path.name for path in tiny_bundle.parent.iterdir()) == ["tiny"]


def test_writing_again_replaces_the_bundle(tiny_bundle: Path):
    bundle = read_bundle(tiny_bundle)
    assert write_bundle(tiny_bundle, bundle.card, bundle.model) == bundle
    assert sorted(path.name for path in tiny_bundle.parent.iterdir()) == ["tiny"]


def test_a_failed_write_leaves_the_old_bundle(tiny_bundle: Path):
    bundle = read_bundle(tiny_bundle)
    with pytest.raises(BundleInvalid):
        write_bundle(tiny_bundle, bundle.card, b"not a graph")
    assert read_bundle(tiny_bundle) == bundle
    assert sorted(path.name for path in tiny_bundle.parent.iterdir()) == ["tiny"]


def test_a_full_disk_leaves_the_old_bundle(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch):
    bundle = read_bundle(tiny_bundle)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_bundle(tiny_bundle, bundle.card, bundle.model)
    monkeypatch.undo()
    assert read_bundle(tiny_bundle) == bundle


def test_no_bundle_there(tmp_path: Path):
    with pytest.raises(BundleNotFound, match="models list"):
        read_bundle(tmp_path)


def test_one_changed_byte_is_noticed(tiny_bundle: Path):
    model = bytearray((tiny_bundle / MODEL_FILE).read_bytes())
    model[len(model) // 2] ^= 1
    (tiny_bundle / MODEL_FILE).write_bytes(model)
    with pytest.raises(BundleDamaged, match="checksum"):
        read_bundle(tiny_bundle)


def test_a_missing_graph_is_noticed(tiny_bundle: Path):
    (tiny_bundle / MODEL_FILE).unlink()
    with pytest.raises(BundleDamaged, match="missing"):
        read_bundle(tiny_bundle)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "sub/model.onnx", "..", ""])
def test_a_file_outside_the_bundle_is_refused(tiny_bundle: Path, name: str):
    (tiny_bundle.parent / "secret").write_bytes(b"secret")
    _edit(tiny_bundle, lambda card: card["files"].update({name: {"sha256": "0" * 64, "bytes": 6}}))
    with pytest.raises(BundleInvalid, match="outside"):
        read_bundle(tiny_bundle)


def test_a_link_out_of_the_bundle_is_refused(tiny_bundle: Path):
    model = (tiny_bundle / MODEL_FILE).read_bytes()
    (tiny_bundle.parent / "elsewhere.onnx").write_bytes(model)
    (tiny_bundle / MODEL_FILE).unlink()
    (tiny_bundle / MODEL_FILE).symlink_to(tiny_bundle.parent / "elsewhere.onnx")
    with pytest.raises(BundleInvalid, match="outside"):
        read_bundle(tiny_bundle)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card["features"].update(set="telepathy"), "telepathy"),
        (lambda card: card["features"].update(parameters={"n_wings": 2}), "n_wings"),
        (lambda card: card["features"].update(version=999), "version 999"),
        (lambda card: card["features"].update(size=41), "41 values"),
        (lambda card: card.update(labels=["neutral", "boredom", "angry"]), "labels"),
        (lambda card: card.update(labels=["neutral", "neutral", "angry"]), "labels"),
        (lambda card: card.update(labels=["neutral"]), "labels"),
        (lambda card: card.update(rate_hz=1), "rate_hz"),
        (lambda card: card.update(rate_hz="16000"), "rate_hz"),
        (lambda card: card.update(surprise=True), "surprise"),
        (lambda card: card.pop("licence"), "licence"),
        (lambda card: card.update(format=2), "format"),
        (lambda card: card["calibration"].update(temperature=0), "temperature"),
        (lambda card: card["files"].clear(), "model.onnx"),
    ],
)
def test_a_wrong_card_is_refused_with_the_field(
    tiny_bundle: Path, change: Callable[[dict[str, Any]], object], words: str
):
    _edit(tiny_bundle, change)
    with pytest.raises(BundleInvalid, match=words):
        read_bundle(tiny_bundle)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "\x00" * 100, '"' + "x" * 1000])
def test_a_card_that_is_no_card_is_refused(tiny_bundle: Path, text: str):
    (tiny_bundle / CARD_FILE).write_text(text)
    with pytest.raises(BundleInvalid, match=CARD_FILE):
        read_card(tiny_bundle)


def test_a_huge_card_or_graph_is_refused_unread(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bundle_module, "MAX_MODEL_BYTES", 100)
    with pytest.raises(BundleInvalid, match="at most 100"):
        read_bundle(tiny_bundle)
    os.truncate(tiny_bundle / CARD_FILE, bundle_module.MAX_CARD_BYTES + 1)
    with pytest.raises(BundleInvalid, match="at most"):
        read_card(tiny_bundle)


def test_external_tensor_data_is_refused(tiny_bundle: Path):
    tensor = numpy_helper.from_array(np.zeros(40, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../secret"
    _put_model(tiny_bundle, _graph(helper.make_node("Add", ["features", "w"], ["logits"]), initializers=[tensor]))
    with pytest.raises(BundleInvalid, match="other files"):
        read_bundle(tiny_bundle)


def test_operators_of_a_strange_domain_are_refused(tiny_bundle: Path):
    _put_model(tiny_bundle, _graph(helper.make_node("Shell", ["features"], ["logits"], domain="strange")))
    with pytest.raises(BundleInvalid, match=r"strange\.Shell"):
        read_bundle(tiny_bundle)


@pytest.mark.parametrize("model", [b"", b"\x80\x04K\x01.", b"PK\x03\x04" + bytes(100), b"#!/bin/sh\n"])
def test_a_graph_that_is_no_graph_is_refused(tiny_bundle: Path, model: bytes):
    _put_model(tiny_bundle, model)
    with pytest.raises(BundleInvalid, match="not an ONNX graph"):
        read_bundle(tiny_bundle)


def test_the_golden_sound_never_changes():
    samples = golden_waveform(16_000).samples
    assert samples.dtype == np.float32
    assert samples.shape == (19_200,)
    # The features in every published bundle come from exactly this sound.
    assert samples[[100, 5000, 12345]] == pytest.approx([-0.0022154, -0.1708632, -0.0260689], abs=1e-6)
