"""The command line and bundles from attackers: each is named with what is wrong, and paints no terminal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hostile_bundles import HOSTILE, write_all
from sentisound.audio.waveform import RATE_HZ
from sentisound.testing import speech_like

VERIFIED = sorted(name for name in HOSTILE if not name.endswith("_later"))
LATER = ("nan_later", "more_scores_later", "memory_later", "time_later")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    write_all(root)
    soundfile.write(root / "a.wav", speech_like(2.0, RATE_HZ, np.random.default_rng(0)), RATE_HZ)
    return root


def test_the_list_tells_which_models_are_broken_and_shows_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, run
):
    monkeypatch.setenv("SENTISOUND_MODELS_DIR", str(folder))
    result = run("models", "list", "--json")
    assert result.exit_code == 3
    shown = json.loads(result.stdout)
    assert {"default", "original", "tiny"} == {card["name"] for card in shown}
    broken = [line.split(": ")[1] for line in result.stderr.splitlines()]
    assert {name for name in HOSTILE if name.startswith("card_") and name != "card_golden_empty"} <= set(broken)
    assert all(line.isprintable() and len(line) < 1_000 for line in result.stderr.splitlines())


def test_none_is_verified(folder: Path, monkeypatch: pytest.MonkeyPatch, run):
    monkeypatch.setenv("SENTISOUND_MODELS_DIR", str(folder))
    result = run("models", "verify", *VERIFIED)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == VERIFIED
    assert [line for line in lines if "FAILED" not in line] == []


@pytest.mark.parametrize("name", LATER)
def test_none_is_answered_with(name: str, folder: Path, run):
    result = run("analyze", str(folder / "a.wav"), "--model", str(folder / name), "--json")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "model.onnx" in result.stderr
    assert "Traceback" not in result.stderr
