"""Training: a recipe and a folder of corpora become a measured, calibrated bundle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import WEIGHTS_FILE, Bundle, golden_waveform, write_bundle
from sentisound.card import Base, Calibration, Card, FeatureSpec, Golden, Metric, NetworkSpec, Training
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.locate import Located
from sentisound.corpora.protocols import protocol
from sentisound.corpora.registry import CORPORA
from sentisound.emotions import EMOTIONS
from sentisound.errors import BadRun, MissingExtra, RecipeError
from sentisound.features.sets import FeatureSet, feature_set
from sentisound.learning.base import heard_before, read_base
from sentisound.learning.bench import Plan, evaluate
from sentisound.learning.dataset import Progress
from sentisound.learning.evaluation.conditions import CONDITIONS
from sentisound.learning.evaluation.protocols import measure
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.evaluation.summary import metric_of, to_metric
from sentisound.learning.learner import Desk, Learned, check, is_network, learn
from sentisound.learning.networks.material import build_material, recipe_features
from sentisound.learning.own_data import located, read_clips
from sentisound.learning.places import Places
from sentisound.learning.recipe import Recipe
from sentisound.learning.search import Choice
from sentisound.learning.weights import pack
from sentisound.onnx_runtime import onnxruntime as ort

INTENDED_USE = (
    "Tells which emotion an utterance sounds like, for research, for tools that people use on their own voice, and for "
    "statistics over many recordings of people who agreed to it."
)
NOT_HEARD = (
    "It hears how something sounds, not what a person feels. Not for medical use, lie detection, or decisions about "
    "people, at work, at school or anywhere else."
)
LIMITS = (
    "Learned from acted speech, mostly English, of few speakers in quiet rooms; emotion in daily life is weaker and "
    f"mixed, and other languages, ages and microphones lower the figures. {NOT_HEARD}"
)
OWN_LIMITS = (
    "Learned from recordings of its maker's own; for other people, languages, rooms and microphones the figures are no "
    f"promise. {NOT_HEARD}"
)
LEARNED_BY = ("data", "features", "model", "augmentation", "training", "general", "calibration", "search")
"""The parts of a recipe on which a model depends."""
BUNDLE_ONLY = ("open", "ships")
"""Options of ``data`` that mean nothing under a protocol."""
UNDETERMINED = "und"
"""What ISO 639 calls a language that nobody states."""


def train(recipe: Recipe, places: Places, out: Path, progress: Progress, runs: Sequence[RunFolder] = ()) -> Bundle:
    """Train a recipe's model, measure it under its protocols and write its bundle to ``out``.

    Parameters
    ----------
    recipe : Recipe
        For a table of own clips as ``for_table`` gives it.
    places : Places
        Where the corpora and the feature cache are, and how many processes may run; with a manifest its clips are
        learned from, with a base networks start from its weights.
    out : Path
        The bundle's folder; a bundle already there is replaced once the new one is complete. What a network has to
        keep while it trains is beside it, in ``OUT-training``: the same call goes on from there after a kill. The
        report on own clips is there too.
    progress : callable
        Called with (step, done, total).
    runs : sequence of RunFolder
        Finished runs of this recipe whose figures the card takes; without any it is measured here.

    Raises
    ------
    BadRun
        When a run is not finished, or is of another recipe.
    CorpusError, RecipeError, FeatureError, BundleError
    """
    if recipe.data.noise_copies_before_split:
        raise RecipeError(f"{recipe.name} makes copies before the split: a leak to be measured, not to be published")
    recipe_features(recipe)
    base = read_base(places.base, recipe) if places.base else None
    sources = located(recipe.data.corpora, places)
    clips = [clip for clip in read_clips(sources) if clip.label in (recipe.data.ships or EMOTIONS)]
    classes = [label for label in EMOTIONS if any(clip.label == label for clip in clips)]
    check(recipe, len(classes))
    taken = [metric for one in runs for metric in measured_by(one, recipe)]
    note = heard_before(base.provenance, clips) if base else ""
    run = run_folder(out) if is_network(recipe) or places.manifest else None
    metrics = taken or _measured(recipe, places, run, note, progress)
    data = build_material(recipe, clips, classes, places, progress)
    kept = run.training("bundle", 0, recipe.seed) if run else None
    desk = Desk(kept, progress, teacher=places.teacher, base=places.base, threads=places.jobs)
    learned = learn(_for_any_sound(recipe), data, recipe.seed, desk)
    graph = learned.model.graph(data)
    start = base.provenance if base else None
    weights = learned.model.weights()
    card = _card(
        recipe, learned, graph, Origin(sources, clips, classes, start, note), metrics, trainable=weights is not None
    )
    return write_bundle(out, card, graph, {WEIGHTS_FILE: pack(weights)} if weights else {})


def _for_any_sound(recipe: Recipe) -> Recipe:
    """Return the recipe as the bundle's own training takes it, which knows no corpus at its work."""
    return replace(recipe, training=replace(recipe.training, open=True)) if recipe.data.open else recipe


