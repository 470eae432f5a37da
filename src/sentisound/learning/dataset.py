"""The dataset: features, labels and speakers of a corpus's utterances, computed by the code that serving runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentisound.corpora.corpus import Utterance
from sentisound.learning.cache import Array
from sentisound.learning.extraction import Clips, Progress, clip_features, clip_key, of_set, silent
from sentisound.learning.recipe import FeatureOptions

__all__ = ["Dataset", "Progress", "Ragged", "build_dataset", "clip_features", "ragged", "silent"]

Ragged = NDArray[np.object_]
"""An array of arrays: frames, each of shape (frames, bands), float16, of as many frames as its clip has."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a learner sees; one row a clip."""

    features: NDArray[Any]
    """Shape (clips, size), float32; or, for a set of frames, ``Ragged`` of shape (clips,)."""
    truth: NDArray[np.int64]
    """Indices into ``classes``, shape (clips,)."""
    speakers: NDArray[np.str_]
    classes: tuple[str, ...]
    clips: tuple[Utterance, ...]
    functionals: NDArray[np.float32] | None = None
    """A vector beside the frames, shape (clips, n)."""
    copies: Ragged | None = None
    """Augmented renderings, shape (clips, copies). They are learned from where their clip is; nothing else hears them,
    see ``as_recorded``."""
    copied_functionals: NDArray[np.float32] | None = None
    """The vectors beside the frames of ``copies``, shape (clips, copies, n)."""
    slight_copies: int = 0
    """How many of the copies, the last ones, changed so little that they must be taken for what their clip is."""
    ratings: NDArray[np.float32] | None = None
    """Arousal, valence and dominance as people heard them, -1..1, shape (clips, 3); NaN where nobody was asked."""
    teacher: NDArray[np.float32] | None = None
    """What a pre-trained encoder makes of each clip, shape (clips, dimensions)."""

    @property
    def has_frames(self) -> bool:
        """Whether each clip has frames, and not one vector."""
        return self.features.dtype == np.object_

    def part(self, rows: Sequence[int]) -> Dataset:
        """Return some of the clips, in the order of ``rows``."""
        chosen = list(rows)
        return replace(
            self,
            features=self.features[chosen],
            truth=self.truth[chosen],
            speakers=self.speakers[chosen],
            clips=tuple(self.clips[row] for row in chosen),
            functionals=_chosen(self.functionals, chosen),
            copies=_chosen(self.copies, chosen),
            copied_functionals=_chosen(self.copied_functionals, chosen),
            ratings=_chosen(self.ratings, chosen),
            teacher=_chosen(self.teacher, chosen),
        )

    def as_recorded(self) -> Dataset:
        """Return the clips without their renderings: what a test or a held-out side hears."""
        return replace(self, copies=None, copied_functionals=None, slight_copies=0)

    @property
    def corpora(self) -> NDArray[np.str_]:
        """The corpus of each clip, shape (clips,)."""
        return np.array([clip.corpus for clip in self.clips])

    @property
    def groups(self) -> NDArray[np.str_]:
        """What is held out together within a training side: speakers, or texts where there is but one speaker.

        A clip whose text nobody knows stands for itself.
        """
        one = len(np.unique(self.speakers)) == 1
        return np.array([clip.text or clip.name for clip in self.clips]) if one else self.speakers

    def digest(self) -> str:
        """Return a checksum of all that a learner sees, and of the texts, by which ``groups`` may hold clips out."""
        content = hashlib.sha256()
        for values in self._arrays():
            content.update(repr(values.shape).encode())  # frames of other clips could have the same bytes in a row
            content.update(np.ascontiguousarray(values).data)
        clips = (f"{clip.name}\t{clip.text}" for clip in self.clips)
        if self.slight_copies:
            content.update(f"{self.slight_copies} slight".encode())
        content.update("\n".join([*self.classes, *self.speakers, *clips]).encode())
        return content.hexdigest()

    def _arrays(self) -> Iterator[NDArray[Any]]:
        heard = (self.features, self.truth, self.functionals, self.copies, self.copied_functionals)
        beside = (self.ratings, self.teacher)
        given: list[NDArray[Any]] = [values for values in (*heard, *beside) if values is not None]
        for values in given:
            yield from values.ravel() if values.dtype == np.object_ else (values,)


def _chosen(values: NDArray[Any] | None, rows: list[int]) -> NDArray[Any] | None:
    return None if values is None else values[rows]


def ragged(arrays: Sequence[Array]) -> Ragged:
    """Return an array of arrays, shape (len(arrays),)."""
    rows = np.empty(len(arrays), dtype=object)
    for row, values in enumerate(arrays):  # one by one: numpy would stack those of equal shapes
        rows[row] = values
    return rows


def build_dataset(
    clips: Sequence[Utterance],
    classes: Sequence[str],
    options: FeatureOptions,
    jobs: int,
    progress: Progress,
    cache: Path | None = None,
) -> Dataset:
    """Compute the features of every clip in ``jobs`` processes, or take them from the folder ``cache``."""
    keys = [clip_key(clip) for clip in clips]
    keyed = dict(zip(keys, clips, strict=True))
    features = of_set("features", options, cache)
    arrays = features.run(keyed, jobs, progress)
    rows = [arrays[key] for key in keys]
    return Dataset(
        ragged(rows) if features.form.frames else np.stack(rows),
        np.array([classes.index(clip.label) for clip in clips]),
        np.array([f"{clip.corpus}/{clip.speaker}" for clip in clips]),
        tuple(classes),
        tuple(clips),
        _functionals(keyed, keys, options, jobs, progress, cache) if options.functionals else None,
    )


def _functionals(
    clips: Clips, keys: Sequence[bytes], options: FeatureOptions, jobs: int, progress: Progress, cache: Path | None
) -> NDArray[np.float32]:
    vectors = of_set("functionals", FeatureOptions(options.functionals), cache).run(clips, jobs, progress)
    return np.stack([vectors[key] for key in keys]).astype(np.float32, copy=False)
