"""Protocols: what each tests, that its mark of speaker-independence is true, and that the folds are as published."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path, PurePath

import pytest

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import RandomClips
from sentisound.corpora.protocols import PROTOCOLS, Protocol, protocol
from sentisound.corpora.registry import CORPORA
from sentisound.errors import IncompleteCorpus, UnknownProtocol

LABELS = ("neutral", "happy", "sad", "angry")
CROSS = ("cross:ravdess->emodb", "cross:tess+savee->ravdess")
ALL = [*PROTOCOLS, *CROSS]


def _generated(name: str) -> list[Utterance]:
    """Return the clips of a corpus by its list of names, or a grid in its layout."""
    entry = CORPORA[name]
    grids = {
        "cremad": [
            f"{actor}_{s}_{e}_XX" for actor in range(1001, 1092) for s in ("DFA", "ITS") for e in ("ANG", "SAD")
        ],
        "nemo": [
            f"{s}_{e}_{n}" for s in ("KD0", "KS0", "WR0") for e in ("anger", "sadness", "neutral") for n in (1, 2)
        ],
        "ased": [f"{e}-01-01-02-{s:02d}" for s in range(1, 66) for e in ("n1", "f2", "h3", "s4", "a5")],
        "esd": [f"{s:04d}_{350 * e + n:06d}" for s in range(1, 21) for e in range(5) for n in (1, 2)],
        "aesdd": [f"{e}{n:02d} ({s})" for e in "ahsfd" for n in (1, 2) for s in range(1, 7)],
        "shemo": [f"{s}{e}01" for s in ("F01", "F02", "M01", "M02") for e in "AHNS"],
    }
    if name in TABLED:
        return TABLED[name]()
    return [entry.parse(PurePath(clip)) for clip in grids.get(name) or sorted(entry.expected_names(Path("absent")))]


def _iemocap() -> list[Utterance]:
    parsed = (
        CORPORA["iemocap"].parse(PurePath(f"Ses0{n}F_impro01_{sex}{turn:03d}"))
        for n, sex, turn in product(range(1, 6), "FM", range(4))
    )
    return [replace(clip, label=LABELS[int(clip.name[-1])]) for clip in parsed]


def _in_parts(corpus: str, speakers: dict[str, str]) -> list[Utterance]:
    """Return a clip of each label by the speaker of each part."""
    return [
        Utterance(Path(f"{part}-{label}"), corpus, speaker, label, "", "", "en", f"{part}-{label}", part=part)
        for part, speaker in speakers.items()
        for label in LABELS
    ]


TABLED = {
    "iemocap": _iemocap,
    "msp-podcast": lambda: _in_parts("msp-podcast", {"train": "1", "development": "2", "test1": "3", "test2": "4"}),
    "meld": lambda: _in_parts("meld", dict.fromkeys(("train", "development", "test"), "Monica")),
}


@pytest.fixture(scope="module")
def clips() -> list[Utterance]:
    """Return clips of all corpora."""
    return [clip for name in CORPORA for clip in _generated(name)]


def _who(clip: Utterance) -> tuple[str, str]:
    return clip.corpus, clip.speaker


@pytest.mark.parametrize("name", ALL)
def test_the_sides_are_apart_and_the_mark_is_true(name: str, clips: list[Utterance]):
    entry = protocol(name)
    splits = entry.splits(clips)
    assert splits
    shared = False
    for split in splits:
        assert split.train
        assert split.test
        assert not set(split.train) & set(split.test)
        shared |= bool({_who(clips[i]) for i in split.train} & {_who(clips[i]) for i in split.test})
    assert entry.speaker_independent is not shared


@pytest.mark.parametrize("name", ALL)
def test_only_the_protocols_corpora_and_labels_are_on_the_sides(name: str, clips: list[Utterance]):
    entry = protocol(name)
    labels = entry.labels(clips)
    for split in entry.splits(clips):
        both = [clips[i] for i in (*split.train, *split.test)]
        assert {clip.label for clip in both} <= set(labels)
        assert {clip.corpus for clip in both} == set(entry.corpora or CORPORA)


def test_the_names_are_those_of_the_bench():
    assert set(PROTOCOLS) == {
        "ravdess/emobox6", "ravdess/luna5", "savee/loso", "emodb/loso", "emodb/emobox5", "tess/loso", "tess/emobox",
        "cremad/emobox", "esd/emobox5", "nemo/loso", "emotale/loso", "emovo/loso", "cafe/loso", "aesdd/loso",
        "javanese/loso", "ased/speakers5",
        "iemocap/sessions5", "msp-podcast/test1", "msp-podcast/test2", "meld/test", "speakers5",
        "random80", "random5", "loco",
    }  # fmt: skip
    assert all(entry.source for entry in PROTOCOLS.values())


def test_the_speaker_dependent_ones_are_known():
    dependent = {name for name, entry in PROTOCOLS.items() if not entry.speaker_independent}
    assert dependent == {"emodb/emobox5", "tess/emobox", "cremad/emobox", "meld/test", "random80", "random5"}


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if name.endswith(("loso", "6", "5")) and "/" in name])
def test_all_folds_together_test_every_clip_once(name: str, clips: list[Utterance]):
    entry = protocol(name)
    tested = Counter(i for split in entry.splits(clips) for i in split.test)
    assert set(tested.values()) == {1}
    assert set(tested) == {i for i, clip in enumerate(clips) if clip.corpus in entry.corpora}


def test_a_split_is_named_by_whom_it_tests(clips: list[Utterance]):
    assert [split.name for split in protocol("savee/loso").splits(clips)] == ["DC", "JE", "JK", "KL"]
    assert protocol("ravdess/luna5").splits(clips)[0].name == "02 05 14 15 16"


def test_random_parts_are_even_in_every_corpus_and_label(clips: list[Utterance]):
    test = protocol("random80").splits(clips)[0].test
    share = Counter((clips[i].corpus, clips[i].label) for i in test)
    for stratum, total in Counter((clip.corpus, clip.label) for clip in clips).items():
        assert abs(share[stratum] - total / 5) < 1, stratum


def test_random_parts_do_not_depend_on_the_order_of_the_clips(clips: list[Utterance]):
    tested = {clips[i].name for i in protocol("random5").splits(clips)[2].test}
    turned = clips[::-1]
    assert {turned[i].name for i in protocol("random5").splits(turned)[2].test} == tested


def test_another_seed_deals_other_parts(clips: list[Utterance]):
    some = clips[:500]
    dealt = [RandomClips(5, 1, seed).cut(some)[0].test for seed in (0, 0, 1)]
    assert dealt[0] == dealt[1] != dealt[2]


def test_random5_tests_every_clip_once(clips: list[Utterance]):
    tested = [i for split in protocol("random5").splits(clips) for i in split.test]
    assert sorted(tested) == list(range(len(clips)))


def test_across_corpora_only_shared_labels_count(clips: list[Utterance]):
    entry = protocol("cross:ravdess->emodb")
    assert entry.labels(clips) == ("neutral", "happy", "sad", "angry", "fearful", "disgust")  # no calm, no bored
    (split,) = entry.splits(clips)
    assert {clips[i].corpus for i in split.train} == {"ravdess"}
    assert {clips[i].corpus for i in split.test} == {"emodb"}


def test_loco_has_four_classes_and_tests_each_corpus(clips: list[Utterance]):
    entry = protocol("loco")
    assert entry.labels(clips) == LABELS
    splits = entry.splits(clips)
    assert [split.name for split in splits] == sorted(CORPORA)
    for split in splits:
        assert {clips[i].corpus for i in split.test} == {split.name}


def test_loco_of_one_corpus_is_refused(clips: list[Utterance]):
    with pytest.raises(IncompleteCorpus, match="nothing to train in loco, split savee"):
        protocol("loco").splits([clip for clip in clips if clip.corpus == "savee"])


@pytest.mark.parametrize("name", ["ravdess/emobox6", "emodb/loso", "tess/emobox", "cross:ravdess->emodb"])
def test_a_protocol_without_its_corpus_says_what_it_needs(name: str, clips: list[Utterance]):
    with pytest.raises(IncompleteCorpus, match=f"{name}.*needs {protocol(name).corpora[0]}"):
        protocol(name).splits([clip for clip in clips if clip.corpus == "savee"])


def test_a_half_download_does_not_lose_a_fold_in_silence(clips: list[Utterance]):
    half = [clip for clip in clips if clip.corpus == "ravdess" and clip.speaker < "05"]
    with pytest.raises(IncompleteCorpus, match="06 13 17 22"):
        protocol("ravdess/emobox6").splits(half)


@pytest.mark.parametrize("name", ["nope", "ravdess", "cross:ravdess", "cross:->", "cross:ravdess->nope", ""])
def test_a_miss_lists_the_names(name: str):
    with pytest.raises(UnknownProtocol, match="ravdess"):
        protocol(name)


def test_a_corpus_cannot_be_on_both_sides():
    with pytest.raises(UnknownProtocol, match="both sides"):
        protocol("cross:tess+ravdess->ravdess")


def _tested(entry: Protocol, clips: list[Utterance], by: str) -> set[frozenset[str]]:
    return {frozenset(getattr(clips[i], by) for i in split.test) for split in entry.splits(clips)}


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "by"),
    [("ravdess/emobox6", "speaker"), ("savee/loso", "speaker"), ("emodb/emobox5", "name"), ("tess/emobox", "name")],
)
def test_the_folds_are_as_published(name: str, by: str, corpora: Path):
    published = json.loads((corpora.parent / "protocols" / "emobox_splits.json").read_text())
    entry = protocol(name)
    clips = CORPORA[entry.corpora[0]].read(corpora / entry.corpora[0])
    assert _tested(entry, clips, by) == {frozenset(fold) for fold in published[entry.corpora[0]].values()}


@pytest.mark.corpora
@pytest.mark.parametrize("name", ALL)
def test_the_mark_is_true_on_the_real_corpora(name: str, corpora: Path):
    if not all((corpora / one).is_dir() for one in protocol(name).corpora):
        pytest.skip("the protocol's corpora are not here")
    clips = [c for d in sorted(corpora.iterdir()) if d.name in CORPORA for c in CORPORA[d.name].read(d)]
    entry = protocol(name)
    shared = any(
        {_who(clips[i]) for i in split.train} & {_who(clips[i]) for i in split.test} for split in entry.splits(clips)
    )
    assert entry.speaker_independent is not shared
