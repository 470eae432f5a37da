"""The trainer: epochs of steps, watched on held-out speakers; killed anywhere, it goes on as if it had not been.

Everything that is drawn comes from generators seeded by (seed, epoch, step). So a training that resumes from its
checkpoint takes the very steps that the uninterrupted one takes, and ends with the same bits on the same number of
threads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sentisound.errors import RecipeError
from sentisound.learning.augmentation.mixup import Batch
from sentisound.learning.evaluation.metrics import Indices
from sentisound.learning.learner import Desk
from sentisound.learning.models.deep.network import Network
from sentisound.learning.networks.batches import Batches
from sentisound.learning.networks.checkpoint import Checkpoint, State
from sentisound.learning.networks.device import own_randomness, repeatable, threads
from sentisound.learning.networks.ema import Average
from sentisound.learning.networks.inference import logits_of
from sentisound.learning.networks.journal import Epoch, Journal
from sentisound.learning.networks.losses import Heard, Pupil
from sentisound.learning.networks.sampler import Sampler
from sentisound.learning.networks.schedule import one_cycle
from sentisound.learning.networks.validation import Sides, Worth, worth
from sentisound.learning.recipe import TrainingOptions

SAVE_EVERY_S = 60.0
"""What a kill can cost, at most; an epoch's end is kept too."""
LONGEST_GRADIENT = 5.0
"""Norm to which gradients are cut: rare batches must not throw a recurrent network off."""
_ORDER, _BATCH, _STEP = range(3)  # what a generator is for, so that no two draw the same


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is learned, from what and how."""

    sides: Sides
    batches: Batches
    sampler: Sampler
    options: TrainingOptions
    seed: int
    device: torch.device
    half: bool
    """Compute in bfloat16."""
    build: Callable[[], Pupil]
    """Draws untrained weights from torch's generator."""
    last: bool = False
    """Keep the last weights, not the best on held-out speakers: nothing is chosen, the schedule runs to its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What came of a training."""

    network: Network
    """The best averaged weights, in evaluation mode."""
    epochs: int
    best_epoch: int


@dataclass(slots=True)
class Course:
    """How far a training is."""

    epoch: int = 0
    """Epochs that are finished."""
    step: int = 0
    """Steps that are finished in the epoch after those."""
    loss: float = 0.0
    """Sum over these steps."""
    seconds: float = 0.0
    """Time of these steps."""
    best_epoch: int = 0
    best_uar: float = -math.inf
    best_entropy: float = -math.inf
    finished: bool = False
    log: list[dict[str, Any]] = field(default_factory=list)
    """The epochs so far, each as of ``Epoch``."""

    @property
    def best(self) -> Worth:
        """What the best weights so far come to."""
        return Worth(self.best_uar, self.best_entropy)


