"""The schedule: how far each step goes, a pure function of its number, so that nothing of it has to be kept."""

from __future__ import annotations

import math

RISING = 0.3
"""Share of the steps in which the rate grows."""
START, END = 1 / 25, 1e-4
"""First and last rate, as shares of the peak (Smith and Topin 2018, "Super-convergence"; as in fastai)."""


def one_cycle(step: int, steps: int) -> float:
    """Return the rate of a step, 0 to ``steps - 1``, as a share of the peak: up and down along two half cosines."""
    turn = max(1.0, RISING * steps - 1)
    if step <= turn:
        return _between(START, 1.0, step / turn)
    return _between(1.0, END, (step - turn) / max(1.0, steps - 1 - turn))


def _between(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * min(1.0, share))) / 2
