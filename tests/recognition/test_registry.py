"""The registry finds shipped bundles, one's own, and a bundle given by its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sentisound.errors import BundleNotFound
from sentisound.recognition import registry
from sentisound.recognition.recognizer import Recognizer


def test_the_shipped_bundles_are_there():
    assert {"default", "original"} <= set(registry.folders())


def test_every_shipped_bundle_opens_and_is_small():
    total = 0
    for name, folder in registry.folders().items():
        recognizer = Recognizer.load(folder)
        assert recognizer.card.name == name
        assert all(metric.speaker_independent for metric in recognizer.card.metrics)
        total += sum(path.stat().st_size for path in folder.iterdir())
    assert total < 20_000_000


def test_a_folder_of_ones_own_adds_and_wins(tiny_bundle: Path):
    models = tiny_bundle.parent
    shutil.copytree(tiny_bundle, models / "default")
    assert registry.find("tiny", models) == tiny_bundle
    assert registry.find("default", models) == models / "default"
    assert registry.find("default") == registry.SHIPPED / "default"


def test_a_path_is_taken_too(tiny_bundle: Path):
    assert registry.find(str(tiny_bundle)) == tiny_bundle


def test_a_miss_lists_the_names(tmp_path: Path):
    with pytest.raises(BundleNotFound, match="default, original"):
        registry.find("nope")
    with pytest.raises(BundleNotFound):
        registry.find(str(tmp_path))


def test_an_unfinished_bundle_is_not_listed(tiny_bundle: Path):
    tiny_bundle.rename(tiny_bundle.with_name(".tiny-draft"))
    assert ".tiny-draft" not in registry.folders(tiny_bundle.parent)
