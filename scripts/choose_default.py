#!/usr/bin/env python3
"""Choose the default model's features and regularisation without a look at a test fold, and say what each choice gives.

    SENTISOUND_CORPORA=~/corpora .venv/bin/python scripts/choose_default.py

Within each training side of ravdess/emobox6, four groups of held-out speakers rank every candidate (inner UAR); the
best is fitted on the whole training side and meets the test speakers once (nested UAR). The outer UAR of each candidate
is printed for comparison, and chooses nothing. Logistic regression has one solution, so there are no seeds.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sentisound.corpora.protocols import protocol
from sentisound.corpora.registry import corpus
from sentisound.learning.crossval import held_out_logits, logits_of
from sentisound.learning.dataset import Dataset, build_dataset
from sentisound.learning.evaluation.metrics import uar
from sentisound.learning.models.classical import build
from sentisound.learning.recipe import FeatureOptions
from sentisound.settings import Settings

GROUPS = 4
SETS: dict[str, tuple[dict[str, Any], tuple[float, ...]]] = {
    "mfcc40": ({}, (0.01, 0.1, 1.0)),
    "spectral": ({}, (0.01, 0.1, 1.0)),
    "statistical1020": ({}, (1e-3, 3e-3, 1e-2)),
    "prosodic": ({"normalise": True}, (0.03, 0.1, 0.3)),
    "prosodic, own level": ({"normalise": False}, (0.03, 0.1, 0.3)),
    "wide": ({"normalise": True}, (1e-3, 3e-3, 1e-2)),
    "wide, own level": ({"normalise": False}, (1e-3, 3e-3, 1e-2)),
}


@dataclass(frozen=True)
class Scored:
    """A candidate's UAR on one fold."""

    inner: float
    """On held-out speakers of the training side."""
    outer: float
    """On the test speakers."""


def score(data: Dataset, c: float, split: tuple[list[int], list[int]]) -> Scored:
    """Fit one candidate on one fold."""
    train, test = split
    make = partial(build, "logistic_regression", {"C": c}, 0)
    x, y = data.features[train], data.truth[train]
    inner = held_out_logits(make, x, y, data.speakers[train], GROUPS)
    model = make()
    model.fit(x, y)
    outer = logits_of(model, data.features[test])
    return Scored(uar(y, inner.argmax(axis=1)), uar(data.truth[test], outer.argmax(axis=1)))


def main() -> None:
    """Print a row a candidate, and what nested choice comes to."""
    root = Settings.load().corpora
    if root is None:
        raise SystemExit("set SENTISOUND_CORPORA to the folder with the corpora")
    ravdess = corpus("ravdess")
    clips = ravdess.read(root / "ravdess")
    splits = [(list(split.train), list(split.test)) for split in protocol("ravdess/emobox6").splits(clips)]
    table: dict[tuple[str, float], list[Scored]] = {}
    with ProcessPoolExecutor() as pool:
        for label, (parameters, grid) in SETS.items():
            options = FeatureOptions(label.split(",")[0], parameters)
            data = build_dataset(clips, ravdess.labels, options, os.cpu_count() or 1, lambda *_: None)
            for c in grid:
                table[label, c] = found = list(pool.map(partial(score, data, c), splits))
                print(_row(label, c, found), flush=True)
    for suffix, kept in (("level normalised", "own level"), ("own level", None)):
        names = [key for key in table if kept is None or kept not in key[0]]
        picks = [max(names, key=lambda key, fold=fold: table[key][fold].inner) for fold in range(len(splits))]
        values = [table[pick][fold].outer for fold, pick in enumerate(picks)]
        print(f"nested ({suffix}): UAR {100 * np.mean(values):.1f} +- {100 * np.std(values):.1f} %, chose {picks}")


def _row(label: str, c: float, found: list[Scored]) -> str:
    inner, outer = ([100 * getattr(one, side) for one in found] for side in ("inner", "outer"))
    return f"{label:<20} C {c:<6g} inner {np.mean(inner):5.1f}   outer {np.mean(outer):5.1f} +- {np.std(outer):.1f}"


if __name__ == "__main__":
    main()
