"""What the audit hears: contents, copies and what cannot be decoded, by the file's place in the list."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.audit_listen import Heard, Listening, listen as listen_to
from sentisound.corpora.recordings import Recording
from sentisound.testing import speech_like


def listen(paths: Sequence[Path], how: Listening) -> Heard:
    return listen_to([Recording(path) for path in paths], how)


def voice(seed: int) -> np.ndarray:
    return speech_like(1.2, RATE_HZ, np.random.default_rng(seed), f0_hz=110 + 30 * seed)


@pytest.fixture
def write(tmp_path: Path):
    def write(name: str, samples: np.ndarray) -> Path:
        soundfile.write(tmp_path / name, samples, RATE_HZ, subtype="PCM_16")
        return tmp_path / name

    return write


def test_nothing_to_hear_is_nothing_heard():
    heard = listen([], Listening())
    assert (heard.contents, heard.unreadable, heard.copies) == ((), {}, ())


def test_the_hash_is_of_the_sound_and_not_of_the_container(write):
    stored = np.rint(32768 * voice(0)).astype(np.int16)  # the writers of WAV and FLAC round differently
    heard = listen([write("a.wav", stored), write("a.flac", stored), write("b.wav", voice(1))], Listening())
    assert heard.contents[0] == heard.contents[1] != heard.contents[2]
    assert heard.copies == (), "equal samples are told by their hash"


def test_of_equal_files_only_the_first_is_compared_with_a_copy(write, tmp_path: Path):
    original = write("a.wav", voice(0))
    again = Path(shutil.copy(original, tmp_path / "again.wav"))
    heard = listen([write("b.wav", voice(1)), original, again, write("soft.wav", 0.5 * voice(0))], Listening())
    assert [(pair.first, pair.second) for pair in heard.copies] == [(1, 3)]
    assert heard.copies[0].match.same_recording
    assert heard.copies[0].match.shift_s == 0


def test_files_that_cannot_be_decoded_keep_the_others_in_their_places(write, tmp_path: Path):
    (tmp_path / "poem.wav").write_text("a poem, and no sound at all", encoding="utf-8")
    paths = [tmp_path / "poem.wav", write("a.wav", voice(0)), tmp_path / "gone.wav", write("s.wav", np.zeros(RATE_HZ))]
    heard = listen(paths, Listening())
    assert sorted(heard.unreadable) == [0, 2]
    assert [bool(content) for content in heard.contents] == [False, True, False, False]


def test_progress_counts_every_file_and_every_suspect(write):
    told: list[tuple[str, int, int]] = []
    paths = [write("a.wav", voice(0)), write("soft.wav", 0.5 * voice(0)), write("b.wav", voice(1))]
    listen(paths, Listening(progress=lambda *step: told.append(step)))
    assert told[:3] == [("fingerprints", done, 3) for done in (1, 2, 3)]
    assert told[3:] == [("comparing suspects", 1, 1)]


def test_what_is_kept_is_by_content_so_that_a_renamed_file_is_not_heard_again(write, tmp_path: Path):
    first = write("a.wav", voice(0))
    before = listen([first], Listening(cache=tmp_path / "cache"))
    told: list[tuple[str, int, int]] = []
    renamed = first.rename(tmp_path / "renamed.wav")
    other = write("b.wav", voice(1))
    heard = listen([other, renamed], Listening(cache=tmp_path / "cache", progress=lambda *step: told.append(step)))
    assert heard.contents[1] == before.contents[0]
    assert told == [("fingerprints", 1, 1)], "only the new file is decoded"


def test_a_file_that_cannot_be_decoded_is_not_kept(tmp_path: Path):
    path = tmp_path / "late.wav"
    path.write_bytes(b"")
    how = Listening(cache=tmp_path / "cache")
    assert listen([path], how).unreadable
    assert listen([path], how).unreadable
    soundfile.write(path, voice(0), RATE_HZ)
    assert listen([path], how).unreadable == {}
