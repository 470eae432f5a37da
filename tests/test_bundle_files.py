"""Further files of a bundle: published with their checksums, verified on reading, and never needed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sentisound.bundle import WEIGHTS_FILE, read_bundle, write_bundle
from sentisound.card import Base, NetworkSpec
from sentisound.errors import BundleDamaged
from sentisound.recognition.recognizer import Recognizer


@pytest.fixture
def with_weights(tiny_bundle: Path, tmp_path: Path) -> Path:
    """Folder of the tiny bundle with a file of weights and where they come from."""
    bundle = read_bundle(tiny_bundle)
    base = Base("old@1.0.0", "CC0", ["RAVDESS"])
    card = replace(
        bundle.card,
        network=NetworkSpec("tdnn", {"dilations": [1, 2], "dropout": 0.1}),
        training=replace(bundle.card.training, base=base),
    )
    write_bundle(tmp_path / "more", card, bundle.model, {WEIGHTS_FILE: b"numbers"})
    return tmp_path / "more"


def test_a_further_file_comes_back_and_is_in_the_card(with_weights: Path):
    bundle = read_bundle(with_weights)
    assert bundle.read(WEIGHTS_FILE) == b"numbers"
    assert bundle.read("other.bin") is None
    assert bundle.card.files[WEIGHTS_FILE].bytes == 7
    assert bundle.card.network == NetworkSpec("tdnn", {"dilations": [1, 2], "dropout": 0.1})
    assert bundle.card.training.base == Base("old@1.0.0", "CC0", ["RAVDESS"])


def test_it_is_verified_again_when_it_is_read(with_weights: Path):
    bundle = read_bundle(with_weights)
    (with_weights / WEIGHTS_FILE).write_bytes(b"numbexs")
    with pytest.raises(BundleDamaged, match=r"weights\.npz"):
        bundle.read(WEIGHTS_FILE)
    with pytest.raises(BundleDamaged, match=r"weights\.npz"):
        Recognizer.load(with_weights)


def test_cards_from_before_there_were_weights_are_read(tiny_bundle: Path):
    path = tiny_bundle / "bundle.json"
    card = json.loads(path.read_text())
    del card["network"], card["training"]["base"]
    path.write_text(json.dumps(card))
    bundle = read_bundle(tiny_bundle)
    assert bundle.card.network is None
    assert bundle.card.training.base is None
    assert bundle.read(WEIGHTS_FILE) is None
