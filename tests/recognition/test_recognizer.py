"""The recogniser: calibrated scores from a bundle, and a golden check that notices another graph."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import CARD_FILE, golden_waveform, read_bundle, write_bundle
from sentisound.errors import BundleDamaged, BundleInvalid
from sentisound.recognition.recognizer import Inputs, Recognizer, softmax

GOLDEN = golden_waveform(RATE_HZ)


def test_softmax_divides_by_the_temperature_and_survives_large_logits():
    assert softmax(np.float32([0, np.log(3)])) == pytest.approx([0.25, 0.75])
    assert softmax(np.float32([0, 2 * np.log(3)]), temperature=2) == pytest.approx([0.25, 0.75])
    assert softmax(np.float32([1e4, 0])) == pytest.approx([1, 0])


def test_the_golden_sound_gives_the_golden_scores(tiny_bundle: Path):
    recognizer = Recognizer.load(tiny_bundle)
    scores = recognizer.recognise(GOLDEN)
    expected = softmax(np.float32(recognizer.card.golden.logits), recognizer.card.calibration.temperature)
    assert scores.labels == ("neutral", "happy", "angry")
    assert scores.probabilities == pytest.approx(expected, abs=1e-5)
    assert sum(scores.probabilities) == pytest.approx(1)


def test_a_batch_gives_what_each_row_gives_alone(tiny_bundle: Path):
    recognizer = Recognizer.load(tiny_bundle)
    batch = np.random.default_rng(0).standard_normal((5, 40)).astype(np.float32)
    together = recognizer.logits(Inputs(batch))
    alone = np.concatenate([recognizer.logits(Inputs(row[np.newaxis])) for row in batch])
    assert together == pytest.approx(alone, abs=1e-6)


def test_another_rate_gives_the_same_verdict(tiny_bundle: Path):
    recognizer = Recognizer.load(tiny_bundle)
    from sentisound.audio.resample import resample

    assert recognizer.recognise(resample(GOLDEN, 48_000)).emotion == recognizer.recognise(GOLDEN).emotion


def test_a_graph_that_gives_other_numbers_is_damaged(tiny_bundle: Path):
    bundle = read_bundle(tiny_bundle)
    card = json.loads((tiny_bundle / CARD_FILE).read_text())
    card["golden"]["logits"][0] += 0.5
    (tiny_bundle / CARD_FILE).write_text(json.dumps(card))
    with pytest.raises(BundleDamaged, match="golden"):
        Recognizer.load(tiny_bundle)
    assert Recognizer(bundle).card.name == "tiny"


def test_a_graph_of_another_width_is_refused(tiny_bundle: Path, linear):
    bundle = read_bundle(tiny_bundle)
    write_bundle(tiny_bundle, bundle.card, linear(np.zeros((41, 3), np.float32), np.zeros(3, np.float32)))
    with pytest.raises(BundleInvalid, match="features"):
        Recognizer.load(tiny_bundle)


def test_a_graph_with_another_number_of_scores_is_refused(tiny_bundle: Path, linear):
    bundle = read_bundle(tiny_bundle)
    write_bundle(tiny_bundle, bundle.card, linear(np.zeros((40, 4), np.float32), np.zeros(4, np.float32)))
    with pytest.raises(BundleInvalid, match="4 scores for 3 labels"):
        Recognizer.load(tiny_bundle)


def test_a_graph_that_gives_nan_is_damaged(tiny_bundle: Path, linear):
    bundle = read_bundle(tiny_bundle)
    nan = np.full(3, np.nan, np.float32)
    write_bundle(tiny_bundle, bundle.card, linear(np.zeros((40, 3), np.float32), nan))
    with pytest.raises(BundleDamaged, match="golden"):
        Recognizer.load(tiny_bundle)


def test_a_graph_with_other_names_is_refused(tiny_bundle: Path, linear):
    bundle = read_bundle(tiny_bundle)
    renamed = linear(np.zeros((40, 3), np.float32), np.zeros(3, np.float32)).replace(b"features", b"feelings")
    write_bundle(tiny_bundle, bundle.card, renamed)
    with pytest.raises(BundleInvalid, match=r"must take \['features'\]"):
        Recognizer.load(tiny_bundle)
