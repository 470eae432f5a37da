"""``speakers5``: everybody is tested once by who has not heard them, whoever they are and however they come."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.protocols import protocol
from sentisound.errors import IncompleteCorpus


def clips(corpus: str = "mine", **counts: int) -> list[Utterance]:
    """Return so many clips of each speaker, happy and sad in turn."""
    return [
        Utterance(Path(f"{who}{n}.wav"), corpus, who, ("happy", "sad")[n % 2], "", "", "", f"{who}{n}")
        for who, count in counts.items()
        for n in range(count)
    ]


def groups(given: list[Utterance]) -> list[set[str]]:
    return [{given[i].speaker for i in split.test} for split in protocol("speakers5").splits(given)]


def test_every_speaker_is_tested_once_and_never_heard_before():
    given = clips(**{f"s{n:02d}": 4 for n in range(12)})
    splits = protocol("speakers5").splits(given)
    assert len(splits) == 5
    assert Counter(i for split in splits for i in split.test) == Counter(range(len(given)))
    for split in splits:
        assert not {given[i].speaker for i in split.train} & {given[i].speaker for i in split.test}
        assert len(split.train) + len(split.test) == len(given)


@pytest.mark.parametrize(("speakers", "folds"), [(2, 2), (3, 3), (5, 5), (6, 5), (40, 5)])
def test_there_are_fewer_groups_where_there_are_fewer_speakers(speakers: int, folds: int):
    assert len(groups(clips(**{f"s{n}": 2 for n in range(speakers)}))) == folds


def test_groups_have_about_as_many_clips_each():
    given = clips(a=40, b=20, c=20, d=10, e=10, f=10, g=10, h=40, i=20, j=20)
    sizes = [len(split.test) for split in protocol("speakers5").splits(given)]
    assert sizes == [40, 40, 40, 40, 40]


def test_the_order_of_the_clips_does_not_matter():
    given = clips(a=4, b=6, c=2, d=4, e=8, f=4, g=4)
    shuffled = [given[i] for i in np.random.default_rng(0).permutation(len(given))]
    assert groups(given) == groups(shuffled)


def test_one_name_in_two_corpora_is_two_speakers():
    given = clips("mine", anna=2) + clips("yours", anna=2)
    assert len(protocol("speakers5").splits(given)) == 2


def test_a_label_that_one_speaker_has_is_not_tested():
    alone = Utterance(Path("x.wav"), "mine", "a", "angry", "", "", "", "x")
    given = [*clips(a=4, b=4), alone]
    assert protocol("speakers5").labels(given) == ("happy", "sad")
    assert all(len(given) - 1 not in (*split.train, *split.test) for split in protocol("speakers5").splits(given))


@pytest.mark.parametrize("given", [clips(a=6), []])
def test_one_speaker_is_not_enough(given: list[Utterance]):
    with pytest.raises(IncompleteCorpus, match="speakers5"):
        protocol("speakers5").splits(given)
