"""Reading a folder by a corpus's rule, with a rule of the test: a name is SPEAKER-label, ``skip`` is no speech."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from sentisound.corpora.corpus import Corpus, Utterance, audio_files
from sentisound.errors import BadUtteranceName, CorpusNotFound

Touched = Callable[[Iterable[str]], Path]


def _parse(path: PurePath) -> Utterance | None:
    if path.stem == "skip":
        return None
    speaker, dash, label = path.stem.partition("-")
    if not dash:
        raise BadUtteranceName(f"{path.name!r} is not SPEAKER-label")
    return Utterance(Path(path), "own", speaker, label, "", "", "en", path.stem)


OWN = Corpus("own", "My voices", ("en",), "mine", "me", "https://example.org/own", "a-sad.wav", ("sad",), 2, 2, _parse)


def test_audio_files_are_found_at_any_depth_sorted_and_by_suffix_alone(touched: Touched):
    root = touched(["b/c/d.WAV", "a.flac", "a.txt", "wav", "b/e.wav.part", "b/.hidden.wav", "b/a.m4a"])
    assert [path.relative_to(root).as_posix() for path in audio_files(root)] == ["a.flac", "b/a.m4a", "b/c/d.WAV"]


def test_a_folder_that_is_not_there_has_no_audio_files(tmp_path: Path):
    assert audio_files(tmp_path / "none") == []


def test_clips_are_read_by_name_each_once_and_the_first_path_is_kept(touched: Touched):
    root = touched(["1/z-sad.wav", "2/a-sad.wav", "3/z-sad.wav", "skip.wav"])
    assert [clip.path.relative_to(root).as_posix() for clip in OWN.read(root)] == ["2/a-sad.wav", "1/z-sad.wav"]


def test_a_name_that_breaks_the_rule_stops_the_reading(touched: Touched):
    with pytest.raises(BadUtteranceName, match=r"'nodash\.wav'"):
        OWN.read(touched(["a-sad.wav", "nodash.wav"]))


def test_only_what_is_no_speech_counts_as_nothing(touched: Touched):
    root = touched(["skip.wav"])
    with pytest.raises(CorpusNotFound, match=r"no clip of My voices; get it from https://example\.org/own$"):
        OWN.read(root)
    with pytest.raises(CorpusNotFound, match=r"no clip of My voices$"):
        replace(OWN, url="").read(root)


def test_a_corpus_without_a_list_expects_no_names(tmp_path: Path):
    assert OWN.expected_names(tmp_path) == frozenset()
