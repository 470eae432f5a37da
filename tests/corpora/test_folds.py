"""The ways to cut, on clips small enough to cut by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sentisound.corpora import folds
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.emobox import listed_clips
from sentisound.corpora.folds import (
    AcrossCorpora,
    EachCorpus,
    EachSpeaker,
    ListedClips,
    RandomClips,
    SpeakerGroups,
    Split,
    in_order,
)
from sentisound.emotions import EMOTIONS


def _clip(corpus: str, speaker: str, label: str, number: int = 1) -> Utterance:
    name = f"{speaker}_{label}_{number}"
    return Utterance(Path(f"{name}.wav"), corpus, speaker, label, "", "", "en", name)


TALKERS = [_clip("one", speaker, "sad", n) for n, speaker in enumerate("bacab")]
TWO = [_clip("p", "x", "sad"), _clip("p", "x", "calm"), _clip("q", "y", "bored"), _clip("q", "y", "sad")]


def _many(per_stratum: dict[tuple[str, str], int]) -> list[Utterance]:
    return [_clip(c, "s", label, n) for (c, label), count in per_stratum.items() for n in range(count)]


def test_labels_come_in_the_order_of_the_emotions_each_once():
    assert in_order(["bored", "sad", "neutral", "sad"]) == ("neutral", "sad", "bored")
    assert in_order(set(EMOTIONS)) == tuple(EMOTIONS)
    assert in_order([]) == ()


def test_a_label_that_is_no_emotion_is_not_invented():
    assert in_order({"nostalgia", "happy"}) == ("happy",)


def test_each_speaker_is_held_out_alone_and_sorted():
    assert EachSpeaker().cut(TALKERS) == [
        Split("a", (0, 2, 4), (1, 3)),
        Split("b", (1, 2, 3), (0, 4)),
        Split("c", (0, 1, 3, 4), (2,)),
    ]


def test_groups_test_their_speakers_in_the_order_given():
    found = SpeakerGroups((("c", "a"), ("b",))).cut(TALKERS)
    assert found == [Split("c a", (0, 4), (1, 2, 3)), Split("b", (1, 2, 3), (0, 4))]


def test_a_group_without_a_clip_tests_nothing_and_is_not_dropped():
    assert SpeakerGroups((("z",), ("a",))).cut(TALKERS)[0] == Split("z", (0, 1, 2, 3, 4), ())


def test_a_speaker_in_no_group_is_only_learned_from():
    tested = {i for split in SpeakerGroups((("a",), ("b",))).cut(TALKERS) for i in split.test}
    assert tested == {0, 1, 3, 4}  # 2 is c's


def test_no_clips_have_no_splits_by_speaker_and_by_corpus():
    assert EachSpeaker().cut([]) == []
    assert EachCorpus(("sad",)).cut([]) == []
    assert AcrossCorpora(("p",), ("q",)).labels([]) == ()


def test_listed_clips_are_tested_by_name_wherever_they_are_in_the_order():
    first, second = (sorted(listed_clips("emodb")[fold])[0] for fold in ("fold 1", "fold 2"))
    names = (second, "not-published", first)
    clips = [Utterance(Path(name), "emodb", "03", "sad", "", "", "de", name) for name in names]
    cut = {split.name: split.test for split in ListedClips("emodb").cut(clips)}
    assert cut == {"fold 1": (2,), "fold 2": (0,), "fold 3": (), "fold 4": (), "fold 5": ()}


@pytest.mark.parametrize(
    ("lists", "independent"),
    [
        ({"1": {"03a01Fa", "03a01Wa"}, "2": {"08a01Na"}}, True),
        ({"1": {"03a01Fa"}, "2": {"03a01Wa", "08a01Na"}}, False),  # 03 is tested twice, so also learned from
        ({"1": {f"{speaker}a01Na" for speaker in ("03", "08", "09", *range(10, 17))}}, False),  # all ten at once
    ],
    ids=["whole speakers", "a speaker in two folds", "everyone in one fold"],
)
def test_the_mark_of_lists_is_computed_from_them(
    lists: dict[str, set[str]], independent: bool, monkeypatch: pytest.MonkeyPatch
):
    # all lists that ship are speaker-dependent; others are needed to see the mark turn
    monkeypatch.setattr(folds, "listed_clips", lambda _: {name: frozenset(clips) for name, clips in lists.items()})
    assert ListedClips("emodb").speaker_independent is independent


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_random_parts_differ_by_at_most_one_clip_in_all(parts: int):
    clips = _many({("p", "sad"): 7, ("p", "angry"): 4, ("q", "sad"): 1, ("q", "calm"): 10})
    sizes = [len(split.test) for split in RandomClips(parts, parts).cut(clips)]
    assert sum(sizes) == len(clips) == 22
    assert max(sizes) - min(sizes) <= 1


def test_random_parts_share_each_stratum_evenly():
    clips = _many({("p", "sad"): 7, ("q", "sad"): 10})
    for split in RandomClips(5, 5).cut(clips):
        share = Counter(clips[i].corpus for i in split.test)
        assert share["p"] in {1, 2}  # 7 / 5
        assert share["q"] == 2  # 10 / 5


def test_only_as_many_parts_are_tested_as_asked():
    clips = _many({("p", "sad"): 10})
    three = RandomClips(5, 3).cut(clips)
    assert [split.name for split in three] == ["part 1", "part 2", "part 3"]
    assert three == RandomClips(5, 5).cut(clips)[:3]
    assert len({i for split in three for i in split.test}) == 6


def test_fewer_clips_than_parts_leave_parts_empty():
    assert [len(split.test) for split in RandomClips(5, 5).cut(_many({("p", "sad"): 2}))] == [1, 1, 0, 0, 0]


def test_across_corpora_the_labels_are_those_of_both_sides():
    assert AcrossCorpora(("p",), ("q",)).labels(TWO) == ("sad",)  # calm is p's, bored is q's


def test_several_corpora_on_a_side_put_their_labels_together():
    clips = [*TWO, _clip("r", "z", "bored")]
    assert AcrossCorpora(("p", "r"), ("q",)).labels(clips) == ("sad", "bored")
    assert AcrossCorpora(("p",), ("q", "r")).cut(clips) == [Split("q+r", (0, 1), (2, 3, 4))]


def test_each_corpus_is_held_out_and_only_classes_that_occur_count():
    way = EachCorpus(("angry", "bored", "sad"))
    assert way.labels(TWO) == ("sad", "bored")
    assert way.cut(TWO) == [Split("p", (2, 3), (0, 1)), Split("q", (0, 1), (2, 3))]
