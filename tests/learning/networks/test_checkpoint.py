"""A checkpoint is whole and of this training, or it is as if there were none, and that is said."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import torch

from sentisound.learning.networks.checkpoint import CHECKPOINT_FILE, Checkpoint

STATE = {"weights": torch.arange(1000.0), "step": 3, "log": [{"loss": 0.5}]}


def test_what_was_written_is_read(tmp_path: Path):
    Checkpoint(tmp_path / "deep", "k").write(STATE)
    found = Checkpoint(tmp_path / "deep", "k").read()
    assert found is not None
    assert torch.equal(found["weights"], STATE["weights"])
    assert (found["step"], found["log"]) == (3, [{"loss": 0.5}])


def test_the_second_takes_the_place_of_the_first_and_no_draft_is_left(tmp_path: Path):
    checkpoint = Checkpoint(tmp_path, "k")
    checkpoint.write(STATE)
    checkpoint.write({"step": 4})
    assert checkpoint.read() == {"step": 4}
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT_FILE]


def test_without_a_folder_nothing_is_kept():
    Checkpoint(None, "k").write(STATE)
    assert Checkpoint(None, "k").read() is None


def test_none_yet_is_no_matter(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    assert Checkpoint(tmp_path, "k").read() is None
    assert not caplog.records


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "list"])
def test_a_damaged_one_is_ignored_and_said(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    Checkpoint(tmp_path, "k").write(STATE)
    path = tmp_path / CHECKPOINT_FILE
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[-100] ^= 1
    changed = {"cut": content[:-7], "flip": bytes(flipped), "empty": b"", "text": b"hello\nworld", "list": b"[1]\nx"}
    path.write_bytes(changed[damage])
    with caplog.at_level(logging.WARNING):
        assert Checkpoint(tmp_path, "k").read() is None
    assert "is damaged; the training starts anew" in caplog.text


def test_one_of_another_training_is_ignored_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    Checkpoint(tmp_path, "other").write(STATE)
    assert Checkpoint(tmp_path, "k").read() is None
    assert "is of another training" in caplog.text


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path):
    class Hostile:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    Checkpoint(tmp_path, "k").write({"x": Hostile()})
    header = json.loads((tmp_path / CHECKPOINT_FILE).read_bytes().partition(b"\n")[0])
    assert header["key"] == "k"
    with pytest.raises(Exception, match=r"[Ww]eights"):
        Checkpoint(tmp_path, "k").read()
    assert not (tmp_path / "ran").exists()
