"""Where a fault begins: the shortest and the quietest clip that pass, and which fault is told when there are two."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.corpora.recordings import Recording
from sentisound.corpora.sounds import CHUNK, MIN_CLIP_S, SILENT_PEAK, inspect, measure

RATE_HZ = 16_000


def _constant(path: Path, level: float, frames: int = RATE_HZ) -> Path:
    soundfile.write(path, np.full(frames, level), RATE_HZ, subtype="FLOAT")
    return path


@pytest.mark.parametrize(("level", "level_db"), [(1.0, 0.0), (0.5, -6.0206), (0.1, -20.0), (0.01, -40.0)])
def test_the_level_is_twenty_times_the_logarithm_of_the_rms(level: float, level_db: float, tmp_path: Path):
    assert inspect(Recording(_constant(tmp_path / "a.wav", level))).level_db == pytest.approx(level_db, abs=1e-3)


def test_half_a_clip_of_silence_costs_three_decibels(tmp_path: Path):
    samples = np.repeat([0.1, 0.0], RATE_HZ)
    soundfile.write(tmp_path / "a.wav", samples, RATE_HZ, subtype="FLOAT")
    assert inspect(Recording(tmp_path / "a.wav")).level_db == pytest.approx(-20.0 - 10 * np.log10(2), abs=1e-3)


@pytest.mark.parametrize(("factor", "fault"), [(1.01, None), (0.99, "silent")])
def test_a_clip_is_silent_below_minus_sixty_decibels(factor: float, fault: str | None, tmp_path: Path):
    assert inspect(Recording(_constant(tmp_path / "a.wav", factor * SILENT_PEAK))).fault == fault


def test_one_click_is_sound(tmp_path: Path):
    samples = np.zeros(RATE_HZ)
    samples[100] = 0.01  # -40 dB at its peak, though the clip's RMS is below -80 dB
    soundfile.write(tmp_path / "a.wav", samples, RATE_HZ, subtype="FLOAT")
    found = inspect(Recording(tmp_path / "a.wav"))
    assert found.fault is None
    assert found.level_db == pytest.approx(-40.0 - 10 * np.log10(RATE_HZ), abs=1e-2)


@pytest.mark.parametrize(("frames", "fault"), [(round(MIN_CLIP_S * RATE_HZ), None), (4_799, "too short")])
def test_a_clip_of_exactly_the_shortest_length_passes(frames: int, fault: str | None, tmp_path: Path):
    found = inspect(Recording(_constant(tmp_path / "a.wav", 0.1, frames)))
    assert found.fault == fault
    assert found.duration_s == frames / RATE_HZ
    assert bool(found.detail) is (fault is not None)


def test_silence_is_told_before_shortness(tmp_path: Path):
    assert inspect(Recording(_constant(tmp_path / "a.wav", 0.0, 1_600))).fault == "silent"


def test_a_missing_end_is_told_before_silence_and_with_its_seconds(tmp_path: Path):
    path = _constant(tmp_path / "a.wav", 0.0, 2 * RATE_HZ)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 4 * RATE_HZ])  # a second of four bytes a sample
    found = inspect(Recording(path))
    assert found.fault == "truncated"
    assert "1.0 of 2.0 seconds" in found.detail
    assert found.duration_s == pytest.approx(1.0)


def test_what_is_no_sound_still_has_a_digest_and_what_is_not_there_has_none(tmp_path: Path):
    (tmp_path / "page.wav").write_bytes(b"<html>")
    page, gone = inspect(Recording(tmp_path / "page.wav")), inspect(Recording(tmp_path / "gone.wav"))
    assert page.digest == hashlib.sha256(b"<html>").hexdigest()
    assert gone.digest == ""
    assert (page.fault, gone.fault) == ("undecodable", "undecodable")
    assert gone.detail == "No such file or directory"
    assert page.duration_s == gone.duration_s == 0.0


def test_nothing_to_measure_is_an_empty_list_and_no_step():
    steps: list[tuple[str, int, int]] = []
    assert measure([], 1, lambda *step: steps.append(step)) == []
    assert steps == []


def test_more_clips_than_one_process_takes_at_a_time_keep_their_order(tmp_path: Path):
    frames = [5_000 + 10 * number for number in range(2 * CHUNK + 1)]
    paths = [_constant(tmp_path / f"{count}.wav", 0.1, count) for count in frames]
    found = measure([Recording(path) for path in paths[::-1]], 2, lambda *_: None)
    assert [round(sound.duration_s * RATE_HZ) for sound in found] == frames[::-1]
