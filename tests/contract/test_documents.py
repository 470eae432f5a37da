"""The documents say what the code does: sets and sizes, settings, commands, endpoints, shipped models' figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sentisound.api.app import create_app
from sentisound.cli import COMMANDS
from sentisound.features import SETS, feature_set
from sentisound.recognition import registry
from sentisound.recognition.recognizer import Recognizer
from sentisound.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SETS)
def test_every_feature_set_is_documented_with_its_size(name: str):
    assert re.search(rf"^\| `{name}` \| {feature_set(name).size}\b", document("features.md"), re.MULTILINE)


def test_every_endpoint_is_documented():
    paths = create_app(Settings.load()).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert ("POST", "/predict") in served
    for method, path in served:
        assert f"`{method} {path}`" in document("http.md"), (method, path)


def test_every_command_is_named_somewhere():
    prose = README + "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    for name in set(COMMANDS) - {"settings"}:
        assert f"sentisound {name}" in prose


@pytest.mark.parametrize("name", registry.folders())
def test_the_figures_in_the_readme_and_results_are_those_of_the_bundle(name: str):
    card = Recognizer.load(registry.find(name)).card
    results = (ROOT / "RESULTS.md").read_text(encoding="utf-8")
    assert card.metrics
    for metric in card.metrics:
        figure = f"{100 * metric.uar:.1f} ± {100 * metric.uar_std:.1f}"
        assert figure in README, (name, metric.protocol)
        assert figure in results, (name, metric.protocol)


def test_links_between_documents_lead_somewhere():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
