"""Training: a recipe and a folder of corpora become a measured, calibrated bundle."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnxruntime as ort

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import Bundle, Calibration, Card, FeatureSpec, Golden, Training, golden_waveform, write_bundle
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.protocols import protocol
from sentisound.corpora.registry import corpus
from sentisound.emotions import EMOTIONS
from sentisound.errors import RecipeError
from sentisound.features.sets import FeatureSet
from sentisound.learning.dataset import Progress, build_dataset
from sentisound.learning.evaluation.protocols import Places, measure, vector_set
from sentisound.learning.learner import Desk, Learned, learn
from sentisound.learning.recipe import Recipe
from sentisound.learning.search import Choice

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
    learned = learn(recipe, data, recipe.seed, Desk(progress=progress, teacher=places.teacher))
    graph = learned.model.graph(data)
    card = Card(
        format=1,
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        created=datetime.now(UTC).date().isoformat(),
        labels=classes,
        rate_hz=RATE_HZ,
        features=FeatureSpec(recipe.features.set, features.version, features.size, recipe.features.parameters),
        calibration=_calibration(recipe, learned.choice),
        training=_provenance(recipe, clips, learned),
        licence=" and ".join(sorted({corpus(name).licence for name in recipe.data.corpora})),
        intended_use=INTENDED_USE,
        limits=LIMITS,
        metrics=metrics,
        golden=_golden(graph, features),
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


def _golden(graph: bytes, features: FeatureSet) -> Golden:
    heard = features.extract(golden_waveform(RATE_HZ))
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"features": heard[np.newaxis]})[0][0]
    return Golden(heard.ravel().tolist(), logits.tolist())


def _provenance(recipe: Recipe, clips: list[Utterance], learned: Learned) -> Training:
    parameters = ", ".join(f"{name} {value}" for name, value in learned.choice.parameters.items())
    learner = recipe.model.name.replace("_", " ")
    return Training(
        corpora=[corpus(name).title for name in recipe.data.corpora],
        languages=sorted({clip.language for clip in clips}),
        speakers=len({(clip.corpus, clip.speaker) for clip in clips}),
        clips=len(clips),
        model=f"{learner} ({parameters})" if parameters else learner,
        scaler=learned.model.describe(),
        recipe=recipe.name,
        seed=recipe.seed,
    )
