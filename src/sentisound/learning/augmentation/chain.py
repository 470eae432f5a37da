"""The chain: the steps of a recipe, one after the other, each applied to its share of the clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.babble import Babble
from sentisound.learning.augmentation.registry import FRAME_TRANSFORMS, WAVEFORM_TRANSFORMS, build_transform
from sentisound.learning.augmentation.step import Step
from sentisound.learning.augmentation.transform import Floats, FrameTransform, Transform, WaveformTransform

__all__ = ["Chain", "Step", "frame_chain", "waveform_chain"]

Rate = TypeVar("Rate", int, float)


@dataclass(frozen=True, slots=True)
class Chain(Generic[Rate]):
    """Transforms in their order, each with its probability; none leaves everything as it is."""

    steps: tuple[tuple[float, Transform[Rate]], ...]

    def apply(self, values: Floats, rate: Rate, rng: np.random.Generator) -> Floats:
        """Return the changed values; those given stay as they are.

        Parameters
        ----------
        values
            float32, samples of shape (n,), n >= 1, or frames of shape (frames, bands).
        rate
            Sampling rate or frame rate in Hz.
        rng
            Draws which steps are applied and how.

        Returns
        -------
        ndarray, float32
            Samples may become more or fewer; frames keep their shape.
        """
        for probability, transform in self.steps:
            if rng.random() < probability:
                values = transform.apply(values, rate, rng)
        return values


def waveform_chain(steps: Sequence[Step], others: Sequence[Samples] = ()) -> Chain[int]:
    """Return the chain of these steps on samples.

    Parameters
    ----------
    steps
        In the order in which they are applied.
    others
        Other clips at the same rate, for babble; of the same side of a split, or their voices leak.

    Raises
    ------
    RecipeError
        When a step names what is not there, or has parameters that cannot be used.
    """
    return Chain(tuple((step.probability, _among(_waveform_transform(step), others)) for step in steps))


def frame_chain(steps: Sequence[Step]) -> Chain[float]:
    """Return the chain of these steps on frames; errors as of ``waveform_chain``."""
    return Chain(tuple((step.probability, _frame_transform(step)) for step in steps))


def _waveform_transform(step: Step) -> WaveformTransform:
    return build_transform(WAVEFORM_TRANSFORMS, step)


def _frame_transform(step: Step) -> FrameTransform:
    return build_transform(FRAME_TRANSFORMS, step)


def _among(transform: WaveformTransform, others: Sequence[Samples]) -> WaveformTransform:
    return transform.among(others) if isinstance(transform, Babble) else transform
