"""The material: all that a recipe's learner is given, from the clips of its corpora.

A classical learner is given features. A network may be given more: augmented copies of each clip, what raters heard in
it, and what a teacher makes of it. Copies are made once and cached: of the recording, before speech is looked for, as
serving would meet it in noise. Nothing of another clip enters a copy (babble is made of the clip itself), so that a
copy holds nothing of what may be on the other side of a split.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.emotale import Rating, ratings
from sentisound.errors import RecipeError
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.augmentation.chain import waveform_chain
from sentisound.learning.augmentation.step import Step
from sentisound.learning.cache import Array, Form, store_path
from sentisound.learning.dataset import Dataset, Progress, Ragged, build_dataset, ragged
from sentisound.learning.extraction import SEGMENTATION_VERSION, Extraction, clip_key, recording_of, speech_of
from sentisound.learning.learner import is_network
from sentisound.learning.networks.teacher import DIMENSIONS, read_teacher
from sentisound.learning.places import Places
from sentisound.learning.recipe import AugmentationOptions, FeatureOptions, Recipe

AUGMENTATION_VERSION = 2
"""Grows by one when a transform of waveforms gives another sound for the same draw, or meets the clip elsewhere."""
RATED = {"emotale": ratings}
"""Corpora whose clips were rated by arousal, valence and dominance."""


def recipe_features(recipe: Recipe) -> FeatureSet:
    """Return the recipe's feature set.

    Raises
    ------
    RecipeError
        When it gives frames and the learner takes vectors, or the other way round; when the set beside it gives no
        vectors, or the learner takes none.
    FeatureError
        When there is no such set.
    """
    features = feature_set(recipe.features.set, recipe.features.parameters)
    wanted = "frames" if is_network(recipe) else "vector"
    if features.kind != wanted:
        given = {"vector": "vectors", "frames": "frames"}
        raise RecipeError(f"{recipe.model.name} learns from {given[wanted]}; {features.name} gives {features.kind}")
    beside = recipe.features.functionals
    if beside and (wanted == "vector" or feature_set(beside).kind != "vector"):
        raise RecipeError(f"functionals = {beside!r}: a set of vectors, beside the frames that a network learns from")
    return features


def build_material(
    recipe: Recipe, clips: Sequence[Utterance], classes: Sequence[str], places: Places, progress: Progress
) -> Dataset:
    """Compute what the recipe's learner is given of every clip, or take it from the cache.

    Raises
    ------
    RecipeError
        When a step of augmentation cannot be built, or the recipe learns from a teacher and there is none.
    CorpusNotFound
        When the recipe learns from ratings and a corpus's table of them is missing.
    """
    for steps in (recipe.augmentation.waveform, recipe.augmentation.slight or ()):
        waveform_chain(steps)
    data = build_dataset(clips, classes, recipe.features, places.jobs, progress, places.cache)
    if not is_network(recipe):
        return data
    return replace(
        data,
        copies=_copies(recipe, clips, places, progress),
        copied_functionals=_copied_functionals(recipe, clips, places, progress),
        slight_copies=sum(copy.slight for copy in _all_copies(recipe.augmentation)),
        ratings=clip_ratings(clips, places.corpora) if recipe.training.ratings else None,
        teacher=_taught(recipe, clips, places, progress),
    )


def rendering(options: FeatureOptions, steps: Sequence[Step], number: int, clip: Utterance, key: bytes) -> Array:
    """Return the features of the speech in one augmented copy; the clip's content and ``number`` seed what is drawn."""
    recording = recording_of(clip, key)
    chain = waveform_chain(steps)
    samples = chain.apply(recording.samples, recording.rate_hz, np.random.default_rng([*key, number]))
    return feature_set(options.set, options.parameters).extract(speech_of(replace(recording, samples=samples)))


