"""One cycle: up in the first third, down to nearly nothing, and the same for the same step."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.learning.networks.schedule import END, START, one_cycle


def test_the_cycle_begins_low_peaks_once_and_ends_near_nothing():
    rates = np.array([one_cycle(step, 1000) for step in range(1000)])
    peak = int(rates.argmax())
    assert rates[0] == pytest.approx(START)
    assert peak == pytest.approx(300, abs=2)
    assert rates[peak] == pytest.approx(1)
    assert rates[-1] == pytest.approx(END)
    assert (np.diff(rates[: peak + 1]) > 0).all()
    assert (np.diff(rates[peak:]) < 0).all()


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_short_trainings_have_rates_too(steps: int):
    assert all(0 < one_cycle(step, steps) <= 1 for step in range(steps))
