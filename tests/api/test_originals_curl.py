"""The original systems' documented curl calls, unchanged, for every kind of file that they take."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import av
import pytest
import soundfile

from sentisound.service import Analyzer
from sentisound.settings import Settings

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "originals-curl"
KINDS = {"flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}


@pytest.fixture
def folder(wav: bytes, tmp_path: Path) -> Path:
    """Folder with one sound in the five formats of the originals."""
    samples, rate_hz = soundfile.read(io.BytesIO(wav))
    (tmp_path / "audio.wav").write_bytes(wav)
    for ending, subtype in KINDS.items():
        soundfile.write(tmp_path / f"audio.{ending}", samples, rate_hz, format=ending.upper(), subtype=subtype)
    with av.open(io.BytesIO(wav)) as source, av.open(tmp_path / "audio.m4a", "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=rate_hz)
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return tmp_path


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_originals_calls_are_all_answered(serving, folder: Path, tmp_path: Path):
    places = {"history": True, "data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"}
    with serving(Analyzer(Settings(model="default")), **places) as client:
        done = subprocess.run(
            [SCRIPT, str(client.base_url).rstrip("/"), folder], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 33
