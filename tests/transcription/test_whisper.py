"""faster-whisper through its real code, on a model of random weights: languages, times, progress, a broken model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sentisound.audio.waveform import Span
from sentisound.engine_errors import EngineMissing, LanguageUnsupported
from sentisound.settings import Settings
from sentisound.transcription.whisper import Whisper

LANGUAGES = ("en", "pl", "da")
"""Those of the model that is made for these tests."""
TRIES = 12
"""Whisper draws its tokens where it is unsure, and random weights always are: now and then no token is a word."""


@pytest.fixture(scope="module")
def whisper(tiny_whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> Whisper:
    return Whisper(str(tiny_whisper), tmp_path_factory.mktemp("cache"))


def test_a_language_that_is_set_is_spoken_and_words_have_times(whisper: Whisper, waveform, whole):
    told: list[float] = []
    tries = (whisper.transcribe(waveform, whole, "pl-PL", told.append) for _ in range(TRIES))
    found = next((one for one in tries if one.words), None)
    assert found is not None
    assert (found.language, found.language_source, found.draft) == ("pl", "set", False)
    assert found.engine == "whisper (tiny)"
    assert found.text
    assert all(0 <= word.start_s <= word.end_s <= 31 and 0 <= word.probability <= 1 for word in found.words)
    assert told
    assert told[-1] <= 1.0


def test_a_language_is_detected_and_called_a_guess_where_it_is_one(whisper: Whisper, waveform, whole):
    found = whisper.transcribe(waveform, whole, None, lambda _: None)
    assert found.language_source == "detected"
    assert found.language in LANGUAGES
    (warning,) = found.warnings  # random weights find all of them about as likely
    assert warning.startswith(f"the language is a guess: {found.language}, with a probability of ")


def test_silence_is_not_asked_about(whisper: Whisper, waveform):
    """Whisper makes up words where nobody speaks."""
    found = whisper.transcribe(waveform, (), "en", lambda _: None)
    assert (found.text, found.words) == ("", ())


def test_only_speech_is_listened_to(whisper: Whisper, waveform):
    found = whisper.transcribe(waveform, (Span(1.0, 2.0),), "en", lambda _: None)
    assert all(word.start_s >= 1.0 for word in found.words)


def test_an_unknown_language_is_told(whisper: Whisper, waveform, whole):
    with pytest.raises(LanguageUnsupported, match="'xx'"):
        whisper.transcribe(waveform, whole, "xx", lambda _: None)


def test_whoever_follows_the_progress_can_end_it(whisper: Whisper, waveform, whole):
    def enough(_: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        whisper.transcribe(waveform, whole, "en", enough)


def test_damaged_weights_are_told(tiny_whisper: Path, tmp_path: Path):
    folder = shutil.copytree(tiny_whisper, tmp_path / "damaged")
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1000])
    with pytest.raises(EngineMissing, match=r"damaged cannot be loaded"):
        Whisper(str(folder), tmp_path).prepare(lambda *_: None)


def test_it_is_made_from_the_settings(tmp_path: Path):
    assert Whisper.of(Settings.load(whisper_model="small", cache_dir=tmp_path)).model == "small"


def test_without_a_folder_for_models_it_says_which_setting_to_give(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "~")
    monkeypatch.delenv("XDG_CACHE_HOME")
    with pytest.raises(EngineMissing, match="SENTISOUND_CACHE_DIR: this user has no home folder"):
        Whisper.of(Settings.load())
