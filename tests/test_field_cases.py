"""Inputs from the field that failed once, by library, command line and HTTP; ``pytest -s`` prints the table.

The inputs lie beside the project and are not part of it: without them the tests are skipped. What each must come to is
tested elsewhere too, on inputs that the tests make themselves.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from live import Live
from sentisound.service import Analyzer
from sentisound.settings import Settings

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the inputs from the field are not here")

Check = Callable[[dict], bool]
Spans = tuple[tuple[float, float], ...]


def near(said: dict, spans: Spans, within_s: float = 0.5) -> bool:
    """Return whether the segments are these."""
    found = [(one["start"], one["end"]) for one in said["segments"]]
    return len(found) == len(spans) and bool(np.allclose(found, spans, atol=within_s))


def warned(said: dict, words: str) -> bool:
    return any(words in warning for warning in said["quality"]["warnings"])


SOUNDS: dict[str, Check] = {
    "03-chained-ogg/input.opus": lambda said: said["duration"] > 7 and len(said["segments"]) == 2,
    "04-two-audio-tracks/input.m4a": lambda said: said["duration"] > 7 and len(said["segments"]) == 2,
    "04-two-audio-tracks/input-undecodable-first.mov": lambda said: len(said["segments"]) == 2,
    "05-nist-sphere/input.sph": lambda said: said["emotion"] == "angry",
    "07-phase-inverted-stereo/input.flac": lambda said: said["emotion"] == "angry" and warned(said, "cancel"),
    "08-wav-stale-size/input.wav": lambda said: said["duration"] > 3.3 and warned(said, "header"),
    "09-late-audio-track/input.mp4": lambda said: near(said, ((3.3, 5.3), (6.8, 8.6))),
    "11-beep-then-soft-voice/input.flac": lambda said: near(said, ((3.5, 5.4), (6.9, 8.8))),
    "12-hold-music-ring-knock/input-music.flac": lambda said: said["reason"] == "no_speech",
    "12-hold-music-ring-knock/input-ring.flac": lambda said: said["reason"] == "no_speech",
    "12-hold-music-ring-knock/input-knock.flac": lambda said: said["reason"] == "no_speech",
    "14-dual-channel-call/input.flac": lambda said: warned(said, "two people"),
}
"""What each sound must come to, as the analysis says it in JSON."""


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Callable[[Path], dict]]]:
    """How a sound is analysed: each gives the JSON of the analysis."""
    server = Live(tmp_path_factory.mktemp("field"), vad="silero", rate_requests="0")
    analyzer = Analyzer(Settings(vad="silero"))

    def by_command(file: Path) -> dict:
        command = [sys.executable, "-m", "sentisound", "analyze", "--json", "--vad", "silero", str(file)]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def by_http(file: Path) -> dict:
        with file.open("rb") as sound:
            answer = httpx.post(f"{server.url}/v1/analyses", files={"file": sound}, timeout=60, trust_env=False)
        return answer.raise_for_status().json()

    yield {"library": lambda file: analyzer.analyze(file).to_dict(), "command": by_command, "HTTP": by_http}
    server.end()


def test_every_sound_by_every_way(ways: dict[str, Callable[[Path], dict]]) -> None:
    rows, wrong = [], []
    for name, is_right in SOUNDS.items():
        marks = []
        for way, analyse in ways.items():
            said = analyse(CASES / name)
            marks.append("right" if is_right(said) else "WRONG")
            if marks[-1] != "right":
                wrong.append((name, way, said))
        rows.append(f"{name:<50}" + "".join(f"{mark:>10}" for mark in marks))
    sys.stdout.write("\n".join(["", f"{'':<50}" + "".join(f"{way:>10}" for way in ways), *rows, ""]))
    assert wrong == []


def command(*arguments: str, folder: Path) -> str:
    """Run a command and return all that it says."""
    done = subprocess.run(
        [sys.executable, "-m", "sentisound", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture
def unpacked(tmp_path: Path) -> Callable[[str], Path]:
    def unpack(name: str) -> Path:
        with tarfile.open(CASES / name / "input.tar.gz") as archive:
            archive.extractall(tmp_path, filter="data")
        return tmp_path

    return unpack


def test_letters_that_mean_different_things_are_told(unpacked: Callable[[str], Path]) -> None:
    folder = unpacked("15-emodb-letters-and-none")
    said = command("corpora", "stats", "emodb_letters.csv", folder=folder)
    assert all(f"{letter!r}" in said for letter in "AFWET"), said
    assert "neutral" in command("corpora", "stats", "none.csv", folder=folder)


def test_segments_of_a_long_sound_are_clips(unpacked: Callable[[str], Path]) -> None:
    said = command("corpora", "check", "segments.csv", "--json", folder=unpacked("17-segments-in-a-table"))
    assert "complete: 4 clips" in said


@pytest.mark.parametrize("table", ["nfc.csv", "gbk.csv"])
def test_names_in_other_forms_are_found(unpacked: Callable[[str], Path], table: str) -> None:
    said = command("corpora", "check", table, "--json", folder=unpacked("18-nfd-and-gbk-tables"))
    assert "complete: 6 clips" in said


def test_a_pointer_is_told_as_one(unpacked: Callable[[str], Path]) -> None:
    folder = unpacked("20-lfs-pointers")
    assert "Git LFS pointer" in command("corpora", "check", "cremad", "--as", "cremad", folder=folder)


def test_over_http_names_and_heads_are_right(tmp_path: Path) -> None:
    server = Live(tmp_path, vad="silero")
    try:
        for name, shown in (("input.bin", "файл.wav"), ("input-no-filename.bin", "audio")):
            answer = httpx.post(
                f"{server.url}/predict",
                content=(CASES / "21-multipart-filename-star" / name).read_bytes(),
                headers={"Content-Type": "multipart/form-data; boundary=XX"},
                timeout=60,
                trust_env=False,
            )
            assert (answer.status_code, answer.json()["audio_file"]) == (200, shown)
            assert answer.json()["emotion"] == "angry"
        for path in ("/", "/health", "/models/info", "/history", "/healthz", "/readyz", "/metrics", "/v1/models"):
            assert httpx.head(server.url + path, timeout=60, trust_env=False).status_code == 200, path
    finally:
        server.end()
