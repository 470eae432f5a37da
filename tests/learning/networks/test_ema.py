"""The average follows fast at first, slowly later, and takes buffers and counts along."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sentisound.learning.networks.ema import Average


def test_the_average_starts_as_the_module_and_does_not_share_its_weights():
    module = nn.Linear(2, 2)
    average = Average(module, 0.9)
    with torch.no_grad():
        module.weight.fill_(7)
    assert not (average.module.weight == 7).any()
    assert not average.module.training
    assert not any(weight.requires_grad for weight in average.module.parameters())


@pytest.mark.parametrize(("step", "share"), [(0, 0.9), (90, 0.09), (100_000, 0.01)])
def test_the_share_of_a_step_shrinks_to_what_the_decay_leaves(step: int, share: float):
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    average = Average(module, 0.99)
    nn.init.ones_(module.weight)
    average.update(module, step)
    assert average.module.weight.item() == pytest.approx(share, rel=1e-3)


def test_running_statistics_are_averaged_and_counts_taken_over():
    module = nn.BatchNorm1d(3)
    average = Average(module, 0.5)
    module(torch.randn(16, 3, generator=torch.Generator().manual_seed(0)) + 5)
    average.update(module, 1000)
    assert torch.allclose(average.module.running_mean, module.running_mean / 2)
    assert average.module.num_batches_tracked == 1


def test_a_value_that_stays_is_not_rounded_away():
    module = nn.Linear(50, 50)
    average = Average(module, 0.998)
    for step in range(100):
        average.update(module, step)
    assert torch.equal(average.module.weight, module.weight)
