"""Rows that are stretches of a long sound: cut where they say, told by row where they cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.audio.waveform import RATE_HZ, Span
from sentisound.corpora.audit import audit
from sentisound.corpora.check import check
from sentisound.corpora.manifest import Manifest, read_manifest
from sentisound.corpora.stats import stats
from sentisound.learning.dataset import build_dataset, silent
from sentisound.learning.recipe import FeatureOptions
from sentisound.testing import speech_like

Read = Callable[[str], Manifest]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a table beside ``dialog.flac``, 4.8 s of two voices in turn; return it read."""
    turns = [speech_like(1.2, RATE_HZ, np.random.default_rng(n), f0_hz=110 + 90 * (n % 2)) for n in range(4)]
    soundfile.write(tmp_path / "dialog.flac", np.concatenate(turns), RATE_HZ)

    def read(content: str) -> Manifest:
        (tmp_path / "t.csv").write_text(content)
        return read_manifest(tmp_path / "t.csv")

    return read


TURNS = """path,start,end,label,speaker
dialog.flac,0.0,1.2,angry,anna
dialog.flac,1.2,2.4,sad,ben
dialog.flac,2.4,3.6,happy,anna
dialog.flac,3.6,4.8,neutral,ben
"""
AUDFORMAT = """file,start,end,emotion,speaker
dialog.flac,0 days 00:00:00,0 days 00:00:01.200000,angry,anna
dialog.flac,0 days 00:00:01.200000,0 days 00:00:02.400000,sad,ben
dialog.flac,0 days 00:00:02.400000,0 days 00:00:03.600000,happy,anna
dialog.flac,0 days 00:00:03.600000,NaT,neutral,ben
"""
COMMAS = TURNS.replace(",", ";").replace(".0;", ";").replace(".", ",").replace(",flac", ".flac")
DURATIONS = """path,start,duration,label,speaker
dialog.flac,0,1.2,angry,anna
dialog.flac,1.2,1.2,sad,ben
dialog.flac,2.4,1.2,happy,anna
dialog.flac,3.6,1.2,neutral,ben
"""
WAYS = {"seconds": TURNS, "audformat": AUDFORMAT, "commas": COMMAS, "durations": DURATIONS}
LABELS = ["angry", "sad", "happy", "neutral"]


@pytest.mark.parametrize("table", WAYS.values(), ids=list(WAYS))
def test_a_dialogue_is_as_many_clips_as_it_has_turns(table: str, read: Read, tmp_path: Path):
    manifest = read(table)
    assert not manifest.problems
    assert [(clip.label, clip.speaker) for clip in manifest.utterances] == [
        ("angry", "anna"), ("sad", "ben"), ("happy", "anna"), ("neutral", "ben"),
    ]  # fmt: skip
    assert [clip.name for clip in manifest.utterances][:2] == ["dialog@0-1.2", "dialog@1.2-2.4"]
    assert check(manifest.corpus, tmp_path).complete
    counted = stats(manifest.corpus, tmp_path)
    assert (counted.clips, counted.total_s) == (4, pytest.approx(4.8))


def test_each_turn_is_learned_from_as_itself_and_cached_apart(read: Read, tmp_path: Path):
    clips = read(TURNS).utterances
    options = FeatureOptions("prosodic")
    twice = [build_dataset(clips, LABELS, options, 1, silent, tmp_path / "c") for _ in range(2)]
    assert len(np.unique(twice[0].features, axis=0)) == 4
    assert twice[0].digest() == twice[1].digest()
    whole = read("path,label\ndialog.flac,sad\n").utterances
    one = build_dataset(whole, ["sad"], options, 1, silent, tmp_path / "c")
    assert not any(np.allclose(one.features[0], row, equal_nan=True) for row in twice[0].features)


def test_the_audit_hears_the_stretches(read: Read):
    assert audit(read(TURNS).utterances, []).findings == ()
    doubled = read("path,start,end,label\ndialog.flac,0,1.2,sad\ndialog.flac,0,1.25,angry\n").utterances
    assert {finding.kind for finding in audit(doubled, []).findings} >= {"label_conflict"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("dialog.flac,4,9.5,sad", "it goes to 9.5 s, and dialog.flac lasts 4.8 s"),
        ("dialog.flac,7,,sad", "its end, 4.8 s, is not after its start, 7 s"),
        ("dialog.flac,2,1,sad", "its end, 1 s, is not after its start, 2 s"),
        ("dialog.flac,1,1.05,sad", "from 1 to 1.05 s is too short; a clip lasts 0.1 s at least"),
        ("dialog.flac,-1,2,sad", "'-1' is no time: write seconds"),
        ("dialog.flac,soon,2,sad", "'soon' is no time"),
        ("gone.flac,0,2,sad", "there is no file"),
    ],
)
def test_a_stretch_that_cannot_be_is_told_by_its_row_and_costs_no_other(row: str, reason: str, read: Read):
    manifest = read(f"path,start,end,label\ndialog.flac,0,1,sad\n{row}\ndialog.flac,1,2,happy\n")
    assert len(manifest.utterances) == 2
    (problem,) = manifest.problems
    assert problem.startswith("row 3: ")
    assert reason in problem


def test_an_end_that_was_rounded_up_is_the_end_of_the_sound(read: Read):
    (clip,) = read("path,start,end,label\ndialog.flac,3.6,4.85,sad\n").utterances
    assert clip.span == Span(3.6, 4.8)


def test_a_row_without_times_is_all_of_its_file(read: Read):
    whole, begun, ended = read(
        "path,start,end,label\ndialog.flac,,,sad\ndialog.flac,3.6,,sad\ndialog.flac,,1.2,sad\n"
    ).utterances
    assert (whole.name, whole.span) == ("dialog", None)
    assert begun.span == Span(3.6, 4.8)
    assert ended.span == Span(0.0, 1.2)


def test_times_that_no_column_is_read_for_are_told_and_labels_that_differ_are_not_guessed(read: Read):
    manifest = read("path,from_ms,to_ms,label\ndialog.flac,0,1200,sad\ndialog.flac,1200,2400,happy\n")
    assert manifest.utterances == ()
    assert manifest.problems == (
        "row 2: the clip is sad in row 2, happy in row 3: none of them is used",
        "row 3: the clip is sad in row 2, happy in row 3: none of them is used",
    )
    assert "columns that are not used: from_ms, to_ms" in manifest.notes


def test_stretches_of_a_long_sound_have_names_of_their_own(tmp_path: Path):
    soundfile.write(tmp_path / "long.wav", np.zeros(3_700 * 1_000), 1_000)
    (tmp_path / "t.csv").write_text(
        "path,start,end,label\n" + "".join(f"long.wav,{3600 + n / 1000},{3601 + n / 1000},sad\n" for n in range(20))
    )
    clips = read_manifest(tmp_path / "t.csv").utterances
    assert len({clip.name for clip in clips}) == 20
    assert clips[1].name == "long@3600.001-3601.001"
