"""Recipes of a small network, and one thread for torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from learning_frames import BANDS, SMALL
from sentisound.learning.recipe import (
    AugmentationOptions,
    CalibrationOptions,
    DataOptions,
    EvaluationOptions,
    FeatureOptions,
    ModelOptions,
    Recipe,
    TrainingOptions,
)


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def small() -> Callable[..., Recipe]:
    """Return a maker of recipes of a small ``tdnn``; keywords are options of its training."""

    def make(
        name: str = "tdnn",
        parameters: dict[str, Any] | None = None,
        augmentation: AugmentationOptions | None = None,
        functionals: str = "",
        **training: Any,
    ) -> Recipe:
        quick = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-2, "crop_s": 0.3, "ema": 0.5, "bf16": False}
        return Recipe(
            name="small",
            version="1.0.0",
            title="Small",
            seed=0,
            data=DataOptions(["ravdess"]),
            features=FeatureOptions("logmel", {"n_mels": BANDS}, functionals),
            model=ModelOptions(name, SMALL if parameters is None else parameters),
            evaluation=EvaluationOptions([], [0]),
            calibration=CalibrationOptions(groups=5),
            augmentation=augmentation or AugmentationOptions(),
            training=TrainingOptions(**(quick | training)),
        )

    return make
