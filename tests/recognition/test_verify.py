"""The check of a model on this machine: it passes where features agree, and notices where they do not."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import CARD_FILE, golden_waveform
from sentisound.recognition.recognizer import Inputs, Recognizer
from sentisound.recognition.verify import compare, verify

VALUES = np.linspace(1, 100, 200)


def test_a_model_agrees_with_itself(tiny_bundle: Path):
    found = verify(Recognizer.load(tiny_bundle))
    assert found.ok
    assert (found.values, found.agreeing, found.reason) == (40, 1.0, None)
    assert found.worst < 1e-4


def test_features_computed_otherwise_are_noticed(tiny_bundle: Path):
    """The graph is as published, so that opening it finds nothing; the way from sound to features is not."""
    recognizer = Recognizer.load(tiny_bundle)
    louder = 1.05 * recognizer.extract(golden_waveform(RATE_HZ)).features
    recognizer.extract = lambda _: Inputs(louder)
    found = verify(recognizer)
    assert not found.ok
    assert found.worst == pytest.approx(0.05, rel=0.01)
    assert "0.0 % of the golden features" in (found.reason or "")


def test_golden_features_that_were_not_computed_from_the_golden_sound_are_noticed(tiny_bundle: Path):
    """A card whose golden features and logits were changed together opens, and must fail here."""
    card = json.loads((tiny_bundle / CARD_FILE).read_text())
    recognizer = Recognizer.load(tiny_bundle)
    forged = [value + 1 for value in card["golden"]["features"]]
    card["golden"]["features"] = forged
    card["golden"]["logits"] = recognizer.logits(Inputs(np.float32([forged])))[0].tolist()
    (tiny_bundle / CARD_FILE).write_text(json.dumps(card))
    assert not verify(Recognizer.load(tiny_bundle)).ok


def test_the_golden_sound_is_heard_at_the_models_rate():
    heard = []
    ones = Inputs(np.ones((1, 1), dtype=np.float32))
    recognizer = SimpleNamespace(
        card=SimpleNamespace(rate_hz=8000),
        golden_inputs=lambda: ones,
        extract=lambda waveform: heard.append(waveform) or ones,
    )
    assert verify(recognizer).ok
    assert heard[0].rate_hz == 8000
    assert np.array_equal(heard[0].samples, golden_waveform(8000).samples)


def test_the_golden_sound_is_the_same_for_ever():
    """Published bundles hold features of it. RMS: 0.2 * 0.893 (that of the harmonics) * 0.6206 (of the envelope)."""
    sound = golden_waveform(RATE_HZ).samples
    assert len(sound) == 19_200
    assert float(np.sqrt(np.mean(sound**2))) == pytest.approx(0.1108, abs=1e-4)


@pytest.mark.parametrize(("changed", "ok"), [(0, True), (2, True), (3, False), (200, False)])
def test_one_value_in_a_hundred_may_differ(changed: int, ok: bool):
    found = VALUES.copy()
    found[:changed] *= 1.02
    verification = compare(VALUES, found)
    assert verification.ok is ok
    assert verification.agreeing == pytest.approx(1 - changed / 200)
    assert verification.worst == pytest.approx(0.02 if changed else 0, abs=1e-9)


@pytest.mark.parametrize(("factor", "ok"), [(1.0099, True), (0.9901, True), (1.011, False), (-1, False)])
def test_a_value_may_differ_by_a_hundredth_of_its_size(factor: float, ok: bool):
    assert compare(VALUES, factor * VALUES).ok is ok


@pytest.mark.parametrize(("found", "ok"), [(0.9e-5, True), (1.1e-5, False)])
def test_near_zero_the_size_counts_as_a_thousandth(found: float, ok: bool):
    assert compare([0.0], [found]).ok is ok


def test_the_number_of_values_must_be_the_same():
    found = compare(VALUES, VALUES[:-1])
    assert not found.ok
    assert (found.agreeing, found.worst) == (0.0, np.inf)
    assert found.reason == "199 feature values are computed here, 200 were published"


def test_frames_are_compared_flattened():
    assert compare(VALUES, VALUES.reshape(20, 10)).ok


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_never_agrees(wrong: float):
    found = compare([1.0], [wrong])
    assert not found.ok
    assert found.worst == np.inf


def test_nothing_published_proves_nothing():
    assert not compare([], []).ok


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_every_vector_agrees_with_itself_and_not_with_its_double(values: list[float]):
    assert compare(values, values).ok
    if max(abs(value) for value in values) > 1 and len(values) < 100:
        assert not compare(values, [2 * value for value in values]).ok
