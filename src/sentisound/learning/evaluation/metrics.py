"""Metrics of the field, over true class indices and calibrated probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.learning.evaluation.reliability import (
    ECE_BINS,
    Indices,
    Probabilities,
    accuracy_at,
    curve_error,
    reliability_curve,
    risks,
)

__all__ = ["ECE_BINS", "Indices", "Probabilities", "Scored", "Shares", "score"]

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """Metrics of one set of test clips; all are shares, 0..1."""

    uar: float
    wa: float
    macro_f1: float
    ece: float
    coverage: float
    """Share of clips answered at the abstention threshold."""
    selective_wa: float
    """Accuracy on the clips answered; 0 where none is."""
    wa_at_80: float
    """Accuracy on the surest 80 % of the clips."""
    aurc: float
    """Area under the risk-coverage curve."""


def uar(truth: Indices, predicted: Indices) -> float:
    """Return the unweighted average recall: the mean of the recalls of the classes that occur in ``truth``."""
    return float(np.mean([np.mean(predicted[truth == label] == label) for label in np.unique(truth)]))


def wa(truth: Indices, predicted: Indices) -> float:
    """Return the weighted accuracy: the share of clips that are right."""
    return float(np.mean(truth == predicted))


def ece(truth: Indices, probabilities: Probabilities, bins: int = ECE_BINS) -> float:
    """Return the expected calibration error: |accuracy - confidence| over equal-width bins, weighted by their clips.

    Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning".
    """
    return curve_error(reliability_curve(truth, probabilities, bins))


def confusion(truth: Indices, predicted: Indices, classes: int) -> NDArray[np.int64]:
    """Return how many clips of each class (rows) were taken for each class (columns), shape (classes, classes)."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def recalls(counts: NDArray[np.float64] | NDArray[np.int64]) -> Shares:
    """Return the recall of each class from confusions, shape (..., classes); NaN where the class does not occur."""
    return _share(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1))


def precisions(counts: NDArray[np.float64] | NDArray[np.int64]) -> Shares:
    """Return the precision of each class from confusions, shape (..., classes); NaN where nothing was taken for it."""
    return _share(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-2))


def macro_f1(truth: Indices, predicted: Indices) -> float:
    """Return the mean over the classes that occur in ``truth`` of 2 right / (true + predicted)."""
    counts = confusion(truth, predicted, int(max(truth.max(), predicted.max())) + 1)
    f1 = _share(2 * np.diagonal(counts), counts.sum(axis=0) + counts.sum(axis=1))
    return float(np.mean(f1[np.unique(truth)]))


def score(truth: Indices, probabilities: Probabilities, threshold: float) -> Scored:
    """Return all metrics of calibrated probabilities, shape (clips, classes)."""
    predicted = probabilities.argmax(axis=1)
    answered = probabilities.max(axis=1) >= threshold
    risk = risks(truth, probabilities)
    return Scored(
        uar=uar(truth, predicted),
        wa=wa(truth, predicted),
        macro_f1=macro_f1(truth, predicted),
        ece=ece(truth, probabilities),
        coverage=float(answered.mean()),
        selective_wa=wa(truth[answered], predicted[answered]) if answered.any() else 0.0,
        wa_at_80=accuracy_at(risk),
        aurc=float(risk.mean()),
    )


def _share(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Shares:
    parts, wholes = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    shares: Shares = np.divide(parts, wholes, out=np.full(wholes.shape, np.nan), where=wholes > 0)
    return shares
