"""Protocols: every fold holds out whole speakers, and all folds together test each speaker once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sentisound.corpora.protocols import PROTOCOLS, Protocol, protocol
from sentisound.errors import UnknownProtocol

SPEAKERS = [f"{1 + i % 24:02d}" for i in range(240)]


@pytest.mark.parametrize("entry", PROTOCOLS.values(), ids=str)
def test_no_speaker_is_on_both_sides(entry: Protocol):
    for train, test in entry.splits(SPEAKERS):
        assert not {SPEAKERS[i] for i in train} & {SPEAKERS[i] for i in test}
        assert sorted(train + test) == list(range(len(SPEAKERS)))
        assert test


@pytest.mark.parametrize("entry", PROTOCOLS.values(), ids=str)
def test_every_speaker_is_tested_once(entry: Protocol):
    tested = [i for _, test in entry.splits(SPEAKERS) for i in test]
    assert sorted(tested) == list(range(len(SPEAKERS)))


@pytest.mark.corpora
def test_emobox6_is_as_published(corpora: Path):
    published = json.loads((corpora.parent / "protocols" / "emobox_splits.json").read_text())["ravdess"]
    ours = {frozenset(fold) for fold in protocol("ravdess/emobox6").test_speakers}
    assert ours == {frozenset(fold) for fold in published.values()}


def test_a_miss_lists_the_names():
    with pytest.raises(UnknownProtocol, match="ravdess/emobox6"):
        protocol("nope")
