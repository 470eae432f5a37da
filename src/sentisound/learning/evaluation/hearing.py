"""What clips sound like under conditions, computed ahead by all processes, so that the folds find it in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sentisound.learning.dataset import Dataset, Progress, build_dataset
from sentisound.learning.evaluation.conditions import under
from sentisound.learning.recipe import FeatureOptions


def hear_under(
    conditions: Sequence[str], data: Dataset, options: FeatureOptions, jobs: int, progress: Progress, cache: Path
) -> None:
    """Fill the cache with the features of the clips of ``data`` under each condition, one condition at a time.

    A fold's process computes what it does not find, but alone and each fold anew.
    """
    clips = data.clips
    for number, name in enumerate(conditions if clips else ()):
        before = number * len(clips)

        def told(_: str, done: int, __: int, before: int = before) -> None:
            progress("features under conditions", before + done, len(conditions) * len(clips))

        build_dataset(under(name, clips), data.classes, options, jobs, told, cache)
