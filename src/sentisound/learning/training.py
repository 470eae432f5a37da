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
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.dataset import Progress
from sentisound.learning.evaluation.protocols import measure
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.learner import Desk, Learned, check, is_network, learn
from sentisound.learning.networks.material import build_material, recipe_features
from sentisound.learning.places import Places
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
        The bundle's folder; a bundle already there is replaced once the new one is complete. What a network has to
        keep while it trains is beside it, in ``OUT-training``: the same call goes on from there after a kill.
    progress : callable
        Called with (step, done, total).

    Raises
    ------
    CorpusError, RecipeError, FeatureError
    """
    if recipe.data.noise_copies_before_split:
        raise RecipeError(f"{recipe.name} makes copies before the split: a leak to be measured, not to be published")
    features = recipe_features(recipe)
    run = RunFolder(out.with_name(f"{out.name}-training")) if is_network(recipe) else None
    metrics = [measure(recipe, protocol(name), places, progress, run) for name in recipe.evaluation.protocols]
    clips = [clip for name in recipe.data.corpora for clip in corpus(name).read(places.corpora / name)]
    classes = [label for label in EMOTIONS if any(clip.label == label for clip in clips)]
    check(recipe, len(classes))
    data = build_material(recipe, clips, classes, places, progress)
    kept = run.training("bundle", 0, recipe.seed) if run else None
    learned = learn(recipe, data, recipe.seed, Desk(kept, progress, teacher=places.teacher, threads=places.jobs))
    graph = learned.model.graph(data)
    beside = feature_set(recipe.features.functionals) if recipe.features.functionals else None
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
        golden=_golden(graph, features, beside),
        files={},
        functionals=FeatureSpec(beside.name, beside.version, beside.size) if beside else None,
    )
    return write_bundle(out, card, graph)


def _calibration(recipe: Recipe, choice: Choice) -> Calibration:
    groups = recipe.calibration.groups
    each = (
        f"one of {groups} groups of held-out speakers"
        if is_network(recipe)
        else f"{groups} groups of held-out speakers"
    )
    return Calibration(
        temperature=choice.temperature,
        threshold=choice.threshold,
        selective_risk=recipe.calibration.selective_risk,
        fitted_on=each,
    )


def _golden(graph: bytes, features: FeatureSet, beside: FeatureSet | None) -> Golden:
    heard = features.extract(golden_waveform(RATE_HZ))
    described = beside.extract(golden_waveform(RATE_HZ)) if beside else np.zeros(0, dtype=np.float32)
    inputs = {"features": heard[np.newaxis]} | ({"functionals": described[np.newaxis]} if beside else {})
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], inputs)[0][0]
    return Golden(heard.ravel().tolist(), logits.tolist(), described.tolist())


def _provenance(recipe: Recipe, clips: list[Utterance], learned: Learned) -> Training:
    parameters = ", ".join(f"{name} {value}" for name, value in learned.choice.parameters.items())
    learner = recipe.model.name.replace("_", " ")
    beside = (
        "; learned beside the labels from BYOL-S embeddings" if is_network(recipe) and recipe.training.teacher else ""
    )
    return Training(
        corpora=[corpus(name).title for name in recipe.data.corpora],
        languages=sorted({clip.language for clip in clips}),
        speakers=len({(clip.corpus, clip.speaker) for clip in clips}),
        clips=len(clips),
        model=(f"{learner} ({parameters})" if parameters else learner) + beside,
        scaler=learned.model.describe(),
        recipe=recipe.name,
        seed=recipe.seed,
    )
