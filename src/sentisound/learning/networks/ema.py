"""EMA: the moving average of a module's weights, steadier than those of any one step (Polyak and Juditsky 1992)."""

from __future__ import annotations

from copy import deepcopy
from typing import Generic, TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)

WARM_UP = 10
"""Steps before which the average follows almost at once: the first weights are noise, not to be remembered."""


class Average(Generic[Module]):
    """Holds the average; its module is for evaluation only."""

    def __init__(self, module: Module, decay: float) -> None:
        self.module = deepcopy(module).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, module: Module, step: int) -> None:
        """Move towards the weights after ``step`` steps, buffers too; counts are taken over."""
        share = 1 - min(self._decay, (1 + step) / (WARM_UP + step))
        current = module.state_dict()
        for name, average in self.module.state_dict().items():
            if average.is_floating_point():
                average.lerp_(current[name], share)
            else:
                average.copy_(current[name])
