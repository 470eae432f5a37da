"""The ways to cut clips into a training side and a test side; a protocol names one of them and its corpora."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

import numpy as np

from sentisound.corpora.corpus import Names, Utterance
from sentisound.corpora.emobox import listed_clips
from sentisound.corpora.registry import corpus
from sentisound.emotions import EMOTIONS


@dataclass(frozen=True, slots=True)
class Split:
    """One fold: indices of the clips that are learned from and of those that are tested."""

    name: str
    train: tuple[int, ...]
    test: tuple[int, ...]


class Folds(Protocol):
    """One way to cut clips in two sides, once or several times."""

    @property
    def speaker_independent(self) -> bool:
        """Whether no speaker is on both sides of a split."""

    def labels(self, clips: Sequence[Utterance]) -> tuple[str, ...]:
        """Return the classes that this way of cutting can test, in the order of ``EMOTIONS``."""

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return the splits; indices into ``clips``, which have no other label than those of ``labels``."""


def in_order(labels: Collection[str]) -> tuple[str, ...]:
    """Return labels in the order of ``EMOTIONS``, each once."""
    return tuple(label for label in EMOTIONS if label in labels)


class _AllLabels:
    """What the ways that leave no label out share."""

    __slots__ = ()

    def labels(self, clips: Sequence[Utterance]) -> tuple[str, ...]:
        """Return all labels of the clips, in the order of ``EMOTIONS``."""
        return in_order({clip.label for clip in clips})


@dataclass(frozen=True, slots=True)
class SpeakerGroups:
    """Each fold tests a group of speakers and learns from all others."""

    groups: tuple[tuple[str, ...], ...]
    classes: tuple[str, ...] = tuple(EMOTIONS)
    """Labels that count; clips of others are on no side."""
    speaker_independent: bool = True

    def labels(self, clips: Sequence[Utterance]) -> tuple[str, ...]:
        """Return those of the classes that occur."""
        return in_order({clip.label for clip in clips} & set(self.classes))

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return a split for each group, named by its speakers."""
        return [_held_out(" ".join(group), (clip.speaker in group for clip in clips)) for group in self.groups]


@dataclass(frozen=True, slots=True)
class EachSpeaker(_AllLabels):
    """Leave one speaker out: each speaker is tested once, by what was learned from all others."""

    speaker_independent: bool = True

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return a split for each speaker, sorted by name."""
        speakers = sorted({clip.speaker for clip in clips})
        return [_held_out(speaker, (clip.speaker == speaker for clip in clips)) for speaker in speakers]


@dataclass(frozen=True, slots=True)
class DealtSpeakers:
    """Speakers dealt into groups of about as many clips each; each group is tested once, the others are learned from.

    No chance is in it: the same clips are dealt alike in whatever order they come.
    """

    groups: int
    """Fewer where there are fewer speakers."""
    speaker_independent: bool = True

    def labels(self, clips: Sequence[Utterance]) -> tuple[str, ...]:
        """Return the labels of two speakers or more: where one alone has a label, nobody is left to learn it from."""
        spoken = {(clip.label, clip.corpus, clip.speaker) for clip in clips}
        return in_order({label for label, times in Counter(label for label, _, _ in spoken).items() if times > 1})

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return a split for each group, named by its number; none where there is one speaker."""
        counts = Counter(_who(clip) for clip in clips)
        if len(counts) == 1:
            return []
        sizes = [0] * min(self.groups, len(counts))
        group: dict[tuple[str, str], int] = {}
        for speaker in sorted(counts, key=lambda one: (-counts[one], one)):  # the largest first, to the smallest group
            group[speaker] = sizes.index(min(sizes))
            sizes[group[speaker]] += counts[speaker]
        return [_held_out(f"group {n + 1}", (group[_who(clip)] == n for clip in clips)) for n in range(len(sizes))]


@dataclass(frozen=True, slots=True)
class ListedClips(_AllLabels):
    """Folds that were published as lists of the clips to test."""

    corpus: str

    @property
    def speaker_independent(self) -> bool:
        """Whether the lists hold out whole speakers; computed from them.

        A speaker who is tested in two folds is learned from in each; where all speakers are tested in one fold, all
        that is learned from is theirs.
        """
        tested = [_speakers(self.corpus, clips) for clips in listed_clips(self.corpus).values()]
        apart = sum(map(len, tested)) == len(frozenset().union(*tested))
        return apart and all(len(speakers) != corpus(self.corpus).expected_speakers for speakers in tested)

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return a split for each published list."""
        lists = listed_clips(self.corpus).items()
        return [_held_out(name, (clip.name in tested for clip in clips)) for name, tested in lists]


