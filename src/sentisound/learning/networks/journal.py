"""The journal: what a training leaves to read, ``config.json`` and ``log.jsonl``, one line an epoch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from sentisound.learning.evaluation.files import write_whole
from sentisound.learning.evaluation.runs import commit, environment, today
from sentisound.learning.networks.validation import Sides
from sentisound.learning.recipe import Recipe

CONFIG_FILE, LOG_FILE = "config.json", "log.jsonl"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One line of the log."""

    epoch: int
    """From 1."""
    loss: float
    """Mean over the epoch's batches."""
    uar: float
    """Of the averaged weights on held-out speakers."""
    entropy: float
    """Cross-entropy of the same, nats."""
    seconds: float
    """Time of this epoch."""
    eta_s: float
    """Time that is left, if no epoch is spared."""


@dataclass(frozen=True, slots=True)
class Journal:
    """Writes to a folder, or nowhere."""

    folder: Path | None

    def write_config(self, recipe: Recipe, sides: Sides, seed: int, setting: dict[str, str]) -> None:
        """Say what is trained; ``setting`` says on what."""
        document = {
            "recipe": asdict(recipe),
            "seed": seed,
            "clips": len(sides.learned.truth),
            "held_out": sorted({str(speaker) for speaker in sides.held.speakers}),
            "created": today(),
            "environment": environment(networks=True) | setting,
            "commit": commit(),
        }
        self._write(CONFIG_FILE, json.dumps(document, indent=1) + "\n")

    def write_log(self, epochs: Sequence[dict[str, Any]]) -> None:
        """Write all epochs so far, each as of ``Epoch``.

        The file is written whole: a kill leaves no half line, and a resumed training none twice.
        """
        self._write(LOG_FILE, "".join(json.dumps(epoch) + "\n" for epoch in epochs))

    def _write(self, name: str, content: str) -> None:
        if self.folder:
            write_whole(self.folder / name, content)


def setting_of(device: torch.device, threads: int, half: bool) -> dict[str, str]:
    """Return what a training runs on, for its config."""
    return {"device": device.type, "threads": str(threads), "precision": "bfloat16" if half else "float32"}
