"""Utterances: regions of speech joined over short pauses, and cut where they are longer than one judgement can be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.spans import merged, padded
from sentisound.audio.waveform import Samples, Span, Waveform

PAD_S = 0.1
"""Added on both sides of an utterance: breath and release belong to how it is said."""
SEARCH_SHARE = 0.25
"""How far from the even split, as a share of a part's length, the quietest point is looked for."""
TIE = 1e-9  # what two energies may differ by rounding alone, as a share of the largest
HUSH_S = 0.05  # the stretch whose energy is compared: a pause between words, not a zero crossing


def utterances(
    regions: Sequence[Span],
    *,
    waveform: Waveform,
    max_pause_s: float = 1.0,
    min_duration_s: float = 0.25,
    max_duration_s: float = 8.0,
) -> tuple[Span, ...]:
    """Return the utterances of a sound.

    Parameters
    ----------
    regions : sequence of Span
        Stretches of speech, in any order.
    waveform : Waveform
        The sound they lie in; what lies outside is cut off.
    max_pause_s : float
        Pauses up to this length belong to the utterance.
    min_duration_s : float
        Shorter stretches (between longer pauses) are blips and dropped.
    max_duration_s : float
        A longer utterance is split into the fewest even parts, each cut moved to the quietest point near by.

    Returns
    -------
    tuple of Span
        Sorted and disjoint, within the waveform, none longer than ``max_duration_s``.
    """
    inside = (Span(max(0.0, span.start_s), min(waveform.duration_s, span.end_s)) for span in regions)
    ordered = sorted((span for span in inside if span.duration_s > 0), key=lambda span: (span.start_s, span.end_s))
    joined = [span for span in merged(ordered, max_pause_s) if span.duration_s >= min_duration_s]
    wide = padded(joined, PAD_S, waveform.duration_s)
    return tuple(part for span in wide for part in _parts(span, waveform, max_duration_s))


def _parts(span: Span, waveform: Waveform, max_duration_s: float) -> Iterator[Span]:
    """Cut a span into parts of at most ``max_duration_s``."""
    start_s = span.start_s
    while (count := math.ceil((span.end_s - start_s) / max_duration_s - 1e-9)) > 1:
        even_s = (span.end_s - start_s) / count
        reach_s = SEARCH_SHARE * even_s
        # not so early that the rest no longer fits, not so late that this part does not
        first_s = max(start_s + even_s - reach_s, span.end_s - (count - 1) * max_duration_s)
        last_s = min(start_s + even_s + reach_s, start_s + max_duration_s)
        cut_s = quietest_s(waveform, first_s, last_s)
        yield Span(start_s, cut_s)
        start_s = cut_s
    yield Span(start_s, span.end_s)


def quietest_s(waveform: Waveform, first_s: float, last_s: float) -> float:
    """Return the middle of the quietest ``HUSH_S`` between two times; on a tie the one nearest to their middle."""
    rate_hz, middle_s = waveform.rate_hz, (first_s + last_s) / 2
    window = max(1, round(HUSH_S * rate_hz))
    offset = max(0, round(first_s * rate_hz) - window // 2)
    near = waveform.samples[offset : round(last_s * rate_hz) + window // 2]
    energy = _running_energy(near, window)
    if not energy.size:
        return middle_s
    times_s = (offset + window // 2 + np.arange(energy.size)) / rate_hz
    quiet = np.flatnonzero(energy <= energy.min() + TIE * energy.max())
    nearest = quiet[np.argmin(np.abs(times_s[quiet] - middle_s))]
    return float(np.clip(times_s[nearest], first_s, last_s))


def _running_energy(samples: Samples, window: int) -> NDArray[np.float64]:
    """Return the energy of each stretch of ``window`` samples, shape (max(0, n - window + 1),)."""
    total = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    return np.maximum(total[window:] - total[:-window], 0.0) if len(total) > window else total[:0]
