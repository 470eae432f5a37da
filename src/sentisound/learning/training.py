"""Training: a recipe and a folder of corpora become a measured, calibrated bundle."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import Bundle, Calibration, Card, FeatureSpec, Golden, Training, golden_waveform, write_bundle
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.protocols import protocol
from sentisound.corpora.registry import corpus
from sentisound.emotions import EMOTIONS
from sentisound.errors import RecipeError
from sentisound.learning.crossval import logits_of
from sentisound.learning.dataset import Progress, build_dataset
from sentisound.learning.evaluation.protocols import Places, measure, vector_set
from sentisound.learning.export import check_parity, pipeline_to_onnx
from sentisound.learning.models.classical import build
from sentisound.learning.recipe import Recipe
from sentisound.learning.search import Choice, choose

INTENDED_USE = (
    "Tells which emotion an utterance sounds like, for research, for tools that people use on their own voice, and for "
    "statistics over many recordings of people who agreed to it."
)
LIMITS = (
    "Learned from acted speech of few speakers; emotion in daily life is weaker and mixed, and other languages, ages "
    "and microphones lower the figures. It hears how something sounds, not what a person feels. Not for medical use, "
    "lie detection, or decisions about people."
)


def train(recipe: Recipe, places: Places, out: Path, progress: Progress) -> Bundle:
    """Train a recipe's model, measure it under its protocols and write its bundle to ``out``.

    Parameters
    ----------
    recipe : Recipe
    places : Places
        Where the corpora and the feature cache are, and how many processes may run.
    out : Path
        The bundle's folder; a bundle already there is replaced once the new one is complete.
    progress : callable
        Called with (step, done, total).

    Raises
    ------
    CorpusError, RecipeError, FeatureError
    """
    if recipe.data.noise_copies_before_split:
        raise RecipeError(f"{recipe.name} makes copies before the split: a leak to be measured, not to be published")
    features = vector_set(recipe)
    metrics = [measure(recipe, protocol(name), places, progress) for name in recipe.evaluation.protocols]
    clips = [clip for name in recipe.data.corpora for clip in corpus(name).read(places.corpora / name)]
    classes = [label for label in EMOTIONS if any(clip.label == label for clip in clips)]
    data = build_dataset(clips, classes, recipe.features, places.jobs, progress, places.cache)
    choice = choose(recipe, data, recipe.seed)
    progress("calibration", 1, 1)
    model = build(recipe.model.name, choice.parameters, recipe.seed)
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
        calibration=_calibration(recipe, choice),
        training=_provenance(recipe, clips, choice, model),
        licence=" and ".join(sorted({corpus(name).licence for name in recipe.data.corpora})),
        intended_use=INTENDED_USE,
        limits=LIMITS,
        metrics=metrics,
        golden=Golden(golden.ravel().tolist(), logits_of(model, golden[np.newaxis])[0].tolist()),
        files={},
    )
    return write_bundle(out, card, graph)


def _calibration(recipe: Recipe, choice: Choice) -> Calibration:
    return Calibration(
        temperature=choice.temperature,
        threshold=choice.threshold,
        selective_risk=recipe.calibration.selective_risk,
        fitted_on=f"{recipe.calibration.groups} groups of held-out speakers",
    )


def _provenance(recipe: Recipe, clips: list[Utterance], choice: Choice, model: Pipeline) -> Training:
    parameters = ", ".join(f"{name} {value}" for name, value in choice.parameters.items())
    learner = recipe.model.name.replace("_", " ")
    return Training(
        corpora=[corpus(name).title for name in recipe.data.corpora],
        languages=sorted({clip.language for clip in clips}),
        speakers=len({(clip.corpus, clip.speaker) for clip in clips}),
        clips=len(clips),
        model=f"{learner} ({parameters})" if parameters else learner,
        scaler=next((type(step).__name__ for step in model if type(step).__name__.endswith("Scaler")), "none"),
        recipe=recipe.name,
        seed=recipe.seed,
    )
