"""What a run's predictions under conditions come to, against the public thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sentisound.findings import Robustness
from sentisound.learning.evaluation.conditions import CONDITIONS, Threshold
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.metrics import uar

DIGITS = 4
"""To which figures are rounded before they are judged, so that a verdict is that of the figures shown."""


def robustness_of(predictions: Sequence[Prediction]) -> list[Robustness]:
    """Return one finding for each condition under which every prediction was asked, in the order of ``CONDITIONS``.

    The UAR is the mean over folds and seeds, as that of the clips as they are; the share of unchanged predictions is
    of all clips together.
    """
    return [_found(name, predictions) for name in CONDITIONS if all(name in one.conditions for one in predictions)]


def _found(name: str, predictions: Sequence[Prediction]) -> Robustness:
    condition = CONDITIONS[name]
    before = [uar(one.truth_indices(), one.predicted()) for one in predictions]
    after = [uar(one.truth_indices(), one.predicted(name)) for one in predictions]
    same = np.concatenate([one.predicted() == one.predicted(name) for one in predictions])
    fall = round(float(np.mean(before) - np.mean(after)), DIGITS)
    unchanged = round(float(same.mean()), DIGITS)
    return Robustness(
        condition=name,
        words=condition.words,
        uar=round(float(np.mean(after)), DIGITS),
        fall=fall,
        unchanged=unchanged,
        max_fall=condition.threshold.max_fall,
        min_unchanged=condition.threshold.min_unchanged,
        verdict="pass" if _kept(condition.threshold, fall, unchanged) else "fail",
    )


def _kept(threshold: Threshold, fall: float, unchanged: float) -> bool:
    return unchanged >= threshold.min_unchanged and (threshold.max_fall is None or fall <= threshold.max_fall)
