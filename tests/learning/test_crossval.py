"""Held-out logits come from models that have not heard the speaker."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.learning.crossval import PROBABILITY_FLOOR, held_out_logits, logits_of


class Nosy:
    """Says of each clip whether its speaker, the first feature, was heard in training."""

    def fit(self, x: np.ndarray, _: np.ndarray) -> None:
        self.heard = set(x[:, 0])

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        heard = np.isin(x[:, 0], list(self.heard))
        return np.stack([heard, ~heard], axis=1).astype(float)


def test_no_clip_is_judged_by_a_model_that_heard_its_speaker():
    speakers = np.array([f"s{i % 7}" for i in range(70)])
    features = np.array([[float(s[1:])] for s in speakers], dtype=np.float32)
    truth = np.arange(70) % 2
    logits = held_out_logits(Nosy, features, truth, speakers, groups=5)
    assert logits[:, 0] == pytest.approx(np.log(PROBABILITY_FLOOR))
    assert logits[:, 1] == pytest.approx(0)


def test_more_groups_than_speakers_leave_one_speaker_out():
    speakers = np.array(["a", "b", "c"] * 4)
    features = np.array([[float("abc".index(s))] for s in speakers], dtype=np.float32)
    logits = held_out_logits(Nosy, features, np.arange(12) % 2, speakers, groups=10)
    assert np.all(logits[:, 1] == 0)


def test_logits_are_floored_logarithms():
    nosy = Nosy()
    nosy.fit(np.zeros((1, 1)), np.zeros(1))
    assert logits_of(nosy, np.zeros((2, 1), np.float32))[0] == pytest.approx([0, np.log(1e-4)])
