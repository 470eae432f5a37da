"""The model card says what the bundle says, each figure with its protocol, and nothing that it does not know."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sentisound.bundle import CARD_FILE, read_card
from sentisound.card import Card, Metric
from sentisound.corpora.registry import CORPORA
from sentisound.errors import BundleInvalid
from sentisound.findings import Bin, Check, Fairness, Group, Risk, Robustness
from sentisound.learning.evaluation.model_card import NOT_FOR, NOT_MEASURED, model_card_text, write_model_card
from sentisound.recognition import registry

OLD = Metric("ravdess/luna5", True, [0, 1], 5, 0.641, 0.019, 0.644, 0.016, 0.073, 0.71, 0.78)
GROUP = Group("female", 12, 720, True, 0.7, {"happy": 0.8}, {"happy": 0.5})
FULL = replace(
    OLD,
    protocol="ravdess/emobox6",
    wa_at_80=0.712,
    aurc=0.181,
    reliability=[Bin(0.4, 0.35, 10), Bin(0.9, 0.95, 30)],
    risks=[Risk(0.5, 0.0), Risk(1.0, 0.2)],
    robustness=[Robustness("gain_up", "10 dB louder", 0.63, 0.011, 0.943, None, 0.95, "fail")],
    fairness=[Fairness("sex", [GROUP, replace(GROUP, name="male")], [Check("UAR", 0.0123, 0.075, "pass")])],
)


@pytest.fixture
def card(tiny_bundle: Path) -> Card:
    """Return the card of a bundle of two corpora and two metrics, one from before findings were kept."""
    tiny = read_card(tiny_bundle)
    return replace(tiny, training=replace(tiny.training, corpora=["RAVDESS", "my own"]), metrics=[OLD, FULL])


def test_it_names_the_model_its_labels_its_licence_and_its_checksum(card: Card):
    text = model_card_text(card)
    assert text.startswith("# A linear layer for tests (tiny@0.0.1)")
    for words in (card.intended_use, card.limits, card.licence, "neutral, happy, angry", "mfcc40 version 1"):
        assert words in text
    assert card.files["model.onnx"].sha256 in text


def test_corpora_come_with_the_registrys_licence_and_citation_and_a_strange_one_says_so(card: Card):
    text = model_card_text(card)
    ravdess = CORPORA["ravdess"]
    assert f"| RAVDESS | {ravdess.licence} | {ravdess.url} | {ravdess.citation} |" in text
    assert "| my own | not known here |" in text


def test_figures_have_protocol_sides_and_spread_and_what_was_not_measured_is_blank(card: Card):
    text = model_card_text(card)
    row = "| speaker-independent | 5 x 2 | 64.1 ± 1.9 | 64.4 ± 1.6 | 7.3 |"
    assert f"| ravdess/luna5 {row}  |  |" in text
    assert f"| ravdess/emobox6 {row} 71.2 | 18.1 |" in text


def test_findings_have_their_verdicts_under_their_protocol(card: Card):
    text = model_card_text(card)
    assert "## Under ravdess/emobox6, speaker-independent" in text
    assert "## Under ravdess/luna5" not in text  # nothing was found out there
    assert "| 10 dB louder | 63.0 | 1.1 |  | 94.3 | 95.0 | FAIL |" in text
    assert "| sex | UAR | 1.2 | 7.5 | pass |" in text
    assert "| 90.0 | 95.0 | 30 |" in text
    assert NOT_MEASURED not in text


def test_it_says_what_the_model_is_not_for_and_what_was_not_measured(card: Card):
    text = model_card_text(replace(card, metrics=[OLD]))
    assert NOT_FOR in text
    assert "at work or at school" in text
    assert NOT_MEASURED in text
    assert "Nothing was measured." in model_card_text(replace(card, metrics=[]))


def test_no_model_of_another_name_is_in_its_instructions(card: Card):
    text = model_card_text(replace(card, name="french"))
    assert "sentisound analyze clip.wav --model french" in text
    assert "sentisound models verify french" in text


def test_markdown_has_its_pictures_beside_it_and_html_has_them_inside(card: Card, tmp_path: Path):
    write_model_card(card, tmp_path / "there" / "card.md")
    text = (tmp_path / "there" / "card.md").read_text(encoding="utf-8")
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", text):
        assert (tmp_path / "there" / picture).read_bytes().startswith(b"\x89PNG")
    assert {path.suffix for path in (tmp_path / "there").iterdir()} == {".md", ".png"}
    write_model_card(card, tmp_path / "card.html")
    page = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2
    assert not re.search(r'(?:src|href)="(?!data:)', page)


def test_a_card_from_a_stranger_puts_no_markup_into_the_page(card: Card, tmp_path: Path):
    write_model_card(replace(card, title="<script>alert(1)</script>"), tmp_path / "card.html")
    assert "<script>" not in (tmp_path / "card.html").read_text(encoding="utf-8")


def test_findings_survive_the_bundle_and_a_card_from_before_them_still_reads(card: Card, tiny_bundle: Path):
    path = tiny_bundle / CARD_FILE
    document = json.loads(path.read_text()) | {"metrics": [json.loads(json.dumps(card.to_dict()))["metrics"][1]]}
    path.write_text(json.dumps(document))
    assert read_card(tiny_bundle).metrics == [FULL]
    for name in ("wa_at_80", "aurc", "reliability", "risks", "robustness", "fairness"):
        del document["metrics"][0][name]
    path.write_text(json.dumps(document))
    old = read_card(tiny_bundle).metrics[0]
    assert (old.wa_at_80, old.reliability, old.robustness, old.fairness) == (None, [], [], [])
    assert old.uar == FULL.uar


def test_a_verdict_that_is_none_is_refused(card: Card, tiny_bundle: Path):
    path = tiny_bundle / CARD_FILE
    document = json.loads(path.read_text()) | {"metrics": [json.loads(json.dumps(card.to_dict()))["metrics"][1]]}
    document["metrics"][0]["robustness"][0]["verdict"] = "splendid"
    path.write_text(json.dumps(document))
    with pytest.raises(BundleInvalid, match="verdict"):
        read_card(tiny_bundle)


@pytest.mark.parametrize("name", registry.folders())
def test_every_model_that_ships_has_a_card(name: str):
    card = read_card(registry.find(name))
    text = model_card_text(card)
    assert card.metrics[0].protocol in text
    assert "not known here" not in text


def test_the_card_needs_no_training_library():
    code = "import sentisound.learning.evaluation.model_card, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not set(loaded) & {"sklearn", "torch", "matplotlib", "imblearn", "skl2onnx"}