def _copies(recipe: Recipe, clips: Sequence[Utterance], places: Places, progress: Progress) -> Ragged | None:
    columns = [
        ragged(_in_order(_rendered("copies", recipe.features, copy, places), clips, places, progress))
        for copy in _all_copies(recipe.augmentation)
    ]
    return np.stack(columns, axis=1) if columns else None


def _copied_functionals(
    recipe: Recipe, clips: Sequence[Utterance], places: Places, progress: Progress
) -> NDArray[np.float32] | None:
    beside = FeatureOptions(recipe.features.functionals)
    columns = [
        np.stack(_in_order(_rendered("functionals of copies", beside, copy, places), clips, places, progress))
        for copy in (_all_copies(recipe.augmentation) if beside.set else ())
    ]
    return np.stack(columns, axis=1).astype(np.float32, copy=False) if columns else None


@dataclass(frozen=True, slots=True)
class _Copy:
    """One rendering of every clip."""

    slight: bool
    number: int
    """Of its kind, from 1."""
    steps: Sequence[Step]


def _all_copies(options: AugmentationOptions) -> list[_Copy]:
    """Return the renderings in the order of a dataset's columns: the slight ones last."""
    kinds = ((False, options.copies, options.waveform), (True, options.slight_copies or 0, options.slight))
    return [_Copy(slight, n, steps) for slight, count, steps in kinds if steps for n in range(1, count + 1)]


def _rendered(step: str, options: FeatureOptions, copy: _Copy, places: Places) -> Extraction:
    features = feature_set(options.set, options.parameters)
    steps = [asdict(step) for step in copy.steps]
    chain = json.dumps([AUGMENTATION_VERSION, copy.number, steps], sort_keys=True)
    return Extraction(
        f"{'slight ' * copy.slight}{step} {copy.number}",
        partial(rendering, options, copy.steps, copy.number),
        Form.of(features),
        store_path(places.cache, features, options.parameters, SEGMENTATION_VERSION, chain) if places.cache else None,
    )


def _in_order(extraction: Extraction, clips: Sequence[Utterance], places: Places, progress: Progress) -> list[Array]:
    keys = [clip_key(clip) for clip in clips]
    arrays = extraction.run(dict(zip(keys, clips, strict=True)), places.jobs, progress)
    return [arrays[key] for key in keys]


def clip_ratings(clips: Sequence[Utterance], corpora: Path) -> NDArray[np.float32]:
    """Return arousal, valence and dominance of each clip, 1..5 brought to -1..1, shape (clips, 3); NaN without."""
    rated = {name: read(corpora / name) for name, read in RATED.items() if any(clip.corpus == name for clip in clips)}
    return np.array([_rating(rated.get(clip.corpus, {}), clip.name) for clip in clips], dtype=np.float32)


def _rating(rated: Mapping[str, Rating], name: str) -> list[float]:
    if name not in rated:
        return [np.nan] * 3
    heard = rated[name]
    return [(value - 3) / 2 for value in (heard.arousal, heard.valence, heard.dominance)]


def teacher_embedding(path: Path, clip: Utterance, key: bytes) -> Array:
    """Return what the encoder of a file makes of a clip's speech, shape (dimensions,)."""
    return read_teacher(path).embedding(speech_of(recording_of(clip, key)))


def _taught(
    recipe: Recipe, clips: Sequence[Utterance], places: Places, progress: Progress
) -> NDArray[np.float32] | None:
    if not recipe.training.teacher:
        return None
    if places.teacher is None:
        raise RecipeError(f"{recipe.name} learns from a teacher: say where its file is (--teacher FILE)")
    read_teacher(places.teacher)
    content = hashlib.sha256(places.teacher.read_bytes()).hexdigest()[:8]
    name = f"teacher-{content}-s{SEGMENTATION_VERSION}.sqlite"
    store = places.cache / "features" / name if places.cache else None
    extraction = Extraction("teacher", partial(teacher_embedding, places.teacher), Form(DIMENSIONS), store)
    return np.stack(_in_order(extraction, clips, places, progress)).astype(np.float32, copy=False)
