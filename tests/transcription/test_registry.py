"""Transcribers by name: each setting leads to its engine, and what is not there is told with what to do."""

from __future__ import annotations

from importlib import util

import pytest

from sentisound.engine_errors import EngineMissing
from sentisound.errors import SettingsError
from sentisound.settings import Settings
from sentisound.transcription.registry import TRANSCRIBERS, transcriber
from sentisound.transcription.transcriber import primary


@pytest.mark.parametrize("name", TRANSCRIBERS)
def test_each_name_leads_to_its_engine(name: str):
    found = transcriber(Settings.load(transcriber=name, transcription_url="http://127.0.0.1:1/v1"))
    assert type(found).__name__.lower() == name


def test_off_is_told():
    with pytest.raises(EngineMissing, match="SENTISOUND_TRANSCRIBER=off"):
        transcriber(Settings.load(transcriber="off"))


def test_an_unknown_name_is_a_wrong_setting():
    with pytest.raises(SettingsError, match=r"SENTISOUND_TRANSCRIBER.*'sphinx', 'whisper'"):
        Settings.load(transcriber="ear")


@pytest.mark.parametrize(("name", "package"), [("sphinx", "pocketsphinx"), ("whisper", "faster_whisper")])
def test_what_is_not_installed_says_its_extra(name: str, package: str, monkeypatch: pytest.MonkeyPatch):
    found = util.find_spec
    for module in ("sphinx", "whisper"):
        target = f"sentisound.transcription.{module}.find_spec"
        monkeypatch.setattr(target, lambda one: None if one == package else found(one))
    with pytest.raises(EngineMissing, match=rf"\.\[{name}\]"):
        transcriber(Settings.load(transcriber=name))


def test_a_region_is_no_language():
    assert [primary(tag) for tag in ("en", "en-GB", "ZH-Hant")] == ["en", "en", "zh"]