class Trainer:
    """Trains one network; parameters as of ``Lesson`` and ``Desk``."""

    def __init__(self, lesson: Lesson, desk: Desk, checkpoint: Checkpoint) -> None:
        self._lesson = lesson
        self._desk = desk
        self._checkpoint = checkpoint
        self._journal = Journal(checkpoint.folder)
        self._course = Course()

    def run(self) -> Trained:
        """Train to the end, from the checkpoint where there is one.

        Raises
        ------
        RecipeError
            When the loss is no longer a number.
        """
        device = self._lesson.device
        with threads(self._desk.threads), own_randomness(device), repeatable(device):
            self._begin()
            self._told()
            while not self._course.finished:
                self._run_epoch()
                self._told()
        network = self._average.module
        network.load_state_dict(self._best)
        return Trained(network, self._course.epoch, self._course.best_epoch)

    def _begin(self) -> None:
        torch.manual_seed(self._lesson.seed)
        options = self._lesson.options
        self._pupil = self._lesson.build().to(self._lesson.device).train()
        self._average = Average(self._pupil.network, options.ema)
        self._optimiser = torch.optim.AdamW(decayed(self._pupil, options.weight_decay), lr=options.learning_rate)
        self._best = deepcopy(self._average.module.state_dict())
        self._saved = time.monotonic()
        if (state := self._checkpoint.read()) is not None:
            self._restore(state)

    def _restore(self, state: State) -> None:
        self._course = Course(**state["course"])
        self._best = state["best"]
        if not self._course.finished:
            self._pupil.load_state_dict(state["pupil"])
            self._average.module.load_state_dict(state["average"])
            self._optimiser.load_state_dict(state["optimiser"])

    def _save(self) -> None:
        state: State = {"course": asdict(self._course), "best": self._best}
        if not self._course.finished:  # afterwards the best weights are all that is wanted
            state["pupil"] = self._pupil.state_dict()
            state["average"] = self._average.module.state_dict()
            state["optimiser"] = self._optimiser.state_dict()
        self._checkpoint.write(state)
        self._saved = time.monotonic()

    def _told(self) -> None:
        course = self._course
        done = self._lesson.options.epochs if course.finished else course.epoch
        self._desk.progress("epochs", done, self._lesson.options.epochs)

    def _run_epoch(self) -> None:
        course, lesson = self._course, self._lesson
        before = time.monotonic() - course.seconds
        order = lesson.sampler.epoch(self._generator(_ORDER, 0))
        for rows in islice(order, course.step, None):
            course.loss += self._take(self._batch(rows))
            course.step += 1
            if time.monotonic() - self._saved >= SAVE_EVERY_S:
                course.seconds = time.monotonic() - before
                self._save()
        self._judge(course.loss / len(order), before)
        self._save()
        self._journal.write_log(course.log)

    def _generator(self, purpose: int, step: int) -> np.random.Generator:
        return np.random.default_rng([self._lesson.seed, purpose, self._course.epoch, step])

    def _batch(self, rows: Indices) -> Batch:
        rng = self._generator(_BATCH, self._course.step)
        return self._lesson.batches.make(rows, rng, twins=self._steadies)

    def _take(self, batch: Batch) -> float:
        """Take one step; return its loss."""
        torch.manual_seed(int(self._generator(_STEP, self._course.step).integers(2**63)))
        self._schedule()
        loss = self._loss(batch)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not say
        nn.utils.clip_grad_norm_(self._pupil.parameters(), LONGEST_GRADIENT)
        self._optimiser.step()
        self._average.update(self._pupil.network, self._step)
        return self._finite(loss.item())

    @property
    def _step(self) -> int:
        return self._course.epoch * self._lesson.sampler.batches + self._course.step

    @property
    def _steps(self) -> int:
        return self._lesson.options.epochs * self._lesson.sampler.batches

    @property
    def _steadies(self) -> bool:
        """Whether slight changes are to change nothing by now."""
        options = self._lesson.options
        return bool(options.consistency) and self._step >= (options.consistency_from or 0) * self._steps

    def _schedule(self) -> None:
        options = self._lesson.options
        share = one_cycle(self._step, self._steps)
        for group in self._optimiser.param_groups:
            group["lr"] = options.learning_rate * share

    def _loss(self, batch: Batch) -> Tensor:
        heard = Heard.of(batch, self._lesson.device)
        with torch.autocast(self._lesson.device.type, torch.bfloat16, enabled=self._lesson.half):
            return self._pupil.loss(heard, self._lesson.options)

    def _finite(self, loss: float) -> float:
        if math.isfinite(loss):
            return loss
        raise RecipeError(
            f"the loss is {loss} in epoch {self._course.epoch + 1}, step {self._course.step + 1}: the network cannot "
            "learn like this; lower training.learning_rate"
        )

    def _judge(self, loss: float, before: float) -> None:
        """End an epoch: keep the averaged weights if they are the best, and stop where none was for long."""
        course, lesson, options = self._course, self._lesson, self._lesson.options
        network = self._average.module
        found = worth(logits_of(network, self._lesson.sides.held, half=lesson.half), lesson.sides)
        course.epoch, course.step, course.loss, course.seconds = course.epoch + 1, 0, 0.0, 0.0
        if lesson.last or found > course.best:
            course.best_epoch, course.best_uar, course.best_entropy = course.epoch, found.uar, found.negative_entropy
            self._best = deepcopy(network.state_dict())
        seconds = time.monotonic() - before
        eta_s = (options.epochs - course.epoch) * seconds
        line = Epoch(course.epoch, loss, found.uar, -found.negative_entropy, round(seconds, 3), round(eta_s, 1))
        course.log.append(asdict(line))
        course.finished = course.epoch == options.epochs or course.epoch - course.best_epoch >= options.patience


def decayed(module: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Return a module's parameters in two groups: matrices decay, norms and biases do not."""
    parameters = list(module.parameters())
    return [
        {"params": [one for one in parameters if one.ndim > 1], "weight_decay": weight_decay},
        {"params": [one for one in parameters if one.ndim <= 1], "weight_decay": 0.0},
    ]
