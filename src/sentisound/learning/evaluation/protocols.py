"""Measure a recipe under a protocol: train, calibrate and choose on the training side, score the test clips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sentisound.card import Metric
from sentisound.corpora.audit import Listening, audit
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.protocols import Protocol, Split
from sentisound.emotions import EMOTIONS
from sentisound.errors import RecipeError
from sentisound.learning.base import read_base
from sentisound.learning.copies import with_copies
from sentisound.learning.dataset import Dataset, Progress
from sentisound.learning.evaluation.conditions import CONDITIONS
from sentisound.learning.evaluation.folds import Asked, Fold, Prediction
from sentisound.learning.evaluation.hearing import hear_under
from sentisound.learning.evaluation.runs import RunFolder, environment
from sentisound.learning.evaluation.summary import summarise, to_metric
from sentisound.learning.evaluation.voices import Voices, voices_of
from sentisound.learning.evaluation.workers import Errand, computed
from sentisound.learning.learner import Desk, check, is_network, prepare as prepare_learner
from sentisound.learning.networks.material import build_material, recipe_features
from sentisound.learning.own_data import located, read_clips
from sentisound.learning.places import Places
from sentisound.learning.recipe import Recipe

__all__ = ["Places", "Task", "measure", "per_speaker", "pooled", "predictions", "prepare", "tested_voices"]


@dataclass(frozen=True, slots=True)
class Task:
    """A recipe's data under a protocol."""

    protocol: Protocol
    data: Dataset
    splits: list[Split]
    labels: tuple[str, ...]
    """The classes that compete on the test sides."""
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
        When the learner does not take the features, or the recipe copies clips before the split and the protocol is
        not marked speaker-dependent.
    """
    recipe_features(recipe)
    copies = recipe.data.noise_copies_before_split
    if copies and protocol.speaker_independent:
        raise RecipeError(
            f"{recipe.name} makes copies before the split: a leak, which only a speaker-dependent protocol "
            f"(random80, random5) may show, not {protocol.name}"
        )
    clips = read_clips(located(_corpora(recipe, protocol), places))
    labels = protocol.labels(clips)
    kept = with_copies([clip for clip in clips if recipe.data.pooled or clip.label in labels], copies)
    splits = protocol.splits(kept)
    if recipe.data.pooled:
        splits = [pooled(split, kept) for split in splits]
    found = audit(kept, splits, audio=by_sound, listening=Listening(places.jobs, places.cache, progress))
    if protocol.speaker_independent:
        found.refuse()
    classes = [label for label in EMOTIONS if any(clip.label == label for clip in kept)]
    check(recipe, len(classes))
    data = build_material(recipe, kept, classes, places, progress)
    return Task(protocol, data, splits, labels, found.verdict)


def _corpora(recipe: Recipe, protocol: Protocol) -> tuple[str, ...]:
    named, own = protocol.corpora, tuple(recipe.data.corpora)
    more = tuple(name for name in own if name not in named) if recipe.data.pooled else ()
    return named + more if named else own


def pooled(split: Split, clips: Sequence[Utterance]) -> Split:
    """Return the split with every clip of the corpora that it does not test on its training side."""
    tested = {clips[i].corpus for i in split.test}
    train = set(split.train) | {i for i, clip in enumerate(clips) if clip.corpus not in tested}
    return Split(split.name, tuple(sorted(train)), split.test)


def per_speaker(data: Dataset) -> Dataset:
    """Standardise each feature over the clips of each speaker: "speaker-adaptive".

    It takes no label, yet many clips of the very speaker who is tested, so that its figures stand apart.

    Raises
    ------
    RecipeError
        When clips have frames.
    """
    if data.has_frames:
        raise RecipeError("features are standardised per speaker where they are vectors; these are frames")
    features = np.empty_like(data.features)
    for speaker in np.unique(data.speakers):
        own = data.speakers == speaker
        spread = data.features[own].std(axis=0)
        features[own] = (data.features[own] - data.features[own].mean(axis=0)) / np.where(spread > 0, spread, 1)
    return replace(data, features=features)


def predictions(
    recipe: Recipe,
    task: Task,
    seeds: Sequence[int],
    places: Places,
    progress: Progress,
    run: RunFolder | None = None,
    conditions: Sequence[str] = (),
) -> list[Prediction]:
    """Return the prediction of every seed and fold, in that order; in ``places.jobs`` processes.

    With a run folder, folds that are kept there are taken from it, and each is kept as soon as it is finished; a
    network keeps its checkpoints there. Each fold's model is also asked under the ``conditions``; a fold that was kept
    without them is run again.
    """
    basis = f"{task.data.digest()} {sorted(environment(networks=is_network(recipe)).items())}{_start(recipe, places)}"
    name = task.protocol.name
    folds = [(number, Fold(split, seed)) for seed in seeds for number, split in enumerate(task.splits)]
    keyed = [(number, fold, fold.key(recipe, basis)) for number, fold in folds]
    kept = [run.kept(name, number, fold.seed, key, conditions) if run else None for number, fold, key in keyed]
    found = {place: prediction for place, prediction in enumerate(kept) if prediction is not None}
    progress(f"protocol {name}", len(found), len(keyed))
    asked = Asked(tuple(conditions), places.cache)
    missing = {
        place: Errand(fold, recipe, key, task.labels, _desk(task, places, run, number, fold), asked)
        for place, (number, fold, key) in enumerate(keyed)
        if place not in found
    }
    if places.cache and conditions and missing:
        tested = {clip for errand in missing.values() for clip in errand.fold.split.test}
        hear_under(conditions, task.data.part(sorted(tested)), recipe.features, places.jobs, progress, places.cache)
    if places.cache:
        _prepare(recipe, task, missing.values(), places, progress)
    for place, prediction in computed(missing, task.data, places.jobs):
        if run:
            run.keep(name, keyed[place][0], prediction)
        found[place] = prediction
        progress(f"protocol {name}", len(found), len(keyed))
    return [found[place] for place in range(len(keyed))]


def _desk(task: Task, places: Places, run: RunFolder | None, number: int, fold: Fold) -> Desk:
    folder = run.training(task.protocol.name, number, fold.seed) if run else None
    return Desk(
        folder, aims=_tested(task, fold.split), teacher=places.teacher, base=places.base, general=_general(places)
    )


def _tested(task: Task, split: Split) -> tuple[str, ...]:
    return tuple(sorted({task.data.clips[row].corpus for row in split.test}))


def _general(places: Places) -> Path | None:
    return places.cache / "general" if places.cache else None


def _prepare(recipe: Recipe, task: Task, errands: Iterable[Errand], places: Places, progress: Progress) -> None:
    """Do what folds share before they run, with all cores: each would do it by itself otherwise."""
    distinct: dict[frozenset[int], Errand] = {}
    for errand in errands:
        split, aims = errand.fold.split, errand.desk.aims
        shared = frozenset(row for row in split.train if task.data.clips[row].corpus not in aims)
        if 0 < len(shared) < len(split.train):
            distinct.setdefault(shared, errand)
    for errand in distinct.values():
        desk = replace(errand.desk, folder=None, progress=progress, threads=places.jobs)
        prepare_learner(recipe, task.data.part(errand.fold.split.train), desk)


def _start(recipe: Recipe, places: Places) -> str:
    """Return what tells the weights that networks start from; nothing where they start from none."""
    return f" {read_base(places.base, recipe).sha256}" if places.base else ""


def measure(
    recipe: Recipe, protocol: Protocol, places: Places, progress: Progress, run: RunFolder | None = None
) -> Metric:
    """Return what the recipe comes to under a protocol, in the form that a bundle keeps; a run folder keeps folds.

    Robustness and fairness are in it where the recipe asks for them.
    """
    task = prepare(recipe, protocol, places, progress)
    conditions = tuple(CONDITIONS) if recipe.evaluation.robustness else ()
    found = predictions(recipe, task, recipe.evaluation.seeds, places, progress, run, conditions)
    voices = tested_voices(task, places, progress) if recipe.evaluation.fairness else None
    return to_metric(summarise(protocol, found, voices))


def tested_voices(task: Task, places: Places, progress: Progress) -> Voices:
    """Return who speaks the clips that are tested."""
    tested = sorted({row for split in task.splits for row in split.test})
    return voices_of([task.data.clips[row] for row in tested], places.jobs, progress, places.cache)
