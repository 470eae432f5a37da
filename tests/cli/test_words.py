"""Words on the command line: options reach the engine, each form shows them, and what is missing is told beside."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sentisound.words import Interpretation, Missing, Statement, Transcript, Word

TRANSCRIPT = Transcript(
    "so it\x1b[2J goes", "fake", "en", "assumed", draft=True,
    words=(Word("so", 0.6, 0.8), Word("it\x1b[2J", 0.9, 1.1), Word("goes", 61.5, 61.9)), warnings=("it may be wrong",),
)  # fmt: skip
INTERPRETATION = Interpretation((Statement("It is cheerful.", (0,)),), "Or not.", "llm (m)", language_model=True)
MISSING = (Missing("transcript", "engine_missing", "install it"),)


@pytest.fixture
def wordy(monkeypatch: pytest.MonkeyPatch, fake) -> list:
    """Put a fake engine with words in the real one's place; return what it was asked, settings first."""
    seen: list = []

    class Wordy(type(fake)):
        engines = SimpleNamespace(prepare=lambda fetched: (seen.append("prepared"), fetched(1, 2)))

        def analyze(self, source, *, name, progress, transcribe, interpret):
            seen.append((transcribe, interpret))
            found = super().analyze(source, name=name, progress=progress)
            if "missing" in name:
                return replace(found, missing=MISSING)
            found = replace(found, transcript=TRANSCRIPT if transcribe else None)
            return replace(found, interpretation=INTERPRETATION if interpret else None)

    def open_wordy(settings):
        seen.append(settings)
        return Wordy()

    monkeypatch.setattr("sentisound.cli.analyze.open_analyzer", open_wordy)
    return seen


@pytest.mark.parametrize(
    ("options", "transcribe", "interpret"),
    [
        (["--transcribe"], True, False),
        (["--interpret"], False, True),
        (["--transcriber", "whisper"], True, False),
        (["--interpreter", "llm", "--transcribe"], True, True),
    ],
)
def test_what_is_wanted_is_asked_for(run, sounds, wordy, options, transcribe, interpret):
    assert run("analyze", sounds(a="happy 0.7") / "a.wav", *options).exit_code == 0
    assert wordy[-1] == (transcribe, interpret)
    assert ("prepared" in wordy) == transcribe


def test_options_become_settings(run, sounds, wordy):
    run("analyze", sounds(a="happy 0.7"), "--transcriber", "remote", "--interpreter", "llm", "--language", "pl")
    assert (wordy[0].transcriber, wordy[0].interpreter, wordy[0].language) == ("remote", "llm", "pl")


def test_a_language_that_is_no_code_is_wrong_usage(run, sounds, wordy):
    result = run("analyze", sounds(a="happy 0.7"), "--transcribe", "--language", "Polish, I think")
    assert (result.exit_code, wordy) == (2, [])
    assert "SENTISOUND_LANGUAGE" in result.stderr


@pytest.mark.usefixtures("wordy")
def test_one_sound_shows_its_words_and_their_meaning(run, sounds):
    result = run("analyze", sounds(a="happy 0.7") / "a.wav", "--transcribe", "--interpret", "--segments")
    for line in ('"so it_[2J goes"', "heard by fake, en (assumed), draft", "! it may be wrong", "It is cheerful."):
        assert line in result.stdout.splitlines()
    assert "written by llm (m), a language model" in result.stdout
    assert "\x1b" not in result.stdout
    first, second = result.stdout.splitlines()[-2:]
    assert "  so it_[2J" in first
    assert "  goes" in second


@pytest.mark.usefixtures("wordy")
def test_many_sounds_show_their_words_below_their_row(run, sounds):
    result = run("analyze", sounds(a="happy 0.7", missing="sad 0.8"), "--transcribe")
    assert '    "so it_[2J goes"' in result.stdout.splitlines()
    assert "    ! no transcript: install it" in result.stdout.splitlines()
    assert result.exit_code == 0


@pytest.mark.usefixtures("wordy")
def test_json_carries_everything(run, sounds):
    lines = run("analyze", sounds(a="happy 0.7", missing="sad 0.8"), "--transcribe", "--json").stdout.splitlines()
    good, missing = map(json.loads, lines)
    assert good["transcript"]["text"] == TRANSCRIPT.text
    assert [segment["text"] for segment in good["segments"]] == ["so it\x1b[2J", "goes"]
    assert missing["missing"] == [{"part": "transcript", "code": "engine_missing", "detail": "install it"}]


@pytest.mark.usefixtures("wordy")
def test_csv_ends_in_the_words_of_the_sound_or_of_each_stretch(run, sounds):
    folder = sounds(a="happy 0.7", bad="bad", missing="sad 0.8")
    options = ("--transcribe", "--interpret", "--csv", "-q")
    whole = list(csv.DictReader(io.StringIO(run("analyze", folder, *options).stdout), strict=True))
    assert [row["transcript"] for row in whole] == ["so it_[2J goes", "", ""]
    assert whole[0]["interpretation"] == "It is cheerful. Or not."
    assert whole[2]["warnings"] == "no transcript: install it"
    parts = list(csv.DictReader(io.StringIO(run("analyze", folder, *options, "--segments").stdout), strict=True))
    assert [row["transcript"] for row in parts] == ["so it_[2J", "goes", "", "", ""]


@pytest.mark.usefixtures("opened")
def test_without_words_the_columns_are_as_they_were(run, sounds):
    assert run("analyze", sounds(a="happy 0.7"), "--csv").stdout.splitlines()[0].endswith("warnings,error")
