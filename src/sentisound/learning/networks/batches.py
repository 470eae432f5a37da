"""Batches: what a network hears of some clips at once, drawn anew each time.

Of each clip either itself or one of its copies is taken, and of that a stretch of ``crop_s`` at most; frames are masked
or shifted, stretches padded to the longest, and clips blended. Everything that is drawn comes from one generator.

With twins, each slight copy has its clip itself beside it, cropped, shifted and blended by the same draws: between the
two nothing differs but the slight change.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Origin, Waveform
from sentisound.features.sets import FeatureSet
from sentisound.learning.augmentation.chain import Chain
from sentisound.learning.augmentation.mixup import Batch, Mask, mixup
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.metrics import Indices

Floats = NDArray[np.float32]

PROBED_S = (2, 12)


@lru_cache(maxsize=8)
def frame_rate_hz(features: FeatureSet) -> float:
    """Return how many frames a second of sound adds, for any set of frames."""
    short, long = (len(features.extract(_silence(seconds, features.rate_hz))) for seconds in PROBED_S)
    return (long - short) / (PROBED_S[1] - PROBED_S[0])


def _silence(seconds: int, rate_hz: int) -> Waveform:
    return Waveform(np.zeros(seconds * rate_hz, dtype=np.float32), rate_hz, Origin("array", "float32", rate_hz, 1))


def competing_labels(data: Dataset, *, every: bool | None = None) -> Mask:
    """Return which labels each clip competes among, shape (clips, classes): those that its corpus has in ``data``.

    A corpus without surprise says nothing about surprise: its clips neither teach that label nor are taken for it.
    With ``every`` they do: a clip is told to be nothing but its own label.
    """
    if every:
        return np.ones((len(data.truth), len(data.classes)), dtype=np.bool_)
    labels = np.zeros((len(data.truth), len(data.classes)), dtype=np.bool_)
    corpora = data.corpora
    for corpus in np.unique(corpora):
        own = corpora == corpus
        labels[np.ix_(own, np.unique(data.truth[own]))] = True
    return labels


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """Makes batches of a training side."""

    data: Dataset
    competing: Mask
    """As of ``competing_labels``."""
    chain: Chain[float]
    """Transforms of frames."""
    frame_rate_hz: float
    crop_s: float
    mixup: float
    """Alpha of the beta distribution that mixing weights are drawn from."""

    def make(self, rows: Indices, rng: np.random.Generator, *, twins: bool = False) -> Batch:
        """Return the batch of some rows; with ``twins`` also the clips themselves whose slight copies are heard."""
        renderings = self._drawn(len(rows), rng)
        slight = twins & self._slight(renderings)
        heard: list[Floats] = []
        beside: list[Floats] = []
        for row, number, with_twin in zip(rows, renderings, slight, strict=True):
            again = deepcopy(rng) if with_twin else None
            heard.append(self._heard(row, number, rng))
            if again is not None:
                beside.append(self._heard(row, 0, again))
        every = np.append(rows, rows[slight])
        batch = self._batch(heard + beside, every, np.append(renderings, np.zeros(len(beside), dtype=np.int64)))
        if beside:
            pairs = np.stack([np.flatnonzero(slight), np.arange(len(rows), len(every))], axis=1)
            batch = replace(batch, twins=pairs)
        return mixup(batch, self.mixup, rng) if self.mixup else batch

    def _batch(self, heard: Sequence[Floats], rows: Indices, renderings: Indices) -> Batch:
        data = self.data
        targets = np.eye(len(data.classes), dtype=np.float32)[data.truth[rows]]
        beside = (self._described(rows, renderings), _rows(data.teacher, rows), _rows(data.ratings, rows))
        return Batch(*padded(heard), targets, self.competing[rows], *beside)

    def _slight(self, renderings: Indices) -> NDArray[np.bool_]:
        """Return which renderings are slight copies."""
        return renderings > self._copies - self.data.slight_copies

    def _drawn(self, clips: int, rng: np.random.Generator) -> Indices:
        """Draw for each clip what is heard of it: 0 the clip itself, n its n-th copy."""
        return rng.integers(self._copies + 1, size=clips)

    @property
    def _copies(self) -> int:
        return 0 if self.data.copies is None else self.data.copies.shape[1]

    def _described(self, rows: Indices, renderings: Indices) -> Floats | None:
        """Return the functionals of what is heard, shape (clips, n)."""
        own, copied = self.data.functionals, self.data.copied_functionals
        if own is None or copied is None:
            return _rows(own, rows)
        return np.where((renderings > 0)[:, None], copied[rows, renderings - 1], own[rows])

    def _heard(self, row: int, rendering: int, rng: np.random.Generator) -> Floats:
        copies = self.data.copies
        frames = self.data.features[row] if copies is None or not rendering else copies[row, rendering - 1]
        part = cropped(frames, round(self.crop_s * self.frame_rate_hz), rng)
        return self.chain.apply(part.astype(np.float32), self.frame_rate_hz, rng)


def _rows(values: Floats | None, rows: Indices) -> Floats | None:
    return None if values is None else values[rows]


def cropped(frames: NDArray[np.floating], length: int, rng: np.random.Generator) -> NDArray[np.floating]:
    """Return a stretch of ``length`` frames from a drawn place, or all of them where there are no more."""
    start = int(rng.integers(max(0, len(frames) - length) + 1))
    return frames[start : start + max(1, length)]


def padded(clips: Sequence[NDArray[np.floating]]) -> tuple[Floats, Mask]:
    """Return clips of shape (frames, bands) as one array, 0 after the end of each, and where there are frames.

    Returns
    -------
    frames : ndarray, shape (clips, longest, bands), float32
    heard : ndarray, shape (clips, longest), bool
    """
    lengths = np.array([len(clip) for clip in clips])
    frames = np.zeros((len(clips), lengths.max(), clips[0].shape[1]), dtype=np.float32)
    for row, clip in zip(frames, clips, strict=True):
        row[: len(clip)] = clip
    return frames, np.arange(lengths.max()) < lengths[:, None]


def standardised(values: Floats) -> Floats:
    """Return columns of mean 0 and deviation 1; one that does not vary becomes 0."""
    spread = values.std(axis=0)
    scaled: Floats = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return scaled


def with_standard_teacher(data: Dataset) -> Dataset:
    """Return a training side whose teacher's embeddings are standardised over it, as they are compared by angle."""
    return data if data.teacher is None else replace(data, teacher=standardised(data.teacher))
