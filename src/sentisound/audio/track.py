"""What a reader hands to the decoder: a track with its facts and its blocks of samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BLOCK_FRAMES = 1 << 15  # 128 kB of mono float32: stays in the processor's cache, and costs no fresh pages

Block = NDArray[np.float32]
"""Samples of all channels, shape (frames, channels), float32; a reader may reuse its memory for the next block."""


class UnreadableError(Exception):
    """A reader cannot open this stream; stays within this room, where the next reader is tried."""


@dataclass(slots=True)
class Track:
    """One track of sound being read."""

    codec: str
    rate_hz: int
    channels: int
    promised_s: float | None
    """Length that the header promises, in seconds; None where it tells none or guesses."""
    blocks: Iterator[Block]
    faults: list[str] = field(default_factory=list)
    """Filled while the blocks are read: what was wrong with the data, in words, each fault once."""
    notes: list[str] = field(default_factory=list)
    """What else is to be told of it, in words."""
    number: int = 1
    """Which of the file's audio tracks it is, counted from 1."""
    tracks: int = 1
    """How many audio tracks the file has."""


def scaled(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return samples as float32 with full scale -1..1; integers are scaled by their type, uint8 is centred on 128.

    Raises
    ------
    TypeError
        When the type is none that samples have (int8, int16, int32, uint8 or floating point).
    """
    kind = samples.dtype
    if kind == np.float32:
        return samples.view(np.float32)
    if np.issubdtype(kind, np.floating):
        with np.errstate(over="ignore"):  # beyond float32 becomes infinite, and is mended as such
            return samples.astype(np.float32)
    if kind == np.uint8:
        return (samples.astype(np.float32) - 128) / np.float32(128)
    if kind.kind == "i" and kind.itemsize <= 4:
        return samples.astype(np.float32) * np.float32(2.0 ** (1 - 8 * kind.itemsize))
    raise TypeError(f"samples are int8, int16, int32, uint8 or floating point, not {kind}")
