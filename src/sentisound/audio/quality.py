"""How fit a sound is for analysis: level, clipping, noise, DC, bandwidth and share of speech, with warnings in words.

The thresholds were chosen on six corpora of clean studio speech (RAVDESS, TESS, SAVEE, EmoDB, nEMO, EmoTale): their
speech lies at -51 dB or above, reaches 6.7 kHz or higher, and only clips that were audibly overdriven pass 0.1 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sentisound.audio.waveform import Origin, Samples, Span, Waveform
from sentisound.results import Quality

QUIET_DB = -55.0
CLIPPED_SHARE = 0.001
NOISY_DB = 10.0
DC_OFFSET = 0.01
NARROW_HZ = 4_200.0
"""A telephone carries 3.4 kHz and a rate of 8 kHz just 4 (measured here up to 0.12 more, for the smoothing); clean
speech was never seen to reach less than 6.7."""
LITTLE_SPEECH = 0.1

FULL_SCALE = 0.985  # resampling ripples the flat tops of clipped waves by a few per cent
BANDWIDTH_FLOOR_DB = 60.0  # below the strongest band of the speech
SPECTRUM_FRAMES, SPECTRUM_S, SMOOTH_BINS = 128, 0.064, 8

NOISE_FRAME_S = 0.02
MIN_PAUSE_S = 0.2
"""Least total of pauses in which noise can be measured."""
GUARD_S = 0.05  # left out of each pause at its ends, where speech still fades
MAX_SNR_DB, MIN_DB = 100.0, -120.0
"""Bounds of what is told: a digital pause has no noise at all, and JSON no infinity."""

CHUNK = 1 << 18  # 1 MB of samples at a time, however long the sound is


@dataclass(frozen=True, slots=True)
class _Totals:
    """Sums over all samples."""

    mean: float
    clipped: float


def assess(waveform: Waveform, regions: Sequence[Span]) -> Quality:
    """Measure how fit a sound is for analysis.

    Parameters
    ----------
    waveform : Waveform
        Mono sound at the analysis rate.
    regions : sequence of Span
        Its stretches of speech, sorted and disjoint, as a ``Vad`` finds them; without any, level and bandwidth are
        those of the whole sound.

    Returns
    -------
    Quality
        The measures, and a warning for each that a person should know of; ``snr_db`` is None without pauses.
    """
    samples, rate_hz = waveform.samples, waveform.rate_hz
    totals = _totals(samples)
    spoken = regions or (Span(0.0, waveform.duration_s),)
    power = _mean_power(samples, spoken, rate_hz, totals.mean)
    measured = Quality(
        level_db=_db(power),
        snr_db=snr_db(power, pause_power(waveform, regions)) if regions else None,
        clipping=totals.clipped,
        dc_offset=totals.mean,
        bandwidth_hz=bandwidth_hz(waveform, spoken),
        speech_ratio=min(1.0, sum(span.duration_s for span in regions) / waveform.duration_s),
    )
    return replace(measured, warnings=warnings(measured, waveform.origin))


def warnings(quality: Quality, origin: Origin) -> tuple[str, ...]:
    """Say in words what a person should know before trusting the result; the notes of decoding come last."""
    snr = quality.snr_db
    found = (
        (quality.level_db < QUIET_DB, f"the speech is very quiet ({quality.level_db:.0f} dB below full scale)"),
        (quality.clipping > CLIPPED_SHARE, f"the sound is clipped: {quality.clipping:.1%} of it is at full scale"),
        (snr is not None and snr < NOISY_DB, f"the sound is noisy: the speech is {snr or 0:.0f} dB above the noise"),
        (abs(quality.dc_offset) > DC_OFFSET, f"the sound is off centre by {quality.dc_offset:+.3f} (a DC offset)"),
        (_is_narrow(quality, origin), _narrow_words(quality, origin)),
        (quality.speech_ratio < LITTLE_SPEECH, f"there is little speech: {quality.speech_ratio:.0%} of the sound"),
    )
    return (*(words for holds, words in found if holds), *origin.notes)


def _is_narrow(quality: Quality, origin: Origin) -> bool:
    return origin.rate_hz / 2 <= NARROW_HZ or 0 < quality.bandwidth_hz < NARROW_HZ


def _narrow_words(quality: Quality, origin: Origin) -> str:
    if origin.rate_hz / 2 <= NARROW_HZ:
        return f"it was recorded at {origin.rate_hz / 1000:g} kHz: the highs of the voice are missing"
    return f"it sounds like a telephone line: nothing above {quality.bandwidth_hz / 1000:.1f} kHz"


def _totals(samples: Samples) -> _Totals:
    total, clipped = 0.0, 0
    for chunk in _chunks(samples):
        total += float(chunk.sum(dtype=np.float64))
        clipped += int(np.count_nonzero(np.abs(chunk) >= FULL_SCALE))
    return _Totals(total / len(samples), clipped / len(samples))


def _chunks(samples: Samples) -> Iterator[Samples]:
    return (samples[start : start + CHUNK] for start in range(0, len(samples), CHUNK))


def _mean_power(samples: Samples, spans: Sequence[Span], rate_hz: int, mean: float) -> float:
    """Return the mean power within the spans, without the DC offset."""
    power, count = 0.0, 0
    for span in spans:
        for chunk in _chunks(_cut(samples, span, rate_hz)):
            power += float(np.square(chunk - np.float32(mean)).sum(dtype=np.float64))
            count += len(chunk)
    return power / count if count else 0.0


def _cut(samples: Samples, span: Span, rate_hz: int) -> Samples:
    return samples[max(0, round(span.start_s * rate_hz)) : max(0, round(span.end_s * rate_hz))]


def pause_power(waveform: Waveform, regions: Sequence[Span]) -> float | None:
    """Return the median power of the frames in the pauses between regions; None where there are too few.

    The median, because a cough or a door in a pause is no background noise; and of the variance, not the mean square,
    because an offset is no noise either.
    """
    edges = [0.0, *(edge for span in regions for edge in (span.start_s, span.end_s)), waveform.duration_s]
    pauses = [Span(start + GUARD_S, stop - GUARD_S) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
    size = round(NOISE_FRAME_S * waveform.rate_hz)
    powers = [_frame_powers(_cut(waveform.samples, pause, waveform.rate_hz), size) for pause in pauses]
    joined = np.concatenate(powers)
    return float(np.median(joined)) if len(joined) * NOISE_FRAME_S >= MIN_PAUSE_S else None


def _frame_powers(samples: Samples, size: int) -> NDArray[np.float64]:
    """Return the variance of each whole frame of ``size`` samples, shape (n // size,)."""
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    step = CHUNK // size
    parts = [np.var(frames[start : start + step], axis=1) for start in range(0, len(frames), step)]
    return np.concatenate([np.zeros(0), *parts])


def snr_db(speech_power: float, noise_power: float | None) -> float | None:
    """Return the ratio of speech to noise in dB; the measured speech holds the noise as well, so it is taken off."""
    if noise_power is None:
        return None
    clean = max(speech_power - noise_power, 0.0)
    ratio_db = 10 * np.log10((clean + 1e-20) / (noise_power + 1e-20))
    return float(np.clip(ratio_db, -MAX_SNR_DB, MAX_SNR_DB))


def bandwidth_hz(waveform: Waveform, spans: Sequence[Span]) -> float:
    """Return the highest frequency of which the mean spectrum is within 60 dB of its maximum; 0 for silence.

    The spectrum is averaged over at most ``SPECTRUM_FRAMES`` frames, spread evenly over the spans.
    """
    size = round(SPECTRUM_S * waveform.rate_hz)
    frames = _spread_frames(waveform.samples, spans, waveform.rate_hz, size)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * np.hanning(size).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1))).mean(axis=0)
    power = np.convolve(power, np.full(SMOOTH_BINS, 1 / SMOOTH_BINS), "same")
    strong = np.flatnonzero(power > power.max() * 10 ** (-BANDWIDTH_FLOOR_DB / 10))
    return float(strong[-1] * waveform.rate_hz / size) if strong.size else 0.0


def _spread_frames(samples: Samples, spans: Sequence[Span], rate_hz: int, size: int) -> NDArray[np.float32]:
    samples = samples if len(samples) >= size else np.pad(samples, (0, size - len(samples)))
    hop = size // 2
    bounds = [(round(span.start_s * rate_hz), round(span.end_s * rate_hz) - size) for span in spans]
    starts = np.concatenate([np.arange(start, max(start + 1, stop), hop) for start, stop in bounds])
    starts = starts[np.linspace(0, len(starts) - 1, min(SPECTRUM_FRAMES, len(starts))).astype(np.intp)]
    frames: NDArray[np.float32] = sliding_window_view(samples, size)[np.clip(starts, 0, len(samples) - size)]
    return frames


def _db(power: float) -> float:
    return max(MIN_DB, float(10 * np.log10(power + 1e-20)))
