"""From decisions per frame to stretches of time: what the speech detectors share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Span


def runs(active: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield (first, behind last) of each run of True in a mask of shape (n,)."""
    edges = np.flatnonzero(np.diff(active, prepend=False, append=False))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def with_hysteresis(level: NDArray[np.floating], upper: float, lower: float) -> list[tuple[int, int]]:
    """Return the runs above ``lower`` that hold at least one frame above ``upper``; ``level`` has shape (n,)."""
    core = level > upper
    return [(start, stop) for start, stop in runs(level > lower) if core[start:stop].any()]


def merged(spans: Iterable[Span], max_gap_s: float) -> list[Span]:
    """Join spans, given in the order of their starts, that lie at most ``max_gap_s`` apart."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s - joined[-1].end_s <= max_gap_s:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def padded(spans: list[Span], pad_s: float, duration_s: float) -> list[Span]:
    """Widen each span on both sides by ``pad_s``, to the middle of a shorter gap, and not beyond the sound."""
    edges = [0.0, *((a.end_s + b.start_s) / 2 for a, b in pairwise(spans)), duration_s]
    return [
        Span(max(span.start_s - pad_s, before), min(span.end_s + pad_s, behind))
        for span, (before, behind) in zip(spans, pairwise(edges), strict=False)  # no spans, one gap
    ]
