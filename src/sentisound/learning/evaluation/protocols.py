"""Measure a recipe under a protocol: train, calibrate and choose on the training side, score the test speakers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from scipy.special import softmax

from sentisound.bundle import Metric
from sentisound.corpora.protocols import Protocol
from sentisound.learning.calibrate import fit_temperature, fit_threshold
from sentisound.learning.crossval import Classifier, held_out_logits, logits_of
from sentisound.learning.dataset import Dataset, Progress
from sentisound.learning.evaluation.metrics import Scored, score
from sentisound.learning.recipe import CalibrationOptions

Build = Callable[[int], Classifier]
"""Seed to an unfitted learner."""


def measure(
    build: Build,
    data: Dataset,
    protocol: Protocol,
    seeds: Sequence[int],
    calibration: CalibrationOptions,
    progress: Progress,
) -> Metric:
    """Return the mean metrics over the protocol's folds and the seeds, with their spread."""
    speakers = [speaker.removeprefix(f"{protocol.corpus}/") for speaker in data.speakers]
    splits = protocol.splits(speakers)
    runs = [(seed, train, test) for seed in seeds for train, test in splits]
    scored = []
    for seed, train, test in runs:
        scored.append(_fold(partial(build, seed), data, train, test, calibration))
        progress(f"protocol {protocol.name}", len(scored), len(runs))
    return _summary(protocol, seeds, scored)


def _fold(
    build: Callable[[], Classifier], data: Dataset, train: list[int], test: list[int], options: CalibrationOptions
) -> Scored:
    x, y = data.features[train], data.truth[train]
    held_out = held_out_logits(build, x, y, data.speakers[train], options.groups)
    temperature = fit_temperature(held_out, y)
    threshold = fit_threshold(held_out, y, temperature, options.selective_risk)
    model = build()
    model.fit(x, y)
    probabilities = softmax(logits_of(model, data.features[test]) / temperature, axis=1)
    return score(data.truth[test], probabilities, threshold)


def _summary(protocol: Protocol, seeds: Sequence[int], scored: Sequence[Scored]) -> Metric:
    values = np.array([[s.uar, s.wa, s.ece, s.coverage, s.selective_wa] for s in scored])
    uar, wa, ece, coverage, selective_wa = (round(float(v), 4) for v in values.mean(axis=0))
    return Metric(
        protocol=protocol.name,
        speaker_independent=protocol.speaker_independent,
        seeds=list(seeds),
        folds=len(protocol.test_speakers),
        uar=uar,
        uar_std=round(float(values[:, 0].std()), 4),
        wa=wa,
        wa_std=round(float(values[:, 1].std()), 4),
        ece=ece,
        coverage=coverage,
        selective_wa=selective_wa,
    )
