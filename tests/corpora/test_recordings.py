"""Recordings: a stretch is cut of its file, which is decoded once; pointers are told by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.audio.waveform import RATE_HZ, Span
from sentisound.corpora import recordings
from sentisound.corpora.recordings import Recording, pointer_of
from sentisound.errors import AudioNotFound, AudioTooShort, UndecodableAudio
from sentisound.testing import tone

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 72862\n"
ANNEX = "/annex/objects/SHA256E-s72862--4d7a.wav\n"


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """Return four seconds, of 200, 300, 400 and 500 Hz."""
    parts = [tone(1.0, RATE_HZ, 100.0 * number, -20.0) for number in (2, 3, 4, 5)]
    soundfile.write(tmp_path / "long.wav", np.concatenate(parts), RATE_HZ)
    return tmp_path / "long.wav"


def pitch_hz(recording: Recording) -> float:
    sound = recording.decoded(RATE_HZ)
    return float(np.argmax(np.abs(np.fft.rfft(sound.samples))) / sound.duration_s)


def test_a_stretch_is_what_is_heard(long: Path):
    found = [pitch_hz(Recording(long, Span(start, start + 1.0))) for start in (0.0, 1.0, 2.0, 3.0)]
    assert found == pytest.approx([200, 300, 400, 500], abs=2)
    assert Recording(long).decoded(RATE_HZ).duration_s == 4.0


def test_a_long_sound_is_decoded_once_for_all_its_stretches(long: Path, monkeypatch: pytest.MonkeyPatch):
    decoded: list[Path] = []
    real = recordings.decode
    monkeypatch.setattr(recordings, "decode", lambda path, **how: decoded.append(path) or real(path, **how))
    for start in range(40):
        Recording(long, Span(start / 20, start / 20 + 1.0)).decoded(RATE_HZ)
    assert decoded == [long]


def test_a_file_that_has_changed_is_decoded_again(long: Path):
    stretch = Recording(long, Span(0.0, 1.0))
    assert pitch_hz(stretch) == pytest.approx(200, abs=2)
    before = stretch.digest()
    soundfile.write(long, tone(2.0, RATE_HZ, 700.0, -20.0), RATE_HZ)
    assert pitch_hz(stretch) == pytest.approx(700, abs=2)
    assert stretch.digest() != before


def test_stretches_of_one_file_are_different_sounds(long: Path, tmp_path: Path):
    twin = tmp_path / "twin.wav"
    twin.write_bytes(long.read_bytes())
    stretches = [Recording(long), Recording(long, Span(0.0, 1.0)), Recording(long, Span(1.0, 2.0))]
    assert len({stretch.digest() for stretch in stretches}) == 3
    assert Recording(twin, Span(0.0, 1.0)).digest() == stretches[1].digest()


def test_a_stretch_behind_the_end_is_told(long: Path, tmp_path: Path):
    with pytest.raises(AudioTooShort, match=r"long\.wav lasts 4 s: its stretch from 5 to 6 s holds 0 s"):
        Recording(long, Span(5.0, 6.0)).decoded(RATE_HZ)
    with pytest.raises(AudioNotFound):
        Recording(tmp_path / "gone.wav", Span(0.0, 1.0)).decoded(RATE_HZ)


@pytest.mark.parametrize(("content", "words"), [(LFS, "Git LFS pointer.*git lfs pull"), (ANNEX, "git annex get")])
def test_a_pointer_is_told_by_name(content: str, words: str, tmp_path: Path):
    (tmp_path / "a.wav").write_text(content)
    with pytest.raises(UndecodableAudio, match=rf"a\.wav is a .*{words}"):
        Recording(tmp_path / "a.wav").decoded(None)


def test_sound_and_what_is_not_there_are_no_pointers(long: Path, tmp_path: Path):
    assert pointer_of(long) is None
    assert pointer_of(tmp_path / "gone.wav") is None
    assert pointer_of(tmp_path) is None
