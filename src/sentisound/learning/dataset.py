"""The dataset: features, labels and speakers of a corpus's utterances, computed by the code that serving runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.activity import vad
from sentisound.audio.decode import decode
from sentisound.audio.segment import utterances
from sentisound.audio.waveform import RATE_HZ, Span
from sentisound.corpora.corpus import Utterance
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.recipe import FeatureOptions

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a learner sees; one row a clip."""

    features: NDArray[np.float32]
    """Shape (clips, size)."""
    truth: NDArray[np.int64]
    """Indices into ``classes``, shape (clips,)."""
    speakers: NDArray[np.str_]
    classes: tuple[str, ...]


def build_dataset(
    clips: Sequence[Utterance], classes: Sequence[str], options: FeatureOptions, jobs: int, progress: Progress
) -> Dataset:
    """Compute the features of every clip, in ``jobs`` processes."""
    extract = partial(clip_features, options)
    rows = []
    with ProcessPoolExecutor(jobs) as pool:
        for row in pool.map(extract, [clip.path for clip in clips], chunksize=8):
            rows.append(row)
            progress("features", len(rows), len(clips))
    return Dataset(
        np.stack(rows),
        np.array([classes.index(clip.label) for clip in clips]),
        np.array([f"{clip.corpus}/{clip.speaker}" for clip in clips]),
        tuple(classes),
    )


def clip_features(options: FeatureOptions, path: Path) -> NDArray[np.float32]:
    """Return the feature vector of a clip's speech, from the first word to the last, at the analysis rate.

    Where the detector finds no speech, the whole clip is taken, as serving does.
    """
    features: FeatureSet = feature_set(options.set, options.parameters)
    waveform = decode(path, rate_hz=RATE_HZ)
    spans = utterances(vad("energy").regions(waveform), waveform=waveform)
    speech = Span(spans[0].start_s, spans[-1].end_s) if spans else Span(0.0, waveform.duration_s)
    return features.extract(waveform.cut(speech))
