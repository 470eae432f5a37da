"""Calibration: a temperature and an abstention threshold, both fitted on speakers the model has not heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from sentisound.learning.evaluation.metrics import Indices

Logits = NDArray[np.float64]

_LOG_TEMPERATURE_BOUNDS = (np.log(0.05), np.log(20.0))


def fit_temperature(logits: Logits, truth: Indices) -> float:
    """Return the temperature of least cross-entropy (Guo et al. 2017).

    Parameters
    ----------
    logits : ndarray, shape (clips, classes)
        Of clips whose speakers were held out when the model was fitted.
    truth : ndarray of int, shape (clips,)
    """
    rows = np.arange(len(truth))

    def cross_entropy(log_temperature: float) -> float:
        return float(-np.mean(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, truth]))

    return float(np.exp(minimize_scalar(cross_entropy, bounds=_LOG_TEMPERATURE_BOUNDS, method="bounded").x))


def fit_threshold(logits: Logits, truth: Indices, temperature: float, selective_risk: float) -> float:
    """Return the least confidence from which on answers are wrong in at most ``selective_risk`` of the cases.

    The risk of a threshold is measured over all clips at or above it (Geifman and El-Yaniv 2017, "Selective
    classification for deep neural networks"). Where no threshold reaches the risk, the one of least risk is returned;
    where all answers together keep it, 0: the least confidence that happened to occur is no reason to abstain below it.
    """
    probabilities = softmax(logits / temperature, axis=1)
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    wrong = (probabilities.argmax(axis=1) != truth)[order]
    risk = np.cumsum(wrong) / np.arange(1, len(wrong) + 1)
    settled = np.arange(len(risk)) >= min(20, len(risk) - 1)  # the risk of the first few clips is chance
    kept = np.flatnonzero(settled & (risk <= selective_risk))
    last = kept[-1] if len(kept) else int(np.flatnonzero(settled)[np.argmin(risk[settled])])
    return 0.0 if last == len(risk) - 1 and risk[last] <= selective_risk else float(confidence[order][last])
