"""The leakage audit: what a split lets a model remember instead of learn.

A test is worth what it hides from training. The audit looks for what is not hidden: a speaker, a recording or a copy
of one on both sides of a split; and for what makes data wrong: one recording with two labels. Equal sentences are
told and never refused, since acted corpora have every actor say the same ones. Who hides behind two names is beyond
it: the same person as two speakers is only found where recordings are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sentisound.corpora.audit_listen import Heard, Listening, listen
from sentisound.corpora.audit_report import KINDS, SEVERITIES, AuditReport, Finding, Kind, Place
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import Split

__all__ = ["AuditReport", "Finding", "Listening", "Place", "audit"]

_TRAIN, _TEST = 1, 2
_SIDES: tuple[Literal["", "train", "test"], ...] = ("", "train", "test")
_QUIETLY = Listening()


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two clips that hold the same recording."""

    first: int
    second: int
    kind: Kind
    similarity: float
    detail: str


class _Sides:
    """Which clip is on which side of which split."""

    def __init__(self, clips: int, splits: Sequence[Split]) -> None:
        self.splits = splits
        self.table: NDArray[np.uint8] = np.zeros((len(splits), clips), np.uint8)
        for row, split in zip(self.table, splits, strict=True):
            row[list(split.train)] = _TRAIN
            row[list(split.test)] |= _TEST

    def across(self, first: Sequence[int], second: Sequence[int]) -> list[int]:
        """Return the splits that learn from one of ``first`` and test one of ``second``, or the other way round."""
        mine, theirs = (np.bitwise_or.reduce(self.table[:, list(clips)], axis=1) for clips in (first, second))
        both = ((mine & _TRAIN) & ((theirs & _TEST) >> 1)) | (((mine & _TEST) >> 1) & (theirs & _TRAIN))
        return [int(index) for index in np.flatnonzero(both)]

    def torn(self) -> list[int]:
        """Return the clips that are themselves on both sides of a split."""
        return [int(clip) for clip in np.flatnonzero((self.table == _TRAIN | _TEST).any(axis=0))]

    def names(self, splits: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.splits[index].name for index in splits)


def audit(
    utterances: Sequence[Utterance], splits: Sequence[Split], *, audio: bool = True, listening: Listening = _QUIETLY
) -> AuditReport:
    """Look for what is on both sides of a split, and for recordings with two labels.

    Parameters
    ----------
    utterances
        The clips; those of no split are compared as well, for conflicting labels and doubles.
    splits
        What is learned from and what is tested, as indices into ``utterances``; none is fine.
    audio
        Whether to decode and compare the sound. Without, speakers, texts and the files' paths are compared, in
        milliseconds.
    listening
        Processes, cache and progress.

    Returns
    -------
    AuditReport
        Findings, worst first. A file that cannot be decoded is a finding, not an error.
    """
    sides = _Sides(len(utterances), splits)
    pairs, unheard = _same_sound(utterances, listening) if audio else (_same_files(utterances), [])
    pairs.extend(_Pair(clip, clip, "exact_duplicate", 1.0, "the clip itself") for clip in sides.torn())
    findings = [
        *_speakers(utterances, sides),
        *_nobodys(utterances, splits),
        *(_copy(pair, utterances, sides) for pair in pairs),
        *(_conflict(pair, utterances, sides) for pair in pairs if _labels_differ(pair, utterances)),
        *unheard,
        *_texts(utterances, splits),
    ]
    kinds = list(KINDS)
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), kinds.index(finding.kind)))
    return AuditReport(tuple(findings), len(utterances), len(splits), audio)


def _speakers(utterances: Sequence[Utterance], sides: _Sides) -> Iterator[Finding]:
    """Yield each named speaker who is on both sides of a split; the empty name is nobody's."""
    for speaker, clips in _grouped(f"{clip.corpus}/{clip.speaker}" if clip.speaker else "" for clip in utterances):
        if found := sides.across(clips, clips):
            splits = sides.names(found)
            detail = f"speaker {speaker} is on both sides of {_listed(splits)}"
            yield Finding("speaker_overlap", "leak", Place(speaker, "", ""), None, 1.0, splits, detail)


def _nobodys(utterances: Sequence[Utterance], splits: Sequence[Split]) -> Iterator[Finding]:
    """Yield one finding where clips of a split have no speaker: the audit must not call them seen."""
    used = sorted({index for split in splits for index in (*split.train, *split.test)})
    nobodys = [utterances[index] for index in used if not utterances[index].speaker]
    if nobodys:
        first = Place(f"{nobodys[0].corpus}/{nobodys[0].name}", nobodys[0].label, "")
        detail = f"{len(nobodys)} of {len(used)} clips do not say who speaks: overlap of speakers cannot be ruled out"
        yield Finding("unknown_speaker", "warning", first, None, 1.0, (), detail)


