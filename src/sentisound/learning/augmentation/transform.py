"""What a transform is, and how its parameters are checked."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from sentisound.errors import RecipeError

Floats = NDArray[np.float32]
Rate = TypeVar("Rate", contravariant=True)


class Transform(Protocol[Rate]):
    """A frozen dataclass whose fields are its parameters; all randomness comes from ``rng``."""

    def apply(self, values: Floats, rate: Rate, rng: np.random.Generator, /) -> Floats:
        """Return a changed copy, finite float32; ``values`` stay as they are."""
        ...


WaveformTransform = Transform[int]
"""On samples, shape (n,) at a sampling rate in Hz, n >= 1; the result may have another length."""
FrameTransform = Transform[float]
"""On frames, shape (frames, bands) at a frame rate in Hz; the result has the same shape."""


def parameters_of(kind: type[Any]) -> dict[str, float | int | str | bool]:
    """Return a transform's parameters with their defaults."""
    return {one.name: one.default for one in fields(kind) if isinstance(one.default, float | int | str)}


def check_within(transform: object, lowest: float, highest: float, *names: str) -> None:
    """Check that fields lie within bounds, and in ascending order where there are two.

    Raises
    ------
    RecipeError
        With the name of the field and what it may be.
    """
    values = {name: getattr(transform, name) for name in names}
    for name, value in values.items():
        if not lowest <= value <= highest:
            raise RecipeError(f"{_label(transform)}: {name} must be from {lowest:g} to {highest:g}, not {value:g}")
    for (low, low_value), (high, high_value) in pairwise(values.items()):
        if low_value > high_value:
            raise RecipeError(f"{_label(transform)}: {low} ({low_value:g}) is above {high} ({high_value:g})")


def check_one_of(transform: object, name: str, choices: tuple[str, ...]) -> None:
    """Check that a field is one of some words.

    Raises
    ------
    RecipeError
        With the words that it may be.
    """
    if (value := getattr(transform, name)) not in choices:
        raise RecipeError(f"{_label(transform)}: {name} must be one of {', '.join(choices)}, not {value!r}")


def _label(transform: object) -> str:
    return type(transform).__name__