@dataclass(frozen=True, slots=True)
class PublishedParts:
    """The parts of a corpus as it is published: one is tested, others are learned from."""

    test: str
    train: tuple[str, ...] = ("train", "development")
    """The part for development is learned from too: what has to be chosen is chosen on held-out speakers of both."""
    speaker_independent: bool = True

    def labels(self, clips: Sequence[Utterance]) -> tuple[str, ...]:
        """Return the labels that both sides have."""
        sides = ({clip.label for clip in clips if clip.part in side} for side in (self.train, (self.test,)))
        return in_order(set.intersection(*sides))

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return the one split; clips of other parts are on no side."""
        parts = [clip.part for clip in clips]
        train = tuple(i for i, part in enumerate(parts) if part in self.train)
        return [Split(self.test, train, tuple(i for i, part in enumerate(parts) if part == self.test))]


@dataclass(frozen=True, slots=True)
class RandomClips(_AllLabels):
    """Clips dealt into parts at random, each corpus and label evenly; speakers are on both sides."""

    parts: int
    tested: int
    """How many of the parts are tested, one after the other."""
    seed: int = 0
    speaker_independent: bool = False

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return a split for each part tested; the same clips are dealt alike in whatever order they come."""
        part = self._deal(clips)
        return [_held_out(f"part {k + 1}", part == k) for k in range(self.tested)]

    def _deal(self, clips: Sequence[Utterance]) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        strata: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i in sorted(range(len(clips)), key=lambda i: (clips[i].corpus, clips[i].label, clips[i].name)):
            strata[clips[i].corpus, clips[i].label].append(i)
        part = np.empty(len(clips), dtype=int)
        dealt = 0
        for members in strata.values():  # each goes on where the last one stopped, so that the parts stay equal
            part[rng.permutation(members)] = (dealt + np.arange(len(members))) % self.parts
            dealt += len(members)
        return part


@dataclass(frozen=True, slots=True)
class AcrossCorpora:
    """Learn from some corpora and test on others, over the labels that both sides have."""

    train: tuple[str, ...]
    test: tuple[str, ...]
    speaker_independent: bool = True

    def labels(self, clips: Sequence[Utterance]) -> tuple[str, ...]:
        """Return the labels that both sides have."""
        sides = ({clip.label for clip in clips if clip.corpus in side} for side in (self.train, self.test))
        return in_order(set.intersection(*sides))

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return the one split."""
        return [_held_out("+".join(self.test), (clip.corpus in self.test for clip in clips))]


@dataclass(frozen=True, slots=True)
class EachCorpus:
    """Leave one corpus out: each corpus is tested by what was learned from the others, over some classes."""

    classes: tuple[str, ...]
    speaker_independent: bool = True

    def labels(self, clips: Sequence[Utterance]) -> tuple[str, ...]:
        """Return those of the classes that occur."""
        return in_order({clip.label for clip in clips} & set(self.classes))

    def cut(self, clips: Sequence[Utterance]) -> list[Split]:
        """Return a split for each corpus, sorted by name."""
        corpora = sorted({clip.corpus for clip in clips})
        return [_held_out(corpus, (clip.corpus == corpus for clip in clips)) for corpus in corpora]


def _who(clip: Utterance) -> tuple[str, str]:
    return clip.corpus, clip.speaker


def _speakers(name: str, clips: Names) -> Names:
    parsed = (corpus(name).parse(PurePath(clip)) for clip in clips)
    return frozenset(utterance.speaker for utterance in parsed if utterance is not None)


def _held_out(name: str, tested: Iterable[bool]) -> Split:
    sides = np.fromiter(tested, dtype=bool)
    return Split(name, tuple(np.flatnonzero(~sides).tolist()), tuple(np.flatnonzero(sides).tolist()))
