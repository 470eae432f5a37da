"""The whole chain, small: speech is made, a network learns it, is measured, exported, bundled, served, and asked."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mode

import httpx
import pytest
import soundfile

from own_speech import LABELS, RATE_HZ, SPEAKERS, record, sound, table
from sentisound.bundle import WEIGHTS_FILE, read_bundle
from sentisound.corpora.manifest import read_manifest
from sentisound.learning.bench import Plan, evaluate
from sentisound.learning.dataset import silent
from sentisound.learning.own_data import for_table
from sentisound.learning.places import Places
from sentisound.learning.recipe import (
    CalibrationOptions,
    DataOptions,
    EvaluationOptions,
    FeatureOptions,
    ModelOptions,
    Recipe,
    TrainingOptions,
)
from sentisound.learning.training import train
from sentisound.onnx_graph import inspect
from sentisound.service import Analyzer
from sentisound.settings import Settings

pytest.importorskip("torch")

TINY = {"channels": 16, "joined": 16, "attention": 8, "embedding": 16, "squeeze": 4, "dilations": [1], "dropout": 0.0}
FUNCTIONALS = {"tdnn": "", "hybrid": "prosodic"}
FOLDS = 4
TAKES = 5
"""Clips of each label that the server is asked about; most of them must be heard rightly."""
NEWCOMER = "uma"
"""A speaker whom the model has not heard."""
WELL_ABOVE_CHANCE = 2 / 3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ``voices.csv``: four speakers, three emotions."""
    root = tmp_path_factory.mktemp("chain")
    record(root / "voices", SPEAKERS[:FOLDS], takes=6)
    table(root / "voices.csv", root / "voices")
    return root


def tiny(name: str, home: Path) -> Recipe:
    recipe = Recipe(
        name="tiny",
        version="1.0.0",
        title="Tiny",
        seed=0,
        data=DataOptions([]),
        features=FeatureOptions("logmel", {"n_mels": 32, "normalise": False}, FUNCTIONALS[name]),
        model=ModelOptions(name, TINY),
        evaluation=EvaluationOptions([], [0]),
        calibration=CalibrationOptions(groups=3),
        training=TrainingOptions(epochs=20, batch_size=8, learning_rate=0.01, ema=0.5, bf16=False),
    )
    return for_table(recipe, read_manifest(home / "voices.csv"))


@pytest.mark.parametrize("name", FUNCTIONALS)
def test_from_speech_to_an_answer_over_a_socket(
    name: str, home: Path, serving: Callable[..., contextlib.AbstractContextManager[httpx.Client]]
):
    recipe, places = tiny(name, home), Places(home, home / "cache", 1, manifest=home / "voices.csv")
    (measured,) = evaluate(Plan(recipe, ("speakers5",), (0,), audit_sound=True), places, home / f"{name}-run", silent)
    assert measured.audit == "clean"
    assert (measured.summary.folds, measured.summary.speakers) == (FOLDS, FOLDS)
    assert measured.summary.mean.uar > WELL_ABOVE_CHANCE

    unmeasured = replace(recipe, evaluation=replace(recipe.evaluation, protocols=[]))
    bundle = train(unmeasured, places, home / name, silent)
    assert inspect(bundle.model)
    assert read_bundle(home / name).card.labels == list(LABELS)
    assert WEIGHTS_FILE in bundle.card.files
    assert (bundle.card.functionals.set if bundle.card.functionals else "") == FUNCTIONALS[name]

    with serving(Analyzer(Settings.load(model=str(home / name)))) as client:
        assert client.get("/models/info").json()["classes"] == list(LABELS)
        said = {label: [predicted(client, label, take) for take in range(TAKES)] for label in LABELS}
    assert {label: mode(heard) for label, heard in said.items()} == {label: label for label in LABELS}


def predicted(client: httpx.Client, label: str, take: int) -> str:
    """Return what the server hears in a new speaker's clip."""
    buffer = io.BytesIO()
    soundfile.write(buffer, sound(NEWCOMER, label, take), RATE_HZ, format="WAV", subtype="PCM_16")
    answer = client.post("/predict", files={"file": (f"{label}.wav", buffer.getvalue())})
    assert answer.status_code == httpx.codes.OK, answer.text
    scores = answer.json()["probabilities"]
    assert sum(scores.values()) == pytest.approx(1, abs=1e-3)
    return answer.json()["emotion"]
