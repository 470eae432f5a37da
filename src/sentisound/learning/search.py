"""The choice of parameters, temperature and threshold, all on held-out speakers of one training side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from sentisound.learning.calibrate import fit_temperature, fit_threshold
from sentisound.learning.crossval import Logits, held_out_logits
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.metrics import uar
from sentisound.learning.models.classical import build
from sentisound.learning.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Choice:
    """What one training side chose."""

    parameters: dict[str, Any]
    inner_uar: float
    """UAR of these parameters on the held-out speakers that chose them."""
    temperature: float
    threshold: float


def choose(recipe: Recipe, data: Dataset, seed: int) -> Choice:
    """Return the parameters of highest UAR on held-out speakers, on a tie the first, calibrated on the same speakers.

    ``data`` is a training side; no clip of a test side is in it. Where it has one speaker only, whole texts are held
    out in place of speakers.
    """
    ranked = [(parameters, _held_out(recipe, parameters, data, seed)) for parameters in recipe.candidates]
    scores = [uar(data.truth, logits.argmax(axis=1)) for _, logits in ranked]
    best = scores.index(max(scores))
    parameters, logits = ranked[best]
    temperature = fit_temperature(logits, data.truth)
    threshold = fit_threshold(logits, data.truth, temperature, recipe.calibration.selective_risk)
    return Choice(parameters, scores[best], temperature, threshold)


def _held_out(recipe: Recipe, parameters: dict[str, Any], data: Dataset, seed: int) -> Logits:
    make = partial(build, recipe.model.name, parameters, seed)
    groups, classes = recipe.calibration.groups, len(data.classes)
    return held_out_logits(make, data.features, data.truth, data.groups, groups, classes)
