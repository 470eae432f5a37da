"""Training: a recipe and a folder of corpora become a measured, calibrated bundle."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import Bundle, Calibration, Card, FeatureSpec, Golden, Training, golden_waveform, write_bundle
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.protocols import protocol
from sentisound.corpora.registry import corpus
from sentisound.emotions import EMOTIONS
from sentisound.errors import RecipeError
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.calibrate import fit_temperature, fit_threshold
from sentisound.learning.crossval import held_out_logits, logits_of
from sentisound.learning.dataset import Dataset, Progress, build_dataset
from sentisound.learning.evaluation.protocols import Build, measure
from sentisound.learning.export import check_parity, pipeline_to_onnx
from sentisound.learning.models.classical import build
from sentisound.learning.recipe import Recipe

INTENDED_USE = (
    "Tells which emotion an utterance sounds like, for research, for tools that people use on their own voice, and for "
    "statistics over many recordings of people who agreed to it."
)
LIMITS = (
    "Learned from acted speech of few speakers; emotion in daily life is weaker and mixed, and other languages, ages "
    "and microphones lower the figures. It hears how something sounds, not what a person feels. Not for medical use, "
    "lie detection, or decisions about people."
)


def train(recipe: Recipe, corpora: Path, out: Path, *, jobs: int, progress: Progress) -> Bundle:
    """Train a recipe's model, measure it under its protocols and write its bundle to ``out``.

    Parameters
    ----------
    recipe : Recipe
    corpora : Path
        Folder that holds the corpora, one folder each by its name.
    out : Path
        The bundle's folder; a bundle already there is replaced once the new one is complete.
    jobs : int
        Processes that compute features.
    progress : callable
        Called with (step, done, total).

    Raises
    ------
    CorpusError, RecipeError, FeatureError
    """
    features = _vector_set(recipe)
    clips = [clip for name in recipe.data.corpora for clip in corpus(name).read(corpora / name)]
    classes = [label for label in EMOTIONS if any(clip.label == label for clip in clips)]
    data = build_dataset(clips, classes, recipe.features, jobs, progress)
    learner = partial(build, recipe.model.name, recipe.model.parameters)
    metrics = [
        measure(learner, data, protocol(name), recipe.evaluation.seeds, recipe.calibration, progress)
        for name in recipe.evaluation.protocols
    ]
    calibration = _calibrate(recipe, learner, data, progress)
    model = learner(recipe.seed)
    model.fit(data.features, data.truth)
    graph = pipeline_to_onnx(model, features.size, len(classes))
    check_parity(graph, data.features, logits_of(model, data.features))
    golden = features.extract(golden_waveform(RATE_HZ))
    card = Card(
        format=1,
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        created=datetime.now(UTC).date().isoformat(),
        labels=classes,
        rate_hz=RATE_HZ,
        features=FeatureSpec(recipe.features.set, features.version, features.size, recipe.features.parameters),
        calibration=calibration,
        training=_provenance(recipe, clips),
        licence=" and ".join(sorted({corpus(name).licence for name in recipe.data.corpora})),
        intended_use=INTENDED_USE,
        limits=LIMITS,
        metrics=metrics,
        golden=Golden(golden.ravel().tolist(), logits_of(model, golden[np.newaxis])[0].tolist()),
        files={},
    )
    return write_bundle(out, card, graph)


def _vector_set(recipe: Recipe) -> FeatureSet:
    features = feature_set(recipe.features.set, recipe.features.parameters)
    if features.kind != "vector":
        raise RecipeError(f"{recipe.model.name} learns from vectors; {features.name} gives frames")
    return features


def _calibrate(recipe: Recipe, learner: Build, data: Dataset, progress: Progress) -> Calibration:
    options = recipe.calibration
    logits = held_out_logits(lambda: learner(recipe.seed), data.features, data.truth, data.speakers, options.groups)
    progress("calibration", 1, 1)
    temperature = fit_temperature(logits, data.truth)
    return Calibration(
        temperature=temperature,
        threshold=fit_threshold(logits, data.truth, temperature, options.selective_risk),
        selective_risk=options.selective_risk,
        fitted_on=f"{options.groups} groups of held-out speakers",
    )


def _provenance(recipe: Recipe, clips: list[Utterance]) -> Training:
    parameters = ", ".join(f"{name} {value}" for name, value in recipe.model.parameters.items())
    learner = recipe.model.name.replace("_", " ")
    return Training(
        corpora=[corpus(name).title for name in recipe.data.corpora],
        languages=sorted({corpus(name).language for name in recipe.data.corpora}),
        speakers=len({(clip.corpus, clip.speaker) for clip in clips}),
        clips=len(clips),
        model=f"{learner} ({parameters})" if parameters else learner,
        scaler="StandardScaler",
        recipe=recipe.name,
        seed=recipe.seed,
    )
