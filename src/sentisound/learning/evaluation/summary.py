"""What the predictions of a protocol's folds come to: figures, their spread, an interval, and the confusions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sentisound.card import Metric
from sentisound.corpora.protocols import Protocol
from sentisound.findings import Bin, Fairness, Robustness
from sentisound.learning.evaluation.fairness import fairness_of
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.interval import Counts, Interval, pooled_uar, uar_interval
from sentisound.learning.evaluation.metrics import Scored, confusion, precisions, recalls
from sentisound.learning.evaluation.reliability import Reliability, reliability
from sentisound.learning.evaluation.robustness import robustness_of
from sentisound.learning.evaluation.runs import Result
from sentisound.learning.evaluation.voices import Voices

DRAWING_SEED = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A recipe under one protocol; all figures are shares, 0..1."""

    protocol: str
    source: str
    speaker_independent: bool
    seeds: tuple[int, ...]
    folds: int
    clips: int
    """Clips tested, each once a seed."""
    speakers: int
    mean: Scored
    """Mean over folds and seeds."""
    spread: Scored
    """Standard deviation over folds and seeds."""
    pooled_uar: float
    """UAR over the clips of all folds together: what the interval is of."""
    interval: Interval
    """95 %, over speakers."""
    classes: tuple[str, ...]
    confusion: NDArray[np.int64]
    """Clips of each class (rows) taken for each class (columns), over all folds and seeds."""
    predictions: tuple[Prediction, ...]
    pooled: Reliability
    """How far confidence can be trusted, over the clips of all folds and seeds together."""
    robustness: tuple[Robustness, ...]
    """One a condition; empty where none was asked for."""
    fairness: tuple[Fairness, ...]
    """One an attribute; empty where the voices were not asked for."""

    @property
    def dependence(self) -> str:
        """The words that every report carries."""
        return "speaker-independent" if self.speaker_independent else "speaker-dependent"

    @property
    def recall(self) -> list[float]:
        """Recall of each class."""
        return [float(value) for value in recalls(self.confusion)]

    @property
    def precision(self) -> list[float]:
        """Precision of each class; NaN where nothing was taken for it."""
        return [float(value) for value in precisions(self.confusion)]


def summarise(protocol: Protocol, predictions: Sequence[Prediction], voices: Voices | None = None) -> Summary:
    """Return what predictions of every fold and seed come to; for groups of speakers too where ``voices`` are given."""
    scores = [prediction.score() for prediction in predictions]
    values = np.array([astuple(one) for one in scores])
    counts = speaker_confusions(predictions)
    seeds = tuple(sorted({prediction.seed for prediction in predictions}))
    return Summary(
        protocol=protocol.name,
        source=protocol.source,
        speaker_independent=protocol.speaker_independent,
        seeds=seeds,
        folds=len(predictions) // len(seeds),
        clips=len({clip for prediction in predictions for clip in prediction.clips}),
        speakers=len(counts),
        mean=_scored(values.mean(axis=0)),
        spread=_scored(values.std(axis=0)),
        pooled_uar=pooled_uar(counts),
        interval=uar_interval(counts, np.random.default_rng(DRAWING_SEED)),
        classes=tuple(predictions[0].classes),
        confusion=counts.sum(axis=0).astype(np.int64),
        predictions=tuple(predictions),
        pooled=_pooled(predictions),
        robustness=tuple(robustness_of(predictions)),
        fairness=tuple(fairness_of(predictions, voices)) if voices else (),
    )


def _pooled(predictions: Sequence[Prediction]) -> Reliability:
    truth = np.concatenate([prediction.truth_indices() for prediction in predictions])
    return reliability(truth, np.concatenate([prediction.probability_rows() for prediction in predictions]))


def speaker_confusions(predictions: Sequence[Prediction]) -> Counts:
    """Return the confusions of each speaker, sorted by name, over all folds and seeds; (speakers, classes, classes)."""
    speaker = np.concatenate([prediction.speakers for prediction in predictions])
    truth = np.concatenate([prediction.truth_indices() for prediction in predictions])
    predicted = np.concatenate([prediction.predicted() for prediction in predictions])
    size = len(predictions[0].classes)
    rows = [confusion(truth[speaker == one], predicted[speaker == one], size) for one in np.unique(speaker)]
    return np.array(rows, dtype=np.float64)


def to_metric(summary: Summary) -> Metric:
    """Return the form that a bundle's card keeps."""
    return metric_of(to_result(summary, "", adaptive=False))


def metric_of(result: Result) -> Metric:
    """Return the form that a bundle's card keeps, from what a finished run kept."""
    figures = ("uar", "uar_std", "wa", "wa_std", "ece", "coverage", "selective_wa", "wa_at_80", "aurc")
    return Metric(
        protocol=result.protocol,
        speaker_independent=result.speaker_independent,
        seeds=list(result.seeds),
        folds=result.folds,
        reliability=[Bin(round(b.confidence, 4), round(b.accuracy, 4), b.clips) for b in result.reliability],
        risks=list(result.risks),
        robustness=list(result.robustness),
        fairness=list(result.fairness),
        **{name: round(getattr(result, name), 4) for name in figures},
    )


def to_result(summary: Summary, audit: str, *, adaptive: bool) -> Result:
    """Return the form that a run folder keeps."""
    mean, spread, pooled = summary.mean, summary.spread, summary.pooled
    return Result(
        protocol=summary.protocol,
        speaker_independent=summary.speaker_independent,
        adaptive=adaptive,
        audit=audit,
        folds=summary.folds,
        seeds=list(summary.seeds),
        clips=summary.clips,
        speakers=summary.speakers,
        uar=mean.uar,
        uar_std=spread.uar,
        wa=mean.wa,
        wa_std=spread.wa,
        macro_f1=mean.macro_f1,
        ece=mean.ece,
        coverage=mean.coverage,
        selective_wa=mean.selective_wa,
        pooled_uar=summary.pooled_uar,
        low=summary.interval.low,
        high=summary.interval.high,
        wa_at_80=mean.wa_at_80,
        aurc=mean.aurc,
        pooled_wa=pooled.wa,
        pooled_ece=pooled.ece,
        pooled_wa_at_80=pooled.wa_at_80,
        pooled_aurc=pooled.aurc,
        reliability=list(pooled.curve),
        risks=list(pooled.risks),
        robustness=list(summary.robustness),
        fairness=list(summary.fairness),
    )


def _scored(values: NDArray[np.float64]) -> Scored:
    return Scored(**{field.name: float(value) for field, value in zip(fields(Scored), values, strict=True)})
