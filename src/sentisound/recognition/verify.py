"""The check of a model on this machine: the features computed here must equal those it was published with.

Reading a bundle and opening it prove that the graph is the published one and computes the published output from the
published features. What is left is the way from sound to features: another version of a library, another processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sentisound.bundle import golden_waveform

if TYPE_CHECKING:
    from sentisound.recognition.recognizer import Recognizer

RELATIVE_TOLERANCE = 0.01
"""Difference allowed in a value, relative to its size; float32 sums in another order stay far below it."""
SCALE_FLOOR = 1e-3
"""Size below which a value counts as this large: near zero a relative difference says nothing."""
SHARE_NEEDED = 0.99
"""Share of the values that must agree; a value next to a threshold (voiced or not) may fall to the other side."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How well the golden features computed here agree with the published ones."""

    values: int
    """How many values were published."""
    agreeing: float
    """Share of them that agree, 0..1; 0 where their number differs."""
    worst: float
    """Largest difference, relative to the value's size; infinite where the number of values differs or one is NaN."""
    reason: str | None
    """Why the check failed; None when it passed."""

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return self.reason is None


def verify(recognizer: Recognizer) -> Verification:
    """Compute the golden features of a model that has been read and opened, and compare them with the card's."""
    golden = golden_waveform(recognizer.card.rate_hz)
    return compare(recognizer.golden_inputs().flat(), recognizer.extract(golden).flat())


def compare(published: ArrayLike, found: ArrayLike) -> Verification:
    """Compare feature values, both flattened; see the constants above for what agrees."""
    expected, actual = (np.asarray(values, dtype=np.float64).ravel() for values in (published, found))
    if expected.shape != actual.shape:
        reason = f"{actual.size} feature values are computed here, {expected.size} were published"
        return Verification(expected.size, 0.0, np.inf, reason)
    differences = np.abs(actual - expected) / np.maximum(np.abs(expected), SCALE_FLOOR)
    differences = np.where(np.isnan(differences), np.inf, differences)
    agreeing = float(np.mean(differences <= RELATIVE_TOLERANCE)) if expected.size else 0.0
    worst = float(differences.max(initial=0.0))
    return Verification(expected.size, agreeing, worst, None if agreeing >= SHARE_NEEDED else _reason(agreeing, worst))


def _reason(agreeing: float, worst: float) -> str:
    return (
        f"only {100 * agreeing:.1f} % of the golden features computed here agree with the published ones "
        f"(the worst is off by {worst:.3g} of its size); is this the SentiSound that it was made with?"
    )
