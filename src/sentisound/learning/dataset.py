"""The dataset: features, labels and speakers of a corpus's utterances, computed by the code that serving runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.activity import vad
from sentisound.audio.decode import decode
from sentisound.audio.segment import utterances
from sentisound.audio.waveform import RATE_HZ, Span
from sentisound.corpora.corpus import Utterance
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.cache import FeatureStore, Vector, content_key, store_path
from sentisound.learning.copies import copy_number, noisy
from sentisound.learning.recipe import FeatureOptions

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


SEGMENTATION_VERSION = 1
"""Grows by one when decoding, speech detection or segmentation give another stretch of the same file."""
KEPT_AT_ONCE = 64  # clips: what a kill can cost


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a learner sees; one row a clip."""

    features: NDArray[np.float32]
    """Shape (clips, size)."""
    truth: NDArray[np.int64]
    """Indices into ``classes``, shape (clips,)."""
    speakers: NDArray[np.str_]
    classes: tuple[str, ...]
    clips: tuple[Utterance, ...]

    def part(self, rows: Sequence[int]) -> Dataset:
        """Return some of the clips, in the order of ``rows``."""
        chosen = list(rows)
        return replace(
            self,
            features=self.features[chosen],
            truth=self.truth[chosen],
            speakers=self.speakers[chosen],
            clips=tuple(self.clips[row] for row in chosen),
        )

    @property
    def groups(self) -> NDArray[np.str_]:
        """What is held out together within a training side: speakers, or texts where there is but one speaker."""
        one = len(np.unique(self.speakers)) == 1
        return np.array([clip.text for clip in self.clips]) if one else self.speakers

    def digest(self) -> str:
        """Return a checksum of all that a learner sees, and of the texts, by which ``groups`` may hold clips out."""
        content = hashlib.sha256(self.features.tobytes() + self.truth.tobytes())
        clips = (f"{clip.name}\t{clip.text}" for clip in self.clips)
        content.update("\n".join([*self.classes, *self.speakers, *clips]).encode())
        return content.hexdigest()


def build_dataset(
    clips: Sequence[Utterance],
    classes: Sequence[str],
    options: FeatureOptions,
    jobs: int,
    progress: Progress,
    cache: Path | None = None,
) -> Dataset:
    """Compute the features of every clip in ``jobs`` processes, or take them from the folder ``cache``."""
    keys = [content_key(clip.path) + bytes([copy_number(clip)] if copy_number(clip) else []) for clip in clips]
    vectors = _vectors(dict(zip(keys, clips, strict=True)), options, jobs, progress, cache)
    return Dataset(
        np.stack([vectors[key] for key in keys]),
        np.array([classes.index(clip.label) for clip in clips]),
        np.array([f"{clip.corpus}/{clip.speaker}" for clip in clips]),
        tuple(classes),
        tuple(clips),
    )


def _vectors(
    clips: Mapping[bytes, Utterance], options: FeatureOptions, jobs: int, progress: Progress, cache: Path | None
) -> dict[bytes, Vector]:
    store = _store(options, cache)
    found = store.read(list(clips)) if store else {}
    missing = {key: clip for key, clip in clips.items() if key not in found}
    progress("features", len(found), len(clips))
    with ProcessPoolExecutor(jobs) as pool:
        computed = pool.map(partial(clip_features, options), missing.values(), missing, chunksize=8)
        pairs = zip(missing, computed, strict=True)
        while rows := dict(islice(pairs, KEPT_AT_ONCE)):
            if store:
                store.write(rows)
            found |= rows
            progress("features", len(found), len(clips))
    return found


def _store(options: FeatureOptions, cache: Path | None) -> FeatureStore | None:
    if cache is None:
        return None
    features = feature_set(options.set, options.parameters)
    return FeatureStore(store_path(cache, features, options.parameters, SEGMENTATION_VERSION), features.size)


def clip_features(options: FeatureOptions, clip: Utterance, key: bytes) -> Vector:
    """Return the feature vector of a clip's speech, from the first word to the last, at the analysis rate.

    Where the detector finds no speech, the whole clip is taken, as serving does. ``key`` seeds the noise of a copy.
    """
    features: FeatureSet = feature_set(options.set, options.parameters)
    waveform = decode(clip.path, rate_hz=RATE_HZ)
    if copy_number(clip):
        waveform = noisy(waveform, np.random.default_rng(list(key)))
    spans = utterances(vad("energy").regions(waveform), waveform=waveform)
    speech = Span(spans[0].start_s, spans[-1].end_s) if spans else Span(0.0, waveform.duration_s)
    return features.extract(waveform.cut(speech))
