"""The published folds as they ship: whole, disjoint, and of names that the corpora have."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from sentisound.corpora.emobox import listed_clips, speaker_folds
from sentisound.corpora.registry import corpus

SIZES = {"emodb": [107] * 5, "tess": [700], "cremad": [1856]}


@pytest.mark.parametrize("name", SIZES)
def test_listed_clips_follow_the_corpus_rule_and_are_disjoint(name: str):
    folds = listed_clips(name)
    assert [len(clips) for clips in folds.values()] == SIZES[name]
    every = [clip for clips in folds.values() for clip in clips]
    assert len(set(every)) == len(every)
    assert all(corpus(name).parse(PurePath(clip)).name == clip for clip in every)


@pytest.mark.parametrize(("name", "folds", "speakers"), [("ravdess", 6, 24), ("savee", 4, 4), ("esd", 5, 20)])
def test_speaker_folds_hold_every_speaker_once(name: str, folds: int, speakers: int):
    found = speaker_folds(name)
    assert len(found) == folds
    every = [speaker for fold in found for speaker in fold]
    assert len(every) == len(set(every)) == speakers == corpus(name).expected_speakers
    names = corpus(name).expected_names(Path("absent"))
    assert set(every) == {corpus(name).parse(PurePath(clip)).speaker for clip in names}
