"""Hostile input through the whole house: each gets an answer or a clear error, none a traceback, memory stays flat."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hostile import INPUTS, LARGE, WAV, write

MAX_RESIDENT_KB = 500_000
REFUSED = {
    "empty.wav": "empty_audio",
    "one-byte.wav": "not_audio",
    "header-only-44-bytes.wav": "empty_audio",
    "header-rate-zero.wav": "not_audio",
    "header-rate-2-GHz.wav": "not_audio",
    "header-channels-1000.wav": "not_audio",
    "text.wav": "not_audio",
    "page.mp3": "not_audio",
    "archive.flac": "not_audio",
    "pickle.wav": "not_audio",
    "random.wav": "not_audio",
    "random-behind-riff.wav": "not_audio",
    "random-behind-ogg.ogg": "not_audio",
    "random-behind-mp4.m4a": "not_audio",
    "silence.wav": "no_speech",
    "dc.wav": "no_speech",
    "all-nan.wav": "not_audio",
    "one-sample.wav": "too_short",
    "twenty-milliseconds.wav": "too_short",
    "three-hours.wav": "too_long",
    "bomb-of-40-hours.flac": "too_long",
}
WARNED = {
    "truncated.wav": "early",
    "truncated.mp3": "",
    "some-nan.wav": "not numbers",
    "infinite.wav": "not numbers",
    "far-beyond-full-scale.wav": "full scale",
    "8-kHz.wav": "kHz",
    "clipped.wav": "clip",
    "whisper-quiet.wav": "quiet",
}


LAUNCHER = r"""
import atexit, pathlib, re, sys
peak, status = pathlib.Path(sys.argv.pop(1)), pathlib.Path("/proc/self/status")
atexit.register(lambda: peak.write_text(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]))
from sentisound.cli import main
main(prog_name="sentisound")
"""  # not getrusage: its peak counts the parent's memory, which a child has until it executes


def run_measured(arguments: list[str], folder: Path) -> tuple[int, str, str, int]:
    """Run the command line; return exit status, output, errors and the largest resident size in kB."""
    peak = folder / "peak"
    command = [sys.executable, "-c", LAUNCHER, str(peak), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout, run.stderr, int(peak.read_text())


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """One run of the command line over all hostile inputs."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = write(folder / "in")
    status, out, err, resident_kb = run_measured(["analyze", "--json", *map(str, paths.values())], folder)
    assert status == 1
    assert "Traceback" not in out + err
    assert resident_kb < MAX_RESIDENT_KB
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == len(paths)
    return dict(zip(paths, rows, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_analysed_is_refused_with_its_code(answers: dict[str, dict[str, Any]], name: str):
    error = answers[name]["error"]
    assert error["code"] == REFUSED[name]
    assert len(error["detail"]) > 10


@pytest.mark.parametrize("name", sorted(set(INPUTS) - set(REFUSED) - {"flac-cut-to-its-header.flac"}))
def test_what_can_be_analysed_is(answers: dict[str, dict[str, Any]], name: str):
    answer = answers[name]
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=1e-4)
    assert answer["duration"] > 0.1


@pytest.mark.parametrize("name", WARNED)
def test_what_is_poor_is_answered_with_a_warning(answers: dict[str, dict[str, Any]], name: str):
    warnings = " ".join(answers[name]["quality"]["warnings"])
    assert warnings
    assert WARNED[name] in warnings


@pytest.mark.parametrize("name", ["tone.wav", "white-noise.wav"])
def test_what_is_not_speech_is_not_quoted(answers: dict[str, dict[str, Any]], name: str):
    assert answers[name]["abstained"]


def test_a_name_is_shown_without_its_control_characters(answers: dict[str, dict[str, Any]]):
    assert answers["a\nnew line.wav"]["file"] == "a_new line.wav"


@pytest.mark.parametrize("form", [[], ["--csv"], ["--segments"]])
def test_every_form_of_output_survives_them(tmp_path: Path, form: list[str]):
    paths = write(tmp_path / "in", [name for name in INPUTS if name not in LARGE])
    status, out, err, _ = run_measured(["analyze", *form, *map(str, paths.values())], tmp_path)
    assert status == 1
    assert "Traceback" not in out + err
    assert "\x1b" not in out


@pytest.mark.parametrize("target", ["is-a-folder.wav", "../missing.wav", "../../../etc/shadow/x.wav"])
def test_what_is_no_file_is_told(tmp_path: Path, target: str):
    (tmp_path / "in" / "is-a-folder.wav").mkdir(parents=True)
    status, out, err, _ = run_measured(["analyze", str(tmp_path / "in" / target)], tmp_path)
    assert status in {1, 2}
    assert "Traceback" not in out + err
    assert out + err


def test_a_pipe_in_a_folder_does_not_hang_the_search(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clip.wav").write_bytes(WAV)
    os.mkfifo(tmp_path / "in" / "pipe.wav")
    status, out, _, _ = run_measured(["analyze", "--json", str(tmp_path / "in")], tmp_path)
    assert status == 0
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["clip.wav"]
