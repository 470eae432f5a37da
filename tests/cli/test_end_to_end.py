"""The whole program with the real engine: sound in, verdict out, as a shell would run it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.testing import speech_like

RATE_HZ = 16_000

Program = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Write a folder of sounds: speech-like ones, silence, a poem that calls itself wav, and a hidden file."""
    folder = tmp_path / "clips"
    (folder / "deep").mkdir(parents=True)
    rng = np.random.default_rng(0)
    soundfile.write(folder / "a.wav", speech_like(2.0, RATE_HZ, rng), RATE_HZ)
    soundfile.write(folder / "deep" / "=b.flac", speech_like(3.0, RATE_HZ, rng, f0_hz=220), RATE_HZ)
    soundfile.write(folder / "silence.wav", np.zeros(RATE_HZ), RATE_HZ)
    soundfile.write(folder / ".hidden.wav", speech_like(1.0, RATE_HZ, rng), RATE_HZ)
    (folder / "poem.wav").write_text("Shall I compare thee to a summer's day?")
    return folder


def test_a_sound_gets_a_verdict(clips: Path, tiny_bundle: Path, program: Program):
    done = program("analyze", clips / "a.wav", "--model", tiny_bundle)
    said = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert any(label in said.splitlines()[1] for label in ("neutral", "happy", "angry"))
    assert "2.0 s" in said
    assert "tiny@0.0.1" in said


def test_a_folder_becomes_csv_and_bad_files_stop_nothing(clips: Path, tiny_bundle: Path, program: Program):
    done = program("analyze", ".", "--csv", "--model", tiny_bundle, cwd=clips)
    rows = {row["file"]: row for row in csv.DictReader(io.StringIO(done.stdout.decode()), strict=True)}
    assert list(rows) == ["a.wav", "deep/=b.flac", "poem.wav", "silence.wav"]
    assert rows["silence.wav"]["error"].startswith("no_speech: ")
    assert rows["poem.wav"]["error"].startswith("not_audio: ")
    for name, duration_s in (("a.wav", 2.0), ("deep/=b.flac", 3.0)):
        row = rows[name]
        assert float(row["duration"]) == duration_s
        assert sum(float(row[label]) for label in ("neutral", "happy", "angry")) == pytest.approx(1, abs=1e-5)
    assert done.returncode == 1


def test_a_name_that_is_a_formula_is_guarded(clips: Path, tiny_bundle: Path, program: Program):
    done = program("analyze", "=b.flac", "--csv", "--model", tiny_bundle, cwd=clips / "deep")
    assert done.stdout.decode().splitlines()[1].startswith("'=b.flac,3.0,")


def test_standard_input_gives_what_the_file_gives(clips: Path, tiny_bundle: Path, program: Program):
    by_name = json.loads(program("analyze", clips / "a.wav", "--json", "--model", tiny_bundle).stdout)
    piped = program("analyze", "-", "--json", "--model", tiny_bundle, input=(clips / "a.wav").read_bytes())
    by_pipe = json.loads(piped.stdout)
    assert by_pipe["scores"] == by_name["scores"]
    assert by_pipe["segments"] == by_name["segments"]
    assert (by_pipe["file"], by_name["file"]) == ("stdin", "a.wav")


def test_empty_standard_input_is_said_so(tiny_bundle: Path, program: Program):
    done = program("analyze", "-", "--model", tiny_bundle, input=b"")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: stdin: The file is empty")


def test_a_sound_longer_than_allowed_is_refused(clips: Path, tiny_bundle: Path, program: Program):
    done = program("analyze", clips / "a.wav", "--max-duration", "1", "--model", tiny_bundle)
    assert done.returncode == 1
    assert b"The sound is too long" in done.stderr


def test_a_model_that_is_not_there_is_exit_3(clips: Path, program: Program):
    done = program("analyze", clips / "a.wav", "--model", "french")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(b"error: There is no such model: there is no model 'french'")


def test_a_wrong_detector_in_the_environment_is_exit_2(clips: Path, tiny_bundle: Path, program: Program):
    done = program("analyze", clips, "--model", tiny_bundle, env={"SENTISOUND_VAD": "psychic"})
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: A setting is wrong: ")
    assert b"psychic" in done.stderr


def test_the_shipped_models_are_what_was_published(program: Program):
    done = program("models", "verify")
    assert done.returncode == 0
    assert b"default" in done.stdout


def test_the_default_model_needs_no_option(clips: Path, program: Program):
    done = program("analyze", clips / "a.wav", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["model"].startswith("default@")
    assert sum(document["scores"].values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.corpora
def test_real_speech_is_heard_for_what_it_is(corpora: Path, program: Program):
    """Every clip of one actor, known from training: most answers that the model is sure of must be right."""
    names = {"01": "neutral", "02": "calm", "03": "happy", "04": "sad"}
    names |= {"05": "angry", "06": "fearful", "07": "disgust", "08": "surprised"}
    done = program("analyze", corpora / "ravdess" / "Actor_01", "--csv", "--quiet")
    rows = [row for row in csv.DictReader(io.StringIO(done.stdout.decode())) if row["abstained"] == "false"]
    right = [row["emotion"] == names[Path(row["file"]).name.split("-")[2]] for row in rows]
    assert done.returncode == 0
    assert len(right) > 20
    assert np.mean(right) > 0.6
