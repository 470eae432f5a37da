"""Measuring files: duration, level and digest are right, and a fault is told in words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.corpora.recordings import Recording
from sentisound.corpora.sounds import MIN_DB, inspect, measure
from sentisound.testing import tone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with tones of -20, -30 and -40 dB, one, two and three seconds long."""
    for number in (1, 2, 3):
        level_db = -10.0 * (number + 1)
        soundfile.write(tmp_path / f"{number}.flac", tone(number, 8_000 * number, 440.0, level_db), 8_000 * number)
    return tmp_path


def test_duration_level_and_digest_are_those_of_the_file(folder: Path):
    found = [inspect(Recording(folder / f"{number}.flac")) for number in (1, 2, 3)]
    assert [sound.duration_s for sound in found] == [1.0, 2.0, 3.0]
    assert [sound.level_db for sound in found] == pytest.approx([-20.0, -30.0, -40.0], abs=0.05)
    assert found[0].digest == hashlib.sha256((folder / "1.flac").read_bytes()).hexdigest()
    assert all(sound.fault is None for sound in found)


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_are_measured_in_order_and_told_as_they_come(jobs: int, folder: Path):
    steps: list[int] = []
    paths = [folder / f"{number}.flac" for number in (3, 1, 2)]
    found = measure([Recording(path) for path in paths], jobs, lambda _, done, total: steps.append(done * 10 + total))
    assert [sound.duration_s for sound in found] == [3.0, 1.0, 2.0]
    assert steps == [13, 23, 33]


def test_silence_has_a_level_that_json_can_say(tmp_path: Path):
    soundfile.write(tmp_path / "zero.wav", np.zeros(16_000), 16_000)
    found = inspect(Recording(tmp_path / "zero.wav"))
    assert (found.level_db, found.fault) == (MIN_DB, "silent")


def test_a_quiet_clip_is_not_silent(tmp_path: Path):
    soundfile.write(tmp_path / "quiet.wav", tone(1.0, 16_000, 200.0, -60.0), 16_000)
    assert inspect(Recording(tmp_path / "quiet.wav")).fault is None


def test_what_cannot_be_opened_is_told(tmp_path: Path):
    assert inspect(Recording(tmp_path / "none.wav")).fault == "undecodable"
    assert inspect(Recording(tmp_path)).fault == "undecodable"
