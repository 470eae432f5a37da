"""A fast exact sliding median for windows of 2^k - 1 values, down many columns at once.

A separable sorting network (Adams, "Fast median filters using separable sorting networks", SIGGRAPH 2021) in one
dimension. Windows are taken in groups of 16 (for a width of 31). What a group shares is one aligned run of 16 rows,
sorted once; the group is then split in halves, and each half adds the run of 8 rows that only it shares, then of 4, of
2, of 1. Every run is one of the same merge sort of aligned blocks. After each step only those values are kept that can
still become a median: as many as there are windows. That is 25 minima and maxima a value, each over a whole array, and
no branch: 3 to 6 ms (as the allocator has memory at hand or not) where ``scipy.ndimage.median_filter`` takes 150 ms and
its fast one-dimensional path, on mirrored rows end to end, 13 ms (329 x 1025 values, width 31, one core).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Run = list[Values]
"""Arrays of one shape, ascending at every place."""

CACHED_VALUES = 8192
"""Columns are taken in tiles, so that an array of the network has about this many values.

Measured: smaller tiles pay for calls, larger ones leave a 1 MB cache and make the allocator fetch fresh memory.
"""


def sliding_median(values: Values, width: int = 31) -> Values:
    """Return the median of ``width`` rows around each row, for each column.

    Parameters
    ----------
    values
        Shape (rows, columns), finite.
    width
        Rows in a window, 2^k - 1 for a whole k > 1; at the ends the rows are mirrored, ``d c b a | a b c d | d c b a``.

    Returns
    -------
    ndarray, shape (rows, columns)
    """
    block = (width + 1) // 2
    if width != 2 * block - 1 or block & (block - 1) or block < 2:
        raise ValueError(f"the width must be 3, 7, 15, 31 ..., not {width}")
    rows, columns = values.shape
    blocks = -(-rows // block)
    padded = np.pad(values, ((block, block * (blocks + 1) - rows), (0, 0)), mode="symmetric")
    medians = np.empty((blocks * block, columns), dtype=values.dtype)
    tile = max(1, CACHED_VALUES // blocks)
    for start in range(0, columns, tile):
        part = slice(start, start + tile)
        _fill(medians.reshape(blocks, block, columns)[..., part], padded.reshape(-1, block, columns)[..., part])
    return medians[:rows]


def _fill(medians: Values, padded: Values) -> None:
    """Compute the medians of all blocks of windows; ``padded`` has a block more on either side."""
    block = medians.shape[1]
    levels = _sorted_runs([padded[:, row] for row in range(block)])
    shared = [value[1:-1] for value in levels[-1][0]]
    _split(medians, levels[:-1], shared, first=0)


def _sorted_runs(rows: Run) -> list[list[Run]]:
    """Merge sort the rows of every block and keep the runs of each level: 1 row, 2, 4 ... the block."""
    levels = [[[row] for row in rows]]
    while len(runs := levels[-1]) > 1:
        levels.append([_merged(a, b) for a, b in zip(runs[::2], runs[1::2], strict=True)])
    return levels


def _split(medians: Values, levels: list[list[Run]], core: Run, first: int) -> None:
    """Halve a group of ``len(core)`` windows from row ``first`` of each block on, until each is alone.

    The left half adds the run just before the shared rows, which lies in the block before; the right half the run just
    after them, in the block behind.
    """
    if not levels:
        medians[:, first] = core[0]
        return
    half, runs = len(core) // 2, levels[-1]
    before = [value[:-2] for value in runs[first // half + 1]]
    behind = [value[2:] for value in runs[first // half]]
    _split(medians, levels[:-1], _middle(core, before), first)
    _split(medians, levels[:-1], _middle(core, behind), first + half)


def _merged(a: Run, b: Run) -> Run:
    """Merge two runs of one length by Batcher's odd-even network."""
    if len(a) == 1:
        return [np.minimum(a[0], b[0]), np.maximum(a[0], b[0])]
    even, odd = _merged(a[::2], b[::2]), _merged(a[1::2], b[1::2])
    pairs = [sorted_ for low, high in zip(odd, even[1:], strict=False) for sorted_ in _ordered(low, high)]
    return [even[0], *pairs, odd[-1]]


def _ordered(a: Values, b: Values) -> tuple[Values, Values]:
    return np.minimum(a, b), np.maximum(a, b)


def _middle(core: Run, extra: Run) -> Run:
    """Return the middle ``len(extra)`` of all the values of ``core``, which is twice as long, and ``extra``.

    The half-cleaner of a bitonic merge parts the lower from the upper values; two more steps on each side drop those
    too far from the middle.
    """
    keep, half = len(extra), len(extra) // 2
    if keep == 1:
        return [np.minimum(np.maximum(core[0], extra[0]), core[1])]
    inner, falling = core[half : half + keep], extra[::-1]
    low = [np.minimum(c, e) for c, e in zip(inner, falling, strict=True)]
    high = [np.maximum(c, e) for c, e in zip(inner, falling, strict=True)]
    below = [np.maximum(np.maximum(core[i], low[i]), low[half + i]) for i in range(half)]
    above = [np.minimum(np.minimum(core[half + keep + i], high[i]), high[half + i]) for i in range(half)]
    return _sorted_bitonic(below) + _sorted_bitonic(above)


def _sorted_bitonic(values: Run) -> Run:
    """Sort values that rise and then fall, or any rotation of such."""
    if len(values) == 1:
        return values
    half = len(values) // 2
    pairs = [_ordered(a, b) for a, b in zip(values[:half], values[half:], strict=True)]
    return _sorted_bitonic([a for a, _ in pairs]) + _sorted_bitonic([b for _, b in pairs])