def _texts(utterances: Sequence[Utterance], splits: Sequence[Split]) -> Iterator[Finding]:
    """Yield one finding for all splits that test sentences that they learn from."""
    texts = [f"{clip.corpus}/{clip.text}" if clip.text else "" for clip in utterances]
    again = {split.name: _texts_of(split.test, texts) & _texts_of(split.train, texts) for split in splits}
    shared = sorted(set().union(*again.values()))
    if shared:
        names = tuple(name for name, found in again.items() if found)
        detail = f"{len(shared)} sentences are on both sides of {_listed(names)}"
        yield Finding("equal_texts", "information", Place(shared[0], "", ""), None, 1.0, names, detail)


def _texts_of(clips: Iterable[int], texts: Sequence[str]) -> set[str]:
    return {texts[clip] for clip in clips} - {""}


def _same_files(utterances: Sequence[Utterance]) -> list[_Pair]:
    """Return the pairs that are one file, or one stretch of it."""
    return list(_exact(_grouped(str(clip.recording) for clip in utterances)))


def _same_sound(utterances: Sequence[Utterance], listening: Listening) -> tuple[list[_Pair], list[Finding]]:
    """Return the pairs that are one recording, and what could not be compared."""
    sounds = list(dict.fromkeys(clip.recording for clip in utterances))
    places = {sound: index for index, sound in enumerate(sounds)}
    heard = listen(sounds, listening)
    clips: dict[int, list[int]] = defaultdict(list)
    for index, clip in enumerate(utterances):
        clips[places[clip.recording]].append(index)
    contents = [heard.contents[places[clip.recording]] for clip in utterances]
    same = _grouped(contents)
    members = dict(same)
    pairs = [*_exact(same), *_near(heard, members)]
    return pairs, list(_unheard(heard, utterances, clips))


def _exact(groups: Iterable[tuple[str, list[int]]]) -> Iterator[_Pair]:
    for _, group in groups:
        for first, second in combinations(group, 2):
            yield _Pair(first, second, "exact_duplicate", 1.0, "the same samples")


def _near(heard: Heard, members: dict[str, list[int]]) -> Iterator[_Pair]:
    """Yield the pairs of copies, each with all clips that hold the same samples."""
    for copies in heard.copies:
        found = copies.match
        detail = f"{found.same_s:.1f} s are one recording, the second starts {found.shift_s:+.2f} s into the first"
        for first in members[heard.contents[copies.first]]:
            for second in members[heard.contents[copies.second]]:
                yield _Pair(first, second, "near_duplicate", found.similarity, detail)


def _copy(pair: _Pair, utterances: Sequence[Utterance], sides: _Sides) -> Finding:
    """Return the finding of two clips that are one recording: a leak where a split has them on different sides."""
    found = sides.across([pair.first], [pair.second])
    first, second = _places(pair, utterances, sides, found)
    where = f"on both sides of {_listed(sides.names(found))}" if found else "on one side of every split"
    detail = f"{first.name} and {second.name}: {pair.detail}; {where}"
    return Finding(
        pair.kind, "leak" if found else "information", first, second, pair.similarity, sides.names(found), detail
    )


def _conflict(pair: _Pair, utterances: Sequence[Utterance], sides: _Sides) -> Finding:
    found = sides.across([pair.first], [pair.second])
    first, second = _places(pair, utterances, sides, found)
    detail = f"{first.name} is {first.label}, {second.name} is {second.label}: {pair.detail}"
    return Finding("label_conflict", "warning", first, second, pair.similarity, sides.names(found), detail)


def _labels_differ(pair: _Pair, utterances: Sequence[Utterance]) -> bool:
    return utterances[pair.first].label != utterances[pair.second].label


def _places(pair: _Pair, utterances: Sequence[Utterance], sides: _Sides, splits: Sequence[int]) -> tuple[Place, Place]:
    def place(index: int) -> Place:
        clip = utterances[index]
        side = _SIDES[int(sides.table[splits[0], index]) % 3] if splits else ""
        return Place(f"{clip.corpus}/{clip.name}", clip.label, side)

    return place(pair.first), place(pair.second)


def _unheard(heard: Heard, utterances: Sequence[Utterance], clips: dict[int, list[int]]) -> Iterator[Finding]:
    for file, content in enumerate(heard.contents):
        clip = utterances[clips[file][0]]
        place = Place(f"{clip.corpus}/{clip.name}", clip.label, "")
        if file in heard.unreadable:
            detail = f"{place.name} cannot be decoded: {heard.unreadable[file]}"
            yield Finding("unreadable", "warning", place, None, 1.0, (), detail)
        elif not content:
            yield Finding("unheard", "information", place, None, 1.0, (), f"{place.name} is silent")


def _grouped(keys: Iterable[str]) -> list[tuple[str, list[int]]]:
    """Return the indices of equal keys, in order; empty keys equal nothing."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if key:
            groups[key].append(index)
    return list(groups.items())


def _listed(names: Sequence[str], shown: int = 3) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
