"""Finished runs of one speaker or two whose every probability is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sentisound.corpora.protocols import protocol
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.runs import Config, RunFolder
from sentisound.learning.evaluation.summary import summarise, to_result

NAME = "savee/loso"
CLASSES = ["neutral", "happy"]
TRUTH = [0, 0, 1, 1]


def said(happy: Sequence[float], speaker: str = "ann", seed: int = 0) -> Prediction:
    return Prediction(
        key="k",
        split=speaker,
        seed=seed,
        classes=CLASSES,
        clips=[f"savee/{speaker}{n}" for n in range(len(TRUTH))],
        speakers=[f"savee/{speaker}"] * len(TRUTH),
        truth=[CLASSES[index] for index in TRUTH],
        probabilities=[[1 - share, share] for share in happy],
        threshold=0.4,
        temperature=2.0,
        chosen={},
        inner_uar=0.5,
    )


def written(path: Path, folds: Sequence[Prediction], name: str = NAME) -> RunFolder:
    run = RunFolder(path)
    seeds = sorted({one.seed for one in folds})
    for number, one in enumerate(folds):
        run.keep(name, number % (len(folds) // len(seeds)), one)
    summary = summarise(protocol(name), folds)
    config = Config(
        path.name, path.name, [name], seeds, False, "wide", "svm", {"name": path.name}, "2026-11-20", {}, ""
    )
    run.write_config(config)
    run.write_results([to_result(summary, "clean", adaptive=False)])
    return run


SURE = [0.01, 0.45, 0.55, 0.99]
UNSURE = [0.45, 0.6, 0.4, 0.55]
