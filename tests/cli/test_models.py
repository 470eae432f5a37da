"""`sentisound models`: what is listed, what a card says, and what the check finds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from sentisound.bundle import CARD_FILE, MODEL_FILE, read_card
from sentisound.card import Card, File, Metric
from sentisound.cli.cards import described, size, table
from sentisound.recognition.recognizer import Inputs, Recognizer

METRIC = Metric(
    protocol="ravdess, 5 folds of speakers",
    speaker_independent=True,
    seeds=[0, 1, 2],
    folds=5,
    uar=0.623,
    uar_std=0.031,
    wa=0.634,
    wa_std=0.029,
    ece=0.042,
    coverage=0.71,
    selective_wa=0.78,
)


@pytest.fixture
def own_models(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the tiny bundle's parent the folder of one's own models."""
    monkeypatch.setenv("SENTISOUND_MODELS_DIR", str(tiny_bundle.parent))
    return tiny_bundle.parent


def read_by(card: Card, width: int = 100) -> str:
    out = Console(width=width, record=True, file=None, markup=False, highlight=False)
    with out.capture() as capture:
        out.print(described(card))
    return capture.get()


def change_card(folder: Path, **changes) -> None:
    path = folder / CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.usefixtures("own_models")
def test_list_shows_ones_own_models(run):
    said = run("models", "list").stdout
    assert "name" in said.splitlines()[0]
    row = next(line for line in said.splitlines() if line.startswith("tiny"))
    assert "A linear layer for tests" in row
    assert "MIT" in row


def test_list_as_json_is_the_cards_without_golden_values(own_models: Path, run):
    documents = {card["name"]: card for card in json.loads(run("models", "list", "--json").stdout)}
    tiny = documents["tiny"]
    assert (tiny["version"], tiny["labels"]) == ("0.0.1", ["neutral", "happy", "angry"])
    assert tiny["files"][MODEL_FILE]["bytes"] == (own_models / "tiny" / MODEL_FILE).stat().st_size
    assert "golden" not in tiny


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_broken_bundle_does_not_hide_the_others(form: list[str], own_models: Path, run):
    (own_models / "broken").mkdir()
    (own_models / "broken" / CARD_FILE).write_text("{}")
    result = run("models", "list", *form)
    assert result.exit_code == 3
    assert "tiny" in result.stdout
    assert result.stderr.startswith("error: broken: The model is not a valid bundle: bundle.json")


@pytest.mark.parametrize(("independent", "said"), [(True, ""), (False, ", speaker-dependent")])
def test_a_score_is_listed_with_its_spread_and_protocol(independent: bool, said: str, tiny_bundle: Path):
    card = replace(read_card(tiny_bundle), metrics=[replace(METRIC, speaker_independent=independent)])
    out = Console(width=200)
    with out.capture() as capture:
        out.print(table([card], out))
    assert f"62.3 ± 3.1 % (ravdess, 5 folds of speakers{said})" in capture.get()


@pytest.mark.usefixtures("own_models")
def test_a_card_is_readable(run):
    said = run("models", "show", "tiny").stdout
    for part in (
        "tiny@0.0.1  A linear layer for tests",
        "neutral, happy, angry",
        "mfcc40 version 1, 40 values, 16000 Hz",
        "temperature 2, fitted on nothing: a test",
        "below 40 % confidence, chosen for at most 25 % wrong among the answers given, on held-out speakers",
        "none were measured",
        "Intended use\nTests.",
        "Limits\nKnows nothing.",
    ):
        assert part in said


def test_a_card_names_every_score_with_its_protocol_and_spread(tiny_bundle: Path):
    dependent = replace(METRIC, protocol="leaky", speaker_independent=False, uar=0.94)
    said = read_by(replace(read_card(tiny_bundle), metrics=[METRIC, dependent]))
    assert "UAR 62.3 ± 3.1 %   accuracy 63.4 ± 2.9 %   calibration error 4.2 %" in said
    assert "sure of 71 % of the clips, right on 78 % of those" in said
    assert said.count("speaker-independent:") == 1
    assert said.index("UAR 62.3") < said.index("leaky") < said.index("speaker-dependent:") < said.index("UAR 94.0")


