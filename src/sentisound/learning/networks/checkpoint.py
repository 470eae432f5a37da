"""The checkpoint: all that a training needs to go on after a kill, in one file that is written whole.

Its first line says whose it is and what its content must come to; a file that is damaged, or of another training, is
known before anything in it is interpreted. The rest are tensors and plain values, read as such (``weights_only``): no
code in it is run. No state of a generator is in it, because there is none to keep: what a step draws comes from
generators that are seeded by the training's seed, the epoch and the step.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from sentisound.learning.evaluation.files import write_whole

CHECKPOINT_FILE = "checkpoint.pt"

State = dict[str, Any]
"""What torch's ``state_dict`` gives, and plain values."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Header:
    """The first line."""

    key: str
    """Checksum of all that the training depends on."""
    sha256: str
    """Of the rest of the file."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The checkpoint of one training; without a folder nothing is kept."""

    folder: Path | None
    key: str

    @property
    def _path(self) -> Path | None:
        return self.folder / CHECKPOINT_FILE if self.folder else None

    def write(self, state: State) -> None:
        """Keep a state in place of the last."""
        if self._path:
            content = io.BytesIO()
            torch.save(state, content)
            payload = content.getvalue()
            header = Header(self.key, hashlib.sha256(payload).hexdigest())
            write_whole(self._path, json.dumps(asdict(header)).encode() + b"\n" + payload)

    def read(self) -> State | None:
        """Return the state that was kept, on the CPU; None without one that is whole and of this training."""
        if self._path is None or not self._path.is_file():
            return None
        line, _, payload = self._path.read_bytes().partition(b"\n")
        header = _header(line)
        if header is None or hashlib.sha256(payload).hexdigest() != header.sha256:
            self._say_ignored("is damaged")
            return None
        if header.key != self.key:
            self._say_ignored("is of another training: other data, another recipe or other versions")
            return None
        state: State = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
        return state

    def _say_ignored(self, reason: str) -> None:
        _LOG.warning("%s %s; the training starts anew", self._path, reason)


def _header(line: bytes) -> Header | None:
    try:
        return Header(**json.loads(line))
    except (ValueError, TypeError):  # no JSON, not an object, or other fields
        return None
