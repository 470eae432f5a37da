"""Measure a recipe under a protocol: train, calibrate and choose on the training side, score the test clips."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from sentisound.bundle import Metric
from sentisound.corpora.audit import Listening, audit
from sentisound.corpora.protocols import Protocol, Split
from sentisound.corpora.registry import corpus
from sentisound.errors import RecipeError
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.copies import with_copies
from sentisound.learning.dataset import Dataset, Progress, build_dataset
from sentisound.learning.evaluation.folds import Fold, Prediction
from sentisound.learning.evaluation.runs import RunFolder, environment
from sentisound.learning.evaluation.summary import summarise, to_metric
from sentisound.learning.recipe import Recipe

PARENT_ASKED_S = 0.5
"""How often a worker looks whether the process that started it is still there."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are and how many processes may run."""

    corpora: Path
    """Folder that holds the corpora, one folder each by its name."""
    cache: Path | None
    """Folder of the feature cache; None for none."""
    jobs: int


@dataclass(frozen=True, slots=True)
class Task:
    """A recipe's data under a protocol."""

    protocol: Protocol
    data: Dataset
    splits: list[Split]
    audit: str
    """The verdict on the splits."""


def prepare(recipe: Recipe, protocol: Protocol, places: Places, progress: Progress, *, by_sound: bool = False) -> Task:
    """Read a protocol's clips, audit its splits and compute the features.

    A protocol that names no corpora takes the recipe's. ``by_sound`` has the audit compare the recordings too.

    Raises
    ------
    CorpusError, FeatureError
    LeakFound
        When a split leaks and the protocol is not marked speaker-dependent.
    RecipeError
        When the features are no vectors, or the recipe copies clips before the split and the protocol is not marked
        speaker-dependent.
    """
    vector_set(recipe)
    copies = recipe.data.noise_copies_before_split
    if copies and protocol.speaker_independent:
        raise RecipeError(
            f"{recipe.name} makes copies before the split: a leak, which only a speaker-dependent protocol "
            f"(random80, random5) may show, not {protocol.name}"
        )
    names = protocol.corpora or tuple(recipe.data.corpora)
    clips = [clip for name in names for clip in corpus(name).read(places.corpora / name)]
    classes = protocol.labels(clips)
    kept = with_copies([clip for clip in clips if clip.label in classes], copies)
    splits = protocol.splits(kept)
    found = audit(kept, splits, audio=by_sound, listening=Listening(places.jobs, places.cache, progress))
    if protocol.speaker_independent:
        found.refuse()
    data = build_dataset(kept, classes, recipe.features, places.jobs, progress, places.cache)
    return Task(protocol, data, splits, found.verdict)


def vector_set(recipe: Recipe) -> FeatureSet:
    """Return the recipe's feature set.

    Raises
    ------
    RecipeError
        When it gives frames: classical learners take one vector an utterance.
    """
    features = feature_set(recipe.features.set, recipe.features.parameters)
    if features.kind != "vector":
        raise RecipeError(f"{recipe.model.name} learns from vectors; {features.name} gives frames")
    return features


def per_speaker(data: Dataset) -> Dataset:
    """Standardise each feature over the clips of each speaker: "speaker-adaptive".

    It takes no label, yet many clips of the very speaker who is tested, so that its figures stand apart.
    """
    features = np.empty_like(data.features)
    for speaker in np.unique(data.speakers):
        own = data.speakers == speaker
        spread = data.features[own].std(axis=0)
        features[own] = (data.features[own] - data.features[own].mean(axis=0)) / np.where(spread > 0, spread, 1)
    return replace(data, features=features)


def predictions(
    recipe: Recipe, task: Task, seeds: Sequence[int], jobs: int, progress: Progress, run: RunFolder | None = None
) -> list[Prediction]:
    """Return the prediction of every seed and fold, in that order; in ``jobs`` processes.

    With a run folder, folds that are kept there are taken from it, and each is kept as soon as it is finished.
    """
    basis, name = f"{task.data.digest()} {sorted(environment().items())}", task.protocol.name
    folds = [(number, Fold(split, seed)) for seed in seeds for number, split in enumerate(task.splits)]
    keyed = [(number, fold, fold.key(recipe, basis)) for number, fold in folds]
    kept = [run.kept(name, number, fold.seed, key) if run else None for number, fold, key in keyed]
    found = {place: prediction for place, prediction in enumerate(kept) if prediction is not None}
    progress(f"protocol {name}", len(found), len(keyed))
    missing = {place: (fold, key) for place, (_, fold, key) in enumerate(keyed) if place not in found}
    for place, prediction in _computed(recipe, task.data, missing, jobs):
        if run:
            run.keep(name, keyed[place][0], prediction)
        found[place] = prediction
        progress(f"protocol {name}", len(found), len(keyed))
    return [found[place] for place in range(len(keyed))]


def _computed(
    recipe: Recipe, data: Dataset, folds: Mapping[int, tuple[Fold, str]], jobs: int
) -> Iterator[tuple[int, Prediction]]:
    """Yield each fold's place and prediction as soon as it is there."""
    with ProcessPoolExecutor(jobs, initializer=_take, initargs=(data,)) as pool:
        waiting = {pool.submit(_run, fold, recipe, key): place for place, (fold, key) in folds.items()}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


_TAKEN: list[Dataset] = []  # in a worker process: the data of its pool, sent once and not with every fold


def _take(data: Dataset) -> None:
    _TAKEN[:] = [data]
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    threadpool_limits(1)  # folds share the cores; threads of theirs would wait for each other, up to 30 times as long


def _leave_with(parent: int) -> None:
    """End this process once its parent is gone: a pool's workers would outlive one that was killed, and wait."""
    while os.getppid() == parent:
        time.sleep(PARENT_ASKED_S)
    os._exit(1)


def _run(fold: Fold, recipe: Recipe, key: str) -> Prediction:
    return fold.run(recipe, _TAKEN[0], key)


def measure(recipe: Recipe, protocol: Protocol, places: Places, progress: Progress) -> Metric:
    """Return what the recipe comes to under a protocol, in the form that a bundle keeps."""
    task = prepare(recipe, protocol, places, progress)
    found = predictions(recipe, task, recipe.evaluation.seeds, places.jobs, progress)
    return to_metric(summarise(protocol, found))