@pytest.mark.parametrize(("n_bytes", "said"), [(812, "0.8 kB"), (6_023_916, "6.0 MB")])
def test_a_size_in_the_unit_that_fits(n_bytes: int, said: str, tiny_bundle: Path):
    assert size(replace(read_card(tiny_bundle), files={MODEL_FILE: File("", n_bytes)})) == said


@pytest.mark.parametrize("width", [30, 60])
def test_a_card_fits_a_narrow_terminal(width: int, tiny_bundle: Path):
    said = read_by(replace(read_card(tiny_bundle), metrics=[METRIC]), width)
    assert all(len(line) <= width for line in said.splitlines())


def test_a_card_from_a_stranger_cannot_repaint_the_terminal(tiny_bundle: Path, run):
    change_card(tiny_bundle, title="[red]free[/red] model")
    assert "[red]free[/red] model" in run("models", "show", tiny_bundle).stdout
    change_card(tiny_bundle, title="\x1b[2J\nmodel")
    refused = run("models", "show", tiny_bundle)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "title: the text is too long, or has characters" in refused.stderr


def test_a_card_as_json_and_by_folder(tiny_bundle: Path, run):
    document = json.loads(run("models", "show", tiny_bundle, "--json").stdout)
    assert document["calibration"]["temperature"] == 2.0
    assert document["features"]["set"] == "mfcc40"
    assert "golden" not in document


@pytest.mark.usefixtures("own_models")
def test_show_without_a_name_takes_the_model_in_use(run):
    said = run("models", "show", env={"SENTISOUND_MODEL": "tiny"}).stdout
    assert said.startswith("tiny@0.0.1")


@pytest.mark.usefixtures("own_models")
def test_a_model_that_is_not_there_is_exit_3_and_lists_the_names(run):
    result = run("models", "show", "french")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "there is no model 'french'; there are" in result.stderr
    assert "tiny" in result.stderr


@pytest.mark.usefixtures("own_models")
def test_verify_says_ok(run):
    result = run("models", "verify", "tiny")
    assert result.exit_code == 0
    assert result.stdout == "tiny  ok (tiny@0.0.1, 100.0 % of 40 golden features agree)\n"


def test_verify_notices_another_graph(own_models: Path, run):
    path = own_models / "tiny" / MODEL_FILE
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    result = run("models", "verify", "tiny")
    assert result.exit_code == 3
    assert result.stdout.startswith("tiny  FAILED: The model is not what was published: model.onnx")


def test_verify_notices_other_features(own_models: Path, run):
    """Golden features and logits forged together: the graph's own check passes, the sound's does not."""
    folder = own_models / "tiny"
    recognizer = Recognizer.load(folder)
    forged = [2 * value + 1 for value in recognizer.card.golden.features]
    logits = recognizer.logits(Inputs(np.float32([forged])))[0].tolist()
    change_card(folder, golden={"features": forged, "logits": logits})
    result = run("models", "verify", folder)
    assert result.exit_code == 3
    assert "FAILED: only" in result.stdout


@pytest.mark.usefixtures("own_models")
def test_verify_goes_on_after_a_failure(run):
    result = run("models", "verify", "french", "tiny")
    failed, ok = result.stdout.splitlines()
    assert failed.startswith("french  FAILED: There is no such model")
    assert ok.startswith("tiny    ok")
    assert result.exit_code == 3


@pytest.mark.usefixtures("own_models")
def test_verify_takes_all_models_without_a_name(run):
    lines = run("models", "verify").stdout.splitlines()
    assert any(line.startswith("tiny ") and " ok (" in line for line in lines)


def test_without_any_model_there_is_nothing_to_be_content_with(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("sentisound.recognition.registry.SHIPPED", tmp_path)
    assert "there are no models" in run("models", "list").stdout
    result = run("models", "verify")
    assert result.exit_code == 3
    assert "there are no models" in result.stderr
