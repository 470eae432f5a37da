"""Intervals by the clustered bootstrap: speakers are drawn anew, each with all their clips.

Clips of one speaker are alike, so that drawing clips would promise more than the test can keep. Percentile intervals
after Efron and Tibshirani 1993; the resampling of whole clusters after Field and Welsh 2007. Over few speakers an
interval is coarse: two speakers give three different samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.learning.evaluation.metrics import recalls

Counts = NDArray[np.float64]
"""Confusions by speaker, shape (speakers, classes, classes)."""

DRAWS = 10_000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much two runs differ on the same speakers."""

    value: float
    interval: Interval
    p_value: float
    """Two-sided: twice the smaller share of draws on which the difference is on the other side of zero."""


def pooled_uar(counts: Counts) -> float:
    """Return the UAR of all clips together; classes that do not occur do not count."""
    return float(np.nanmean(recalls(counts.sum(axis=0))))


def uar_interval(counts: Counts, rng: np.random.Generator) -> Interval:
    """Return the interval of the pooled UAR over draws of speakers."""
    return _percentiles(_drawn_uar(counts, _weights(len(counts), rng)))


def uar_difference(first: Counts, second: Counts, rng: np.random.Generator) -> Difference:
    """Return second minus first of the pooled UAR, both on the same draws of the same speakers."""
    weights = _weights(len(first), rng)
    drawn = _drawn_uar(second, weights) - _drawn_uar(first, weights)
    beyond = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    p_value = min(1.0, 2 * (float(beyond) + 1) / (DRAWS + 1))
    return Difference(pooled_uar(second) - pooled_uar(first), _percentiles(drawn), p_value)


def _weights(speakers: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how often each speaker is in each draw, shape (draws, speakers)."""
    return rng.multinomial(speakers, np.full(speakers, 1 / speakers), size=DRAWS).astype(np.float64)


def _drawn_uar(counts: Counts, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = counts.reshape(len(counts), -1)
    uar: NDArray[np.float64] = np.nanmean(recalls((weights @ flat).reshape(-1, *counts.shape[1:])), axis=1)
    return uar


def _percentiles(values: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))
