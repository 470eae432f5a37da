"""Whether confidence means something: the reliability diagram, and what abstaining would gain (risk and coverage)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.findings import Bin, Risk

Indices = NDArray[np.int64]
Probabilities = NDArray[np.float64]

ECE_BINS = 15  # as in Guo et al. 2017
COVERAGE = 0.8
"""Where accuracy is compared with that at full coverage."""
CURVE_POINTS = 50


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far the confidence of a set of answers can be trusted."""

    wa: float
    ece: float
    wa_at_80: float
    aurc: float
    curve: tuple[Bin, ...]
    """The reliability diagram: bins that hold clips, by confidence."""
    risks: tuple[Risk, ...]
    """The risk-coverage curve at ``CURVE_POINTS`` coverages."""


def reliability(truth: Indices, probabilities: Probabilities) -> Reliability:
    """Return all of it for true classes, shape (clips,), and probabilities, shape (clips, classes)."""
    risk = risks(truth, probabilities)
    curve = reliability_curve(truth, probabilities)
    kept = np.unique(np.ceil(np.linspace(1 / CURVE_POINTS, 1, CURVE_POINTS) * len(risk)).astype(int))
    return Reliability(
        wa=1 - float(risk[-1]),
        ece=curve_error(curve),
        wa_at_80=accuracy_at(risk),
        aurc=float(risk.mean()),
        curve=tuple(curve),
        risks=tuple(Risk(round(count / len(risk), 4), round(float(risk[count - 1]), 4)) for count in kept.tolist()),
    )


def reliability_curve(truth: Indices, probabilities: Probabilities, bins: int = ECE_BINS) -> list[Bin]:
    """Return mean confidence and accuracy in bins of equal width; bins without clips are left out."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    inside = [bin_of == number for number in np.unique(bin_of)]
    return [Bin(float(confidence[here].mean()), float(right[here].mean()), int(here.sum())) for here in inside]


def curve_error(curve: list[Bin]) -> float:
    """Return the expected calibration error: |accuracy - confidence| of each bin, weighted by its clips.

    Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning".
    """
    clips = sum(one.clips for one in curve)
    return sum(abs(one.accuracy - one.confidence) * one.clips for one in curve) / clips


def risks(truth: Indices, probabilities: Probabilities) -> NDArray[np.float64]:
    """Return the share of wrong answers among the surest 1, 2, ... all clips, shape (clips,).

    Among clips of equal confidence none comes first: each counts with the share of errors among them all, so that the
    order of the clips changes nothing.
    """
    confidence = probabilities.max(axis=1)
    wrong = (probabilities.argmax(axis=1) != truth).astype(np.float64)
    _, level, clips = np.unique(-confidence, return_inverse=True, return_counts=True)
    share = np.bincount(level, wrong) / clips
    surest_first = np.repeat(share, clips)
    risk: NDArray[np.float64] = np.cumsum(surest_first) / np.arange(1, len(wrong) + 1)
    return risk


def aurc(truth: Indices, probabilities: Probabilities) -> float:
    """Return the area under the risk-coverage curve: the mean risk over all coverages (Geifman et al. 2019).

    0 without errors; the error rate itself where confidence says nothing.
    """
    return float(risks(truth, probabilities).mean())


def accuracy_at(risk: NDArray[np.float64], coverage: float = COVERAGE) -> float:
    """Return the accuracy on the surest clips, a share ``coverage`` of all, from what ``risks`` gives."""
    return 1 - float(risk[int(np.ceil(coverage * len(risk))) - 1])
