"""What is audited: which protocols the corpora of a folder are enough for, and what their splits are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sentisound.corpora.audit_subject import everything, table, under
from sentisound.errors import BadManifest, CorpusNotFound, IncompleteCorpus, UnknownProtocol

SAVEE = [f"savee/AudioData/{speaker}/{clip}.wav" for speaker in ("DC", "JE", "JK", "KL") for clip in ("a01", "h01")]
EMODB = ["emodb/wav/03a01Fa.wav", "emodb/wav/08a01Wa.wav"]


@pytest.fixture
def folder(touched: Callable[[Iterable[str]], Path]) -> Path:
    return touched([*SAVEE, *EMODB])


def test_everything_takes_the_speaker_independent_protocols_that_the_corpora_fill(folder: Path):
    subject = everything(folder)
    assert len(subject.utterances) == len(SAVEE) + len(EMODB)
    names = {one.name for one in subject.protocols}
    assert {"savee/loso", "emodb/loso"} <= names
    assert not {"ravdess/luna5", "random80", "random5", "emodb/emobox5"} & names
    assert subject.speaker_independent


def test_a_split_is_named_by_its_protocol_first_and_indexes_all_clips(folder: Path):
    subject = everything(folder)
    splits = [split for split in subject.splits if split.name.startswith("savee/loso/")]
    assert len(splits) == 4
    for split in splits:
        assert {subject.utterances[clip].corpus for clip in (*split.train, *split.test)} == {"savee"}
        assert len(split.test) == 2


def test_split_names_are_unique(folder: Path):
    names = [split.name for split in everything(folder).splits]
    assert len(names) == len(set(names))


def test_one_protocol_takes_its_corpora_only(folder: Path):
    subject = under("savee/loso", folder)
    assert {clip.corpus for clip in subject.utterances} == {"savee"}
    assert [one.name for one in subject.protocols] == ["savee/loso"]


def test_a_protocol_of_no_corpus_takes_all_there_are(folder: Path):
    subject = under("random5", folder)
    assert {clip.corpus for clip in subject.utterances} == {"savee", "emodb"}
    assert not subject.speaker_independent


def test_a_missing_corpus_is_told(folder: Path, tmp_path: Path):
    with pytest.raises(CorpusNotFound, match="TESS"):
        under("tess/loso", folder)
    with pytest.raises(CorpusNotFound, match="no folder named as a corpus"):
        everything(tmp_path / "nowhere")


def test_an_unknown_protocol_is_told(folder: Path):
    with pytest.raises(UnknownProtocol):
        under("savee/unheard-of", folder)


def test_a_protocol_that_is_asked_for_and_not_filled_is_told(touched: Callable[[Iterable[str]], Path]):
    with pytest.raises(IncompleteCorpus):
        under("savee/loso", touched(SAVEE[:2]))


def test_a_table_needs_no_protocol(tmp_path: Path):
    (tmp_path / "a.wav").touch()
    path = tmp_path / "mine.csv"
    path.write_text("path,label\na.wav,happy\n", encoding="utf-8")
    subject = table(path, None)
    assert len(subject.utterances) == 1
    assert (subject.splits, subject.protocols) == ((), ())
    with pytest.raises(BadManifest):
        table(tmp_path / "nowhere.csv", None)