def run_folder(out: Path) -> RunFolder:
    """Return where the training of a bundle keeps what it needs, and its report."""
    return RunFolder(out.with_name(f"{out.name}-training"))


def measured_by(run: RunFolder, recipe: Recipe) -> list[Metric]:
    """Return the figures of a finished run, for the card of a model of the same recipe.

    Raises
    ------
    BadRun
        When it is not finished, or the recipes differ in what is learned or how.
    """
    kept, ours = _stated(run.config().recipe), _stated(json.loads(json.dumps(asdict(recipe))))
    for part in LEARNED_BY:
        if kept[part] != ours[part]:
            raise BadRun(f"{str(run.path)!r} is of another recipe than {recipe.name}: its [{part}] differs")
    return [metric_of(result) for result in run.results() if not result.adaptive]


def _stated(recipe: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a model depends on, part by part, without options that have no value: a newer version has more."""
    parts = {part: recipe.get(part) or {} for part in LEARNED_BY}
    return {
        part: {name: value for name, value in options.items() if value is not None and name not in BUNDLE_ONLY}
        for part, options in parts.items()
    }


def _measured(recipe: Recipe, places: Places, run: RunFolder | None, note: str, progress: Progress) -> list[Metric]:
    """Return what the recipe comes to; for own clips with the recordings compared, and a report."""
    asked = recipe.evaluation
    if places.manifest is None or run is None:
        return [measure(recipe, protocol(name), places, progress, run) for name in asked.protocols]
    if find_spec("matplotlib") is None:
        raise MissingExtra("the report needs matplotlib: pip install '.[reports]' in a clone")
    plan = Plan(
        recipe,
        tuple(asked.protocols),
        tuple(asked.seeds),
        audit_sound=True,
        conditions=tuple(CONDITIONS) if asked.robustness else (),
        fairness=asked.fairness,
        notes=(note,) if note else (),
    )
    return [to_metric(one.summary) for one in evaluate(plan, places, run.path, progress)]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a model was made from, for its card."""

    sources: Sequence[Located]
    clips: Sequence[Utterance]
    classes: list[str]
    base: Base | None
    note: str
    """What the base means for the figures."""

    @property
    def own(self) -> bool:
        """Whether the clips are of no published corpus."""
        return any(one.corpus.name not in CORPORA or CORPORA[one.corpus.name] != one.corpus for one in self.sources)

    @property
    def licence(self) -> str:
        """The licences of what was learned from, and of the weights that it started from."""
        heard = " and ".join(sorted({one.corpus.licence for one in self.sources}))
        return f"{heard}; its weights started from {self.base.id}: {self.base.licence}" if self.base else heard

    @property
    def limits(self) -> str:
        """What the model cannot do."""
        return f"{OWN_LIMITS if self.own else LIMITS} {self.note}".strip()


def _card(
    recipe: Recipe, learned: Learned, graph: bytes, origin: Origin, metrics: list[Metric], *, trainable: bool
) -> Card:
    features = recipe_features(recipe)
    beside = feature_set(recipe.features.functionals) if recipe.features.functionals else None
    return Card(
        format=1,
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        created=datetime.now(UTC).date().isoformat(),
        labels=origin.classes,
        rate_hz=RATE_HZ,
        features=FeatureSpec(recipe.features.set, features.version, features.size, recipe.features.parameters),
        calibration=_calibration(recipe, learned.choice),
        training=_provenance(recipe, origin, learned),
        licence=origin.licence,
        intended_use=INTENDED_USE,
        limits=origin.limits,
        metrics=metrics,
        golden=_golden(graph, features, beside),
        files={},
        functionals=FeatureSpec(beside.name, beside.version, beside.size) if beside else None,
        network=NetworkSpec(recipe.model.name, recipe.model.parameters) if trainable else None,
    )


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


def _provenance(recipe: Recipe, origin: Origin, learned: Learned) -> Training:
    parameters = ", ".join(f"{name} {value}" for name, value in learned.choice.parameters.items())
    learner = recipe.model.name.replace("_", " ")
    beside = (
        "; learned beside the labels from BYOL-S embeddings" if is_network(recipe) and recipe.training.teacher else ""
    )
    return Training(
        corpora=[one.corpus.title for one in origin.sources],
        languages=sorted({clip.language or UNDETERMINED for clip in origin.clips}),
        speakers=len({(clip.corpus, clip.speaker) for clip in origin.clips}),
        clips=len(origin.clips),
        model=(f"{learner} ({parameters})" if parameters else learner) + beside,
        scaler=learned.model.describe(),
        recipe=recipe.name,
        seed=recipe.seed,
        base=origin.base,
    )
