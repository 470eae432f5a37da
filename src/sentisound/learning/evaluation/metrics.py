"""Metrics of the field, over true class indices and calibrated probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Probabilities = NDArray[np.float64]

ECE_BINS = 15  # as in Guo et al. 2017


@dataclass(frozen=True, slots=True)
class Scored:
    """Metrics of one set of test clips; all are shares, 0..1."""

    uar: float
    wa: float
    ece: float
    coverage: float
    """Share of clips answered at the abstention threshold."""
    selective_wa: float
    """Accuracy on the clips answered; 0 where none is."""


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
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(np.sum(right[bin_of == b] - confidence[bin_of == b])) for b in range(bins)]
    return float(np.sum(gaps) / len(truth))


def score(truth: Indices, probabilities: Probabilities, threshold: float) -> Scored:
    """Return all metrics of calibrated probabilities, shape (clips, classes)."""
    predicted = probabilities.argmax(axis=1)
    answered = probabilities.max(axis=1) >= threshold
    selective = wa(truth[answered], predicted[answered]) if answered.any() else 0.0
    return Scored(
        uar(truth, predicted), wa(truth, predicted), ece(truth, probabilities), float(answered.mean()), selective
    )
