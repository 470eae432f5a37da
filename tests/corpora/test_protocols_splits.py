"""Protocols over mixed clips: indices are those of the caller's list, and what does not belong is on no side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import EachSpeaker, SpeakerGroups, Split
from sentisound.corpora.protocols import Protocol, protocol
from sentisound.errors import CorpusError, IncompleteCorpus, UnknownProtocol


def _clip(corpus: str, speaker: str, label: str) -> Utterance:
    name = f"{corpus}-{speaker}-{label}"
    return Utterance(Path(f"{name}.wav"), corpus, speaker, label, "", "", "en", name)


MIXED = [
    _clip("tess", "OAF", "sad"),
    _clip("savee", "DC", "sad"),
    _clip("tess", "YAF", "angry"),
    _clip("savee", "JE", "happy"),
    _clip("emodb", "03", "bored"),
    _clip("savee", "DC", "happy"),
    _clip("emodb", "08", "sad"),
]


def test_indices_are_those_of_the_whole_list():
    splits = protocol("savee/loso").splits(MIXED)
    assert [(split.name, split.train, split.test) for split in splits] == [("DC", (3,), (1, 5)), ("JE", (1, 5), (3,))]


def test_labels_are_those_of_the_protocols_corpora_alone():
    assert protocol("savee/loso").labels(MIXED) == ("happy", "sad")
    assert protocol("emodb/loso").labels(MIXED) == ("sad", "bored")


def test_a_label_that_one_side_lacks_is_on_no_side():
    (split,) = protocol("cross:tess->emodb").splits(MIXED)
    assert (split.train, split.test) == ((0,), (6,))  # angry is not EmoDB's here, bored not TESS's


def test_sides_of_several_corpora_are_read_from_the_name():
    entry = protocol("cross:tess+savee->emodb")
    assert entry.corpora == ("tess", "savee", "emodb")
    (split,) = entry.splits(MIXED)
    assert (split.name, split.train, split.test) == ("emodb", (0, 1), (6,))
    assert entry.speaker_independent


def test_corpora_without_a_common_label_leave_nothing_to_train():
    clips = [_clip("tess", "OAF", "sad"), _clip("emodb", "03", "bored")]
    with pytest.raises(IncompleteCorpus, match="it needs tess and emodb") as caught:
        protocol("cross:tess->emodb").splits(clips)
    assert caught.value.code == "incomplete_corpus"
    assert isinstance(caught.value, CorpusError)


def test_leave_one_corpus_out_leaves_the_other_labels_out():
    splits = {split.name: split for split in protocol("loco").splits(MIXED)}
    assert {name: split.test for name, split in splits.items()} == {"emodb": (6,), "savee": (1, 3, 5), "tess": (0, 2)}
    assert splits["tess"].train == (1, 3, 5, 6)  # 4 is bored, none of the four classes


def test_one_speaker_leaves_nothing_to_learn_from():
    with pytest.raises(IncompleteCorpus, match="nothing to train in savee/loso, split DC: it needs savee"):
        protocol("savee/loso").splits([clip for clip in MIXED if clip.speaker == "DC"])


def test_no_clips_at_all_name_every_split():
    with pytest.raises(IncompleteCorpus, match="split all: it needs savee"):
        protocol("savee/loso").splits([])
    with pytest.raises(IncompleteCorpus, match="split all: it needs more than these"):
        Protocol("any", (), "a test", EachSpeaker()).splits([])


def test_every_group_that_is_missing_is_named():
    entry = Protocol("own", ("savee",), "a test", SpeakerGroups((("DC",), ("KL",), ("JE",), ("JK",))))
    with pytest.raises(IncompleteCorpus, match="nothing to test in own, split KL, JK: "):
        entry.splits(MIXED)


def test_an_unknown_corpus_is_named_and_the_known_ones_are_listed():
    with pytest.raises(UnknownProtocol, match="there is no corpus 'klingon'; there are ravdess, tess") as caught:
        protocol("cross:tess+klingon->savee")
    assert caught.value.code == "unknown_protocol"
    assert isinstance(caught.value, LookupError)


def _of_part(corpus: str, speaker: str, label: str, part: str) -> Utterance:
    return replace(_clip(corpus, speaker, label), part=part)


def test_published_parts_are_tested_and_the_others_learned_from():
    clips = [
        _of_part("msp-podcast", "1", "sad", "train"),
        _of_part("msp-podcast", "2", "sad", "development"),
        _of_part("msp-podcast", "3", "sad", "test1"),
        _of_part("msp-podcast", "4", "sad", "test2"),
        _of_part("msp-podcast", "5", "disgust", "test1"),  # nothing to learn it from
        _of_part("msp-podcast", "", "sad", ""),
    ]
    assert protocol("msp-podcast/test1").splits(clips) == [Split("test1", (0, 1), (2,))]
    assert protocol("msp-podcast/test2").splits(clips) == [Split("test2", (0, 1), (3,))]
    with pytest.raises(IncompleteCorpus, match="nothing to train in msp-podcast/test1, split test1"):
        protocol("msp-podcast/test1").splits([clips[0], clips[3]])


def test_melds_speakers_are_on_both_sides_and_it_says_so():
    assert not protocol("meld/test").speaker_independent
    clips = [_of_part("meld", "Monica", "happy", part) for part in ("train", "development", "test")]
    assert protocol("meld/test").splits(clips) == [Split("test", (0, 1), (2,))]


def test_iemocap_holds_out_both_speakers_of_a_session_over_four_classes():
    speakers = [f"Ses0{session}{sex}" for session in range(1, 6) for sex in "FM"]
    clips = [*(_clip("iemocap", one, "happy") for one in speakers), _clip("iemocap", "Ses01F", "fearful")]
    splits = protocol("iemocap/sessions5").splits(clips)
    assert [split.name for split in splits] == [f"Ses0{n}F Ses0{n}M" for n in range(1, 6)]
    assert splits[0].test == (0, 1)
    assert splits[0].train == tuple(range(2, 10)), "fearful is none of the four classes"
