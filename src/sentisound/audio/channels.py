"""What the channels of a sound are to each other: one voice, one voice that cancels itself, or two voices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.track import Block

FRAME_S = 0.032
CANCELLED = 0.05
"""Power of the mix, as a share of what channels that have nothing to do with each other would leave (13 dB less)."""
ACTIVE_DB = 30.0
"""A frame within so much of the loudest one holds sound."""
LIKE = 0.5
"""Correlation above which two channels hold the same sound."""
DIFFERENT_DB, DIFFERENT_SHARE = 8.0, 0.3
"""Levels of two channels that lie farther apart than usual, in so many of the frames, are not of one source."""
ACTIVE_SHARE = 0.05
"""Frames with sound, of those of the other channel, below which a channel holds clicks or crosstalk alone."""
DEAD_DB = 40.0
TINY = 1e-20


class Channels:
    """Collects what tells how the channels of a sound differ.

    Parameters
    ----------
    count : int
        Channels.
    rate_hz : int
        Rate of the samples in Hz.
    """

    def __init__(self, count: int, rate_hz: int) -> None:
        self._frame = max(1, round(FRAME_S * rate_hz))
        self._power = np.zeros(count)
        self._mixed_power = 0.0
        self._product = 0.0
        self._levels: list[NDArray[np.float64]] = []

    def add(self, block: Block, mixed: NDArray[np.float32]) -> None:
        """Take a block of shape (frames, channels) and its mix, shape (frames,)."""
        squares = block * block
        self._power += squares.sum(axis=0)
        self._mixed_power += float(mixed @ mixed)
        if block.shape[1] == 2:
            self._product += float(block[:, 0] @ block[:, 1])
            starts = np.arange(0, len(block), self._frame)
            lengths = np.diff(np.append(starts, len(block)))[:, np.newaxis]
            self._levels.append(np.add.reduceat(squares, starts, axis=0) / lengths)

    @property
    def loudest(self) -> int:
        """The channel with the most power, counted from 0."""
        return int(self._power.argmax())

    def cancel(self) -> bool:
        """Tell whether the mix has lost what the channels hold, as where one has the opposite phase."""
        unrelated = float(self._power.sum()) / len(self._power) ** 2
        return unrelated > TINY and self._mixed_power < CANCELLED * unrelated

    def differ(self) -> bool:
        """Tell whether two channels seem to hold two sources, as the sides of a call do."""
        if not self._levels or float(self._power.min()) < TINY:
            return False
        if abs(self._product) > LIKE * float(np.sqrt(self._power.prod())):
            return False
        levels = 10 * np.log10(np.concatenate(self._levels) + TINY)
        peaks = levels.max(axis=0)
        active = levels > peaks - ACTIVE_DB
        counts = np.count_nonzero(active, axis=0)
        if abs(peaks[0] - peaks[1]) > DEAD_DB or counts.min() < ACTIVE_SHARE * counts.max():
            return False
        apart = (levels[:, 0] - levels[:, 1])[active.any(axis=1)]
        return bool(np.mean(np.abs(apart - np.median(apart)) > DIFFERENT_DB) > DIFFERENT_SHARE)
