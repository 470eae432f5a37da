"""A support vector machine whose votes are its logits: one fit, where Platt's probabilities take six."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.svm import SVC


class MarginSvm(SVC):  # type: ignore[misc]
    """A support vector classifier that answers with the softmax of its one-versus-rest decision values.

    The values are pairwise votes with their margins as tie-breakers, so the likeliest class is the one that the
    machine predicts. They are no probabilities yet: the temperature, fitted on held-out speakers, makes them so.
    """

    def predict_proba(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the softmax of the decision values, shape (clips, classes)."""
        values = self.decision_function(x)
        logits = values if values.ndim == 2 else np.stack([np.zeros_like(values), values], axis=1)
        return np.asarray(softmax(logits, axis=1))
