"""Extraction: from clips to arrays, in several processes, each array computed once and then found in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from sentisound.audio.activity import vad
from sentisound.audio.segment import utterances
from sentisound.audio.waveform import RATE_HZ, Span, Waveform
from sentisound.corpora.corpus import Utterance
from sentisound.features.sets import feature_set
from sentisound.learning.cache import Array, FeatureStore, Form, store_path
from sentisound.learning.copies import copy_number, noisy
from sentisound.learning.evaluation.conditions import as_heard, condition_key
from sentisound.learning.recipe import FeatureOptions

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""
Clips = Mapping[bytes, Utterance]
"""Clips by what tells their sound from any other."""

SEGMENTATION_VERSION = 1
"""Grows by one when decoding, speech detection or segmentation give another stretch of the same file."""
KEPT_AT_ONCE = 64  # clips: what a kill can cost


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def clip_key(clip: Utterance) -> bytes:
    """Return what tells the sound of a clip from any other: its content, which copy it is, and its condition."""
    copy = bytes([copy_number(clip)] if copy_number(clip) else [])
    return clip.recording.digest() + copy + condition_key(clip)


def recording_of(clip: Utterance, key: bytes) -> Waveform:
    """Return a clip as it was recorded, or comes under its condition, at the analysis rate.

    ``key`` seeds the noise of a copy.
    """
    waveform = clip.recording.decoded(RATE_HZ)
    if copy_number(clip):
        waveform = noisy(waveform, np.random.default_rng(list(key)))
    return as_heard(clip, waveform, key)


def speech_of(waveform: Waveform) -> Waveform:
    """Return the speech of a recording, from the first word to the last.

    Where the detector finds no speech, the whole recording is taken, as serving does.
    """
    spans = utterances(vad("energy").regions(waveform), waveform=waveform)
    speech = Span(spans[0].start_s, spans[-1].end_s) if spans else Span(0.0, waveform.duration_s)
    return waveform.cut(speech)


def clip_features(options: FeatureOptions, clip: Utterance, key: bytes) -> Array:
    """Return the features of a clip's speech: shape (size,), or (frames, size) for a set of frames."""
    return feature_set(options.set, options.parameters).extract(speech_of(recording_of(clip, key)))


@dataclass(frozen=True, slots=True)
class Extraction:
    """What is computed of each clip, and where it is kept."""

    step: str
    """Its name, for those who wait."""
    compute: Callable[[Utterance, bytes], Array]
    """Sent to other processes."""
    form: Form
    store: Path | None
    """None keeps nothing."""

    def run(self, clips: Clips, jobs: int, progress: Progress) -> dict[bytes, Array]:
        """Return the arrays of all clips, by their keys."""
        store = FeatureStore(self.store, self.form) if self.store else None
        found = store.read(list(clips)) if store else {}
        missing = {key: clip for key, clip in clips.items() if key not in found}
        progress(self.step, len(found), len(clips))
        for rows in self._computed(missing, jobs):
            if store:
                store.write(rows)
            found |= rows
            progress(self.step, len(found), len(clips))
        return found

    def _computed(self, clips: Clips, jobs: int) -> Iterable[dict[bytes, Array]]:
        with ProcessPoolExecutor(jobs) as pool:
            values = pool.map(self.compute, clips.values(), clips, chunksize=8)
            pairs = ((key, self.form.kept(array)) for key, array in zip(clips, values, strict=True))
            while rows := dict(islice(pairs, KEPT_AT_ONCE)):
                yield rows


def of_set(step: str, options: FeatureOptions, cache: Path | None) -> Extraction:
    """Return the extraction of a feature set, kept below the folder ``cache``."""
    features = feature_set(options.set, options.parameters)
    store = store_path(cache, features, options.parameters, SEGMENTATION_VERSION) if cache else None
    return Extraction(step, partial(clip_features, options), Form.of(features), store)
