"""``models import`` on the command line: from a checkpoint to a bundle that ``analyze`` takes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("transformers", reason="transformers is not installed: pip install '.[import]'")

from checkpoints import save_checkpoint
from sentisound.bundle import read_card
from sentisound.testing import speech_like


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny wav2vec2 checkpoint whose outputs have no names."""
    return save_checkpoint(tmp_path_factory.mktemp("hub") / "Unnamed", "wav2vec2", ("LABEL_0", "LABEL_1", "LABEL_2"))


def test_import_says_what_it_made_and_how_to_use_it(checkpoint: Path, tmp_path: Path, run):
    out = tmp_path / "runs" / "mine"
    done = run("models", "import", f"hf:{checkpoint}", "--out", out, "--labels", "angry, joy,sad", "--licence", "MIT")
    assert done.exit_code == 0, done.stderr
    said, use = done.stdout.splitlines()
    assert said == "unnamed@1.0.0 hears angry, happy, sad; licence: MIT; not calibrated"
    assert use == f"it is in {out}: sentisound analyze clip.wav --model {out}"
    for step in ("documents", "weights", "export", "comparison"):
        assert step in done.stderr

    sound = tmp_path / "clip.wav"
    soundfile.write(sound, speech_like(2.0, 16_000, np.random.default_rng(0)), 16_000)
    heard = run("analyze", sound, "--model", out, "--json")
    assert heard.exit_code == 0, heard.stderr
    assert "unnamed@1.0.0" in heard.stdout
    assert set(json.loads(heard.stdout)["scores"]) == {"angry", "happy", "sad"}
    assert "ok (unnamed@1.0.0" in run("models", "verify", out).stdout
    shown = run("models", "show", out).stdout
    assert "temperature 1, fitted on not calibrated" in shown
    assert "never: it answers always" in shown


def test_a_checkpoint_that_cannot_be_imported_is_exit_3(checkpoint: Path, tmp_path: Path, run):
    done = run("models", "import", f"hf:{checkpoint}", "--out", tmp_path / "out")
    assert done.exit_code == 3
    assert "error: The checkpoint cannot be imported: config.json calls an output 'LABEL_0'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_bundle_is_replaced_with_force_only(checkpoint: Path, tmp_path: Path, run):
    command = ("models", "import", f"hf:{checkpoint}", "--out", tmp_path / "out", "--labels", "angry,happy,sad")
    assert run(*command).exit_code == 0
    again = run(*command, "--name", "second")
    assert again.exit_code == 3
    assert "--force" in again.stderr
    assert run(*command, "--name", "second", "--force", "--int8").exit_code == 0
    card = read_card(tmp_path / "out")
    assert card.name == "second"
    assert "8 bits" in card.limits


def test_a_missing_library_names_the_extra(checkpoint: Path, tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.startswith("sentisound.learning.importing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "transformers", None)
    done = run("models", "import", f"hf:{checkpoint}", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "importing needs transformers: pip install '.[import]' in a clone" in done.stderr


def test_help_has_examples_and_the_caution(run):
    said = run("models", "import", "--help").stdout
    assert "sentisound models import hf:./my-checkpoint --out runs/mine" in said
    assert "Its licence is its authors'" in said
    assert "import" in run("models", "--help").stdout
