"""The workers: folds run in processes of their own, which hold the data once and leave with their parent.

A process that computes on a GPU, as it does after a general stage, cannot hand it to children: networks then take
turns on it, one fold after the other.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext

from threadpoolctl import threadpool_limits

from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.folds import Asked, Fold, Prediction
from sentisound.learning.learner import Desk, is_network
from sentisound.learning.recipe import Recipe

PARENT_ASKED_S = 0.5
"""How often a worker looks whether the process that started it is still there."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A fold that is to be run."""

    fold: Fold
    recipe: Recipe
    key: str
    labels: tuple[str, ...]
    desk: Desk
    asked: Asked


def computed(errands: Mapping[int, Errand], data: Dataset, jobs: int) -> Iterator[tuple[int, Prediction]]:
    """Yield each fold's place and prediction as soon as it is there."""
    if _on_gpu() and any(is_network(errand.recipe) for errand in errands.values()):
        for place, errand in errands.items():
            yield place, _run(errand, data)
        return
    with ProcessPoolExecutor(jobs, _sharing(), initializer=_take, initargs=(data,)) as pool:
        waiting = {pool.submit(_run_with_taken, errand): place for place, errand in errands.items()}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _on_gpu() -> bool:
    """Return whether this process computes on a GPU already."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_initialized())


def _sharing() -> BaseContext | None:
    """Return the way to start processes that shares the data with them; None, the default, where there is none."""
    return get_context("fork") if "fork" in get_all_start_methods() else None


_TAKEN: list[Dataset] = []  # in a worker process: the data of its pool, sent once and not with every fold


def _take(data: Dataset) -> None:
    _TAKEN[:] = [data]
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    threadpool_limits(1)  # folds share the cores; threads of theirs would wait for each other, up to 30 times as long


def _leave_with(parent: int) -> None:
    """End this process once its parent is gone: a pool's workers would outlive one that was killed, and wait."""
    while os.getppid() == parent:
        time.sleep(PARENT_ASKED_S)
    os._exit(1)


def _run_with_taken(errand: Errand) -> Prediction:
    return _run(errand, _TAKEN[0])


def _run(errand: Errand, data: Dataset) -> Prediction:
    return errand.fold.run(errand.recipe, data, errand.key, errand.labels, errand.desk, errand.asked)
