"""Whether one run is better than another: both on the same clips, paired by speaker and by clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from sentisound.errors import BadRun
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.interval import Difference, pooled_uar, uar_difference
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.evaluation.summary import DRAWING_SEED, speaker_confusions


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs under one protocol."""

    protocol: str
    clips: int
    speakers: int
    first_uar: float
    """Of all clips together, 0..1."""
    second_uar: float
    difference: Difference
    """Second minus first, by the paired bootstrap over speakers."""
    only_first_right: int
    """Clips that the first run gets right and the second wrong, on the first seed that both have."""
    only_second_right: int
    mcnemar_p: float
    """Exact, two-sided (McNemar 1947): the chance of so uneven a split of those clips, were both alike."""


def compare(first: RunFolder, second: RunFolder) -> list[Comparison]:
    """Return a comparison for each protocol.

    Raises
    ------
    BadRun
        When the runs have different protocols, a run is not finished, or they tested different clips.
    """
    ours, theirs = ({result.protocol: result for result in run.results()} for run in (first, second))
    if set(ours) != set(theirs):
        raise BadRun(f"the runs have different protocols: {', '.join(ours)} and {', '.join(theirs)}")
    return [paired(name, first.predictions(ours[name]), second.predictions(theirs[name])) for name in ours]


def paired(protocol: str, first: Sequence[Prediction], second: Sequence[Prediction]) -> Comparison:
    """Return the comparison of two runs' predictions on the same clips.

    Raises
    ------
    BadRun
        When the clips, their folds or their classes differ, or no seed is common.
    """
    refuse_other_clips(protocol, first, second)
    one, two = speaker_confusions(first), speaker_confusions(second)
    # a run of more seeds counts each clip more often; shares are what is compared
    one, two = one / len({p.seed for p in first}), two / len({p.seed for p in second})
    right, other = _right(first, second)
    only_first, only_second = int(np.sum(right & ~other)), int(np.sum(other & ~right))
    return Comparison(
        protocol=protocol,
        clips=len(_tested(first)),
        speakers=len(one),
        first_uar=pooled_uar(one),
        second_uar=pooled_uar(two),
        difference=uar_difference(one, two, np.random.default_rng(DRAWING_SEED)),
        only_first_right=only_first,
        only_second_right=only_second,
        mcnemar_p=float(binomtest(only_first, only_first + only_second).pvalue) if only_first + only_second else 1.0,
    )


def _right(first: Sequence[Prediction], second: Sequence[Prediction]) -> tuple[np.ndarray, np.ndarray]:
    """Return which clips each run gets right on the first seed that both have, shape (clips,)."""
    common = {p.seed for p in first} & {p.seed for p in second}
    if not common:
        raise BadRun("the runs have no seed in common")
    one, two = (
        np.concatenate([p.predicted() == p.truth_indices() for p in predictions if p.seed == min(common)])
        for predictions in (first, second)
    )
    return one, two


def refuse_other_clips(protocol: str, first: Sequence[Prediction], second: Sequence[Prediction]) -> None:
    """Refuse runs that cannot be held side by side.

    Raises
    ------
    BadRun
        When the clips, their folds or their classes differ.
    """
    if _tested(first) != _tested(second) or first[0].classes != second[0].classes:
        raise BadRun(f"under {protocol} the runs tested different clips, or in other folds; run both on the same data")


def _tested(predictions: Sequence[Prediction]) -> list[tuple[str, str, str]]:
    """Return split, clip and label of all that one seed tested, in order."""
    seed = predictions[0].seed
    return [
        (p.split, clip, label)
        for p in predictions
        if p.seed == seed
        for clip, label in zip(p.clips, p.truth, strict=True)
    ]
