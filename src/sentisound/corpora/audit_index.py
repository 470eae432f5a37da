"""Which clips might be the same recording: an index of all fingerprints' words, and votes for a shift in time.

Equal words of two clips vote for the shift at which they would lie on top of each other (Wang, "An Industrial-Strength
Audio Search Algorithm", ISMIR 2003). Copies collect tens of votes for one shift, strangers a few for many. What comes
out are suspects: the samples decide (see ``audit_match``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.corpora.fingerprint import WEAK_BITS, Fingerprint, agreement

MIN_VOTES = 10
"""Copies with 20 dB noise and more done to them collect 14 or more, all but 1 of 1000 measured."""

MIN_AGREEMENT = 35.0
"""Copies reach 41 and more, also with a piece cut from the middle, all but 1 of 1000 measured; so do hundreds of pairs
of other takes in the six corpora (TESS's carrier phrase), which is why the samples decide."""

COMMON_WORD = 300
"""A word that more frames have than this tells nothing: a hum, a steady tone."""

_MAX_OFFSET = 1 << 18
"""Frames; more than an hour."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """Two clips that may be one recording."""

    first: int
    """Index of a clip, smaller than ``second``."""
    second: int
    offset: int
    """``second`` starts so many frames into ``first``."""
    votes: int
    agreement: float


@dataclass(frozen=True, slots=True)
class _Frames:
    """The frames of all clips, one below the other."""

    clips: NDArray[np.int64]
    positions: NDArray[np.int64]
    words: NDArray[np.uint32]
    weak: NDArray[np.uint8]


def suspects(prints: Sequence[Fingerprint]) -> list[Suspects]:
    """Return the pairs of clips whose fingerprints agree at some shift, each pair at its best shift."""
    frames = _stacked(prints)
    if not len(frames.words):
        return []
    votes = np.concatenate(list(_votes(frames, len(prints))))
    found = []
    for first, second, offset, count in _elected(votes, len(prints)):
        agreed = agreement(prints[first], prints[second], offset)
        if agreed >= MIN_AGREEMENT:
            found.append(Suspects(first, second, offset, count, agreed))
    return found


def _stacked(prints: Sequence[Fingerprint]) -> _Frames:
    sizes = [len(one.words) for one in prints]
    return _Frames(
        np.repeat(np.arange(len(prints)), sizes),
        np.concatenate([one.frames for one in prints] or [np.zeros(0, np.int32)]).astype(np.int64),
        np.concatenate([one.words for one in prints] or [np.zeros(0, np.uint32)]),
        np.concatenate([one.weak for one in prints] or [np.zeros((0, WEAK_BITS), np.uint8)]),
    )


def _votes(frames: _Frames, clips: int) -> Iterator[NDArray[np.int64]]:
    """Yield a key (pair and shift) for each two frames of different clips with the same word, weak bits either way."""
    order = np.argsort(frames.words, kind="stable")
    ordered = frames.words[order]
    for flips in range(1 << WEAK_BITS):
        asked = frames.words ^ _flip(frames.weak, flips)
        asking = np.argsort(asked)  # in order, the search stays in the processor's cache: twice as fast
        start = np.searchsorted(ordered, asked[asking], "left")
        count = np.searchsorted(ordered, asked[asking], "right") - start
        count[count > COMMON_WORD] = 0
        mine = np.repeat(asking, count)
        within = np.arange(len(mine)) - np.repeat(np.cumsum(count) - count, count)
        yield _keys(frames, mine, order[np.repeat(start, count) + within], clips)


def _flip(weak: NDArray[np.uint8], flips: int) -> NDArray[np.uint32]:
    """Return the mask that flips those of the weak bits whose places are set in ``flips``, a mask a frame."""
    masks = np.zeros(len(weak), np.uint32)
    for place in range(WEAK_BITS):
        if flips >> place & 1:
            masks |= np.uint32(1) << weak[:, place].astype(np.uint32)
    return masks


def _keys(frames: _Frames, mine: NDArray[np.int64], theirs: NDArray[np.int64], clips: int) -> NDArray[np.int64]:
    swap = frames.clips[mine] > frames.clips[theirs]
    first, second = np.where(swap, theirs, mine), np.where(swap, mine, theirs)
    differ = frames.clips[first] != frames.clips[second]
    first, second = first[differ], second[differ]
    pair = frames.clips[first] * clips + frames.clips[second]
    keys: NDArray[np.int64] = pair * 2 * _MAX_OFFSET + frames.positions[first] - frames.positions[second] + _MAX_OFFSET
    return keys


def _elected(votes: NDArray[np.int64], clips: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (first, second, offset, votes) for each pair whose best shift, with its two neighbours, has enough."""
    keys, counts = np.unique(votes, return_counts=True)
    pooled = counts.copy()
    beside = np.flatnonzero(np.diff(keys) == 1)
    pooled[beside] += counts[beside + 1]
    pooled[beside + 1] += counts[beside]
    enough = pooled >= MIN_VOTES
    keys, pooled = keys[enough], pooled[enough]
    pairs = keys // (2 * _MAX_OFFSET)
    best = np.lexsort((-pooled, pairs))
    best = best[np.diff(pairs[best], prepend=-1) != 0]
    for key, count in zip(keys[best].tolist(), pooled[best].tolist(), strict=True):
        pair, offset = divmod(key, 2 * _MAX_OFFSET)
        yield pair // clips, pair % clips, offset - _MAX_OFFSET, count
