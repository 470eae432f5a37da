"""RAVDESS: its naming rule, its counts, and the downloads that people really have."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePath

import pytest

from sentisound.corpora.ravdess import RAVDESS, parse
from sentisound.corpora.registry import CORPORA, corpus
from sentisound.errors import BadUtteranceName, CorpusNotFound, UnknownCorpus


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_a_name_tells_emotion_actor_sentence_and_sex():
    utterance = parse(PurePath("Actor_07/03-01-05-02-01-02-07.wav"))
    assert utterance is not None
    assert (utterance.label, utterance.speaker, utterance.text, utterance.sex) == ("angry", "07", "01", "male")
    even = parse(PurePath("Actor_24/03-01-08-01-02-02-24.flac"))
    assert even is not None
    assert (even.label, even.speaker, even.text, even.sex) == ("surprised", "24", "02", "female")


@pytest.mark.parametrize("name", ["03-02-05-02-01-02-07.wav", "01-01-05-02-01-02-07.wav", "02-01-05-02-01-02-07.wav"])
def test_song_and_video_are_left_out(name: str):
    assert parse(PurePath(name)) is None


@pytest.mark.parametrize(
    "name",
    ["03-01-09-02-01-02-07.wav", "03-01-05-02-01-02-25.wav", "03-01-05-02-01-02-00.wav", "happy.wav", "03-01.wav"],
)
def test_a_name_that_breaks_the_rule_is_told(name: str):
    with pytest.raises(BadUtteranceName, match="RAVDESS"):
        parse(PurePath(name))


def test_a_download_that_holds_each_file_twice_counts_once(tmp_path: Path):
    _touch(
        tmp_path,
        "Actor_01/03-01-01-01-01-01-01.wav",
        "audio_speech_actors_01-24/Actor_01/03-01-01-01-01-01-01.wav",
        "Actor_02/03-01-02-01-01-01-02.wav",
        "README.txt",
    )
    assert [u.label for u in RAVDESS.read(tmp_path)] == ["neutral", "calm"]


def test_an_empty_or_missing_folder_says_where_to_get_the_corpus(tmp_path: Path):
    for root in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CorpusNotFound, match="zenodo"):
            RAVDESS.read(root)


@pytest.mark.corpora
def test_the_real_corpus_is_complete(corpora: Path):
    utterances = RAVDESS.read(corpora / "ravdess")
    assert len(utterances) == RAVDESS.expected_clips
    speakers = Counter(u.speaker for u in utterances)
    assert len(speakers) == RAVDESS.expected_speakers
    assert set(speakers.values()) == {60}
    labels = Counter(u.label for u in utterances)
    assert labels["neutral"] == 96
    assert set(labels) == set(RAVDESS.labels)
    assert {labels[label] for label in RAVDESS.labels[1:]} == {192}


def test_the_registry_lists_its_names_on_a_miss():
    assert corpus("ravdess") is RAVDESS
    with pytest.raises(UnknownCorpus, match="ravdess"):
        corpus("nope")


def test_every_corpus_says_what_a_reader_must_know():
    for name, entry in CORPORA.items():
        assert entry.name == name
        assert entry.licence
        assert entry.citation
        assert entry.url.startswith("http")
        assert entry.expected_clips is None or entry.expected_clips > 0
