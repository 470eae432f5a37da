"""What two small folds come to, with every figure worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sentisound.corpora.protocols import protocol
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.summary import Summary, speaker_confusions, summarise, to_metric, to_result

LOSO = protocol("savee/loso")
CLASSES = ["neutral", "happy"]


def said(speaker: str, truth: Sequence[int], predicted: Sequence[int], seed: int = 0, sure: float = 0.8) -> Prediction:
    """Return the prediction of a fold that tests one speaker; every answer has the confidence ``sure``."""
    return Prediction(
        key="k",
        split=speaker,
        seed=seed,
        classes=CLASSES,
        clips=[f"savee/{speaker}{n}" for n in range(len(truth))],
        speakers=[f"savee/{speaker}"] * len(truth),
        truth=[CLASSES[index] for index in truth],
        probabilities=[[sure, 1 - sure] if index == 0 else [1 - sure, sure] for index in predicted],
        threshold=0.5,
        temperature=1.0,
        chosen={},
        inner_uar=0.5,
    )


ANN = said("ann", [0, 0, 1, 1], [0, 0, 1, 0])  # recalls 1 and 1/2: UAR 3/4, WA 3/4
BOB = said("bob", [0, 1, 1, 1], [0, 1, 0, 0])  # recalls 1 and 1/3: UAR 2/3, WA 1/2


@pytest.fixture
def summary() -> Summary:
    return summarise(LOSO, [ANN, BOB])


def test_the_mean_and_the_spread_are_over_folds(summary: Summary):
    assert summary.mean.uar == pytest.approx(17 / 24)
    assert summary.spread.uar == pytest.approx(1 / 24)  # half the distance of 3/4 and 2/3
    assert summary.mean.wa == pytest.approx(5 / 8)
    assert summary.spread.wa == pytest.approx(1 / 8)


def test_each_figure_is_in_its_own_place(summary: Summary):
    # F1 of ann: 4/5 and 2/3; of bob: 1/2 twice
    assert summary.mean.macro_f1 == pytest.approx((11 / 15 + 1 / 2) / 2)
    # a confidence of 0.8 against an accuracy of 0.75 and of 0.5
    assert summary.mean.ece == pytest.approx((0.05 + 0.3) / 2)
    assert summary.mean.coverage == 1
    assert summary.mean.selective_wa == pytest.approx(summary.mean.wa)  # all was answered


def test_the_pooled_uar_weighs_clips_of_a_class_alike_whoever_spoke_them(summary: Summary):
    assert summary.confusion.tolist() == [[3, 0], [3, 2]]
    assert summary.pooled_uar == pytest.approx((1 + 2 / 5) / 2)
    assert summary.pooled_uar != pytest.approx(summary.mean.uar)


def test_recall_and_precision_come_from_the_confusions(summary: Summary):
    assert summary.recall == pytest.approx([1, 2 / 5])
    assert summary.precision == pytest.approx([3 / 6, 2 / 2])


def test_the_precision_of_a_class_that_is_never_answered_is_not_a_number():
    never_happy = summarise(LOSO, [said("ann", [0, 1], [0, 0]), said("bob", [0, 1], [0, 0])])
    assert never_happy.precision[0] == 0.5
    assert math.isnan(never_happy.precision[1])
    assert never_happy.recall == [1, 0]


def test_two_speakers_have_three_samples_and_the_interval_ends_at_the_outer_two(summary: Summary):
    """Each of "ann twice" and "bob twice" is a quarter of all draws, far more than 2.5 %."""
    assert (summary.interval.low, summary.interval.high) == pytest.approx((2 / 3, 3 / 4))


def test_the_interval_has_a_seed_of_its_own():
    folds = [said(name, [0, 0, 1, 1], [0, n % 2, 1, n % 3 == 0]) for n, name in enumerate("abcdefg")]
    assert summarise(LOSO, folds).interval == summarise(LOSO, folds).interval


def test_folds_are_counted_by_seed_and_clips_once():
    again = [replace(ANN, seed=4), replace(BOB, seed=4)]
    found = summarise(LOSO, [*again, ANN, BOB])
    assert found.seeds == (0, 4)
    assert (found.folds, found.clips, found.speakers) == (2, 8, 2)
    assert found.confusion.sum() == 16
    assert found.pooled_uar == pytest.approx(0.7)  # the same said twice is no more than said once


def test_seeds_that_agree_have_the_spread_of_their_folds_only(summary: Summary):
    twice = summarise(LOSO, [ANN, BOB, replace(ANN, seed=1), replace(BOB, seed=1)])
    assert twice.spread.uar == pytest.approx(summary.spread.uar)


def test_confusions_are_by_speaker_in_the_order_of_their_names():
    counts = speaker_confusions([BOB, ANN])
    assert counts.tolist() == [[[2, 0], [1, 1]], [[1, 0], [2, 1]]]
    assert counts.dtype == np.float64


def test_a_speaker_who_is_in_two_folds_is_one_speaker():
    counts = speaker_confusions([ANN, replace(BOB, speakers=ANN.speakers)])
    assert counts.tolist() == [[[3, 0], [3, 2]]]


def test_clips_of_one_name_in_two_corpora_are_two_clips():
    other = replace(ANN, clips=[clip.replace("savee", "emodb") for clip in ANN.clips])
    assert summarise(LOSO, [ANN, other]).clips == 8


@pytest.mark.parametrize(("name", "words"), [("savee/loso", "speaker-independent"), ("random5", "speaker-dependent")])
def test_a_summary_says_whether_the_speakers_were_heard(name: str, words: str):
    found = summarise(protocol(name), [ANN, BOB])
    assert (found.dependence, found.protocol) == (words, name)
    assert found.speaker_independent == (words == "speaker-independent")


def test_the_card_keeps_four_digits(summary: Summary):
    metric = to_metric(summary)
    assert (metric.uar, metric.uar_std) == (0.7083, 0.0417)
    assert (metric.wa, metric.wa_std) == (0.625, 0.125)
    assert (metric.ece, metric.coverage, metric.selective_wa) == (0.175, 1.0, 0.625)
    assert (metric.protocol, metric.seeds, metric.folds) == ("savee/loso", [0], 2)


def test_a_result_keeps_all_digits_and_the_verdict(summary: Summary):
    result = to_result(summary, "clean", adaptive=True)
    assert result.uar == summary.mean.uar
    assert (result.low, result.pooled_uar, result.high) == pytest.approx((2 / 3, 0.7, 3 / 4))
    assert (result.audit, result.adaptive) == ("clean", True)
    assert (result.clips, result.speakers, result.folds) == (8, 2, 2)


def test_what_was_not_answered_counts_in_coverage_and_nowhere_else():
    shy = replace(BOB, threshold=0.9)  # more than the 0.8 of every answer
    found = summarise(LOSO, [ANN, shy])
    assert found.mean.coverage == 0.5
    assert found.mean.selective_wa == pytest.approx((0.75 + 0) / 2)
    assert found.mean.uar == pytest.approx(17 / 24)


def test_calibration_is_of_all_clips_together_and_as_a_mean_over_folds(summary: Summary):
    """Eight answers of confidence 0.8, five of them right."""
    assert (summary.pooled.wa, summary.pooled.ece) == pytest.approx((5 / 8, 0.8 - 5 / 8))
    assert summary.pooled.aurc == pytest.approx(3 / 8)  # equal confidences rank nothing
    assert summary.mean.ece == pytest.approx((0.05 + 0.3) / 2)
    result, metric = to_result(summary, "clean", adaptive=False), to_metric(summary)
    assert (result.pooled_ece, result.pooled_wa, result.pooled_aurc) == pytest.approx((0.175, 0.625, 0.375))
    assert (result.wa_at_80, result.aurc) == pytest.approx((0.625, 0.375))
    assert (metric.wa_at_80, metric.aurc) == (0.625, 0.375)
    assert [(one.confidence, one.accuracy, one.clips) for one in metric.reliability] == [(0.8, 0.625, 8)]
    assert metric.risks[-1].risk == 0.375


def test_what_was_not_asked_for_is_empty(summary: Summary):
    assert (summary.robustness, summary.fairness) == ((), ())
    assert to_metric(summary).robustness == to_result(summary, "clean", adaptive=False).fairness == []
