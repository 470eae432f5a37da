"""Prosody: how something is said, in 90 numbers about melody, loudness, voice, timbre and timing.

The choice of descriptors follows the literature on minimal parameter sets (Eyben et al. 2016, "The Geneva Minimalistic
Acoustic Parameter Set for voice research and affective computing"); definitions and code are our own, and the values
not comparable with another implementation's. Everything rests on frames every 10 ms (``voice.tracks``). *Active* frames
lie within ``ACTIVE_RANGE_DB`` of the loudest level, *voiced* ones have a pitch, *unvoiced* are active without one.
The stretch from the first to the last active frame is what timing refers to, so that silence around it does not count.

============================ ==== ==========================================================================
group                        size what
============================ ==== ==========================================================================
``f0_semitones``              10  pitch above 27.5 Hz over voiced frames; its rises and falls in semitones/s
``loudness``                  10  loudness over active frames; its rises and falls per second
``voiced``                    46  mean and spread of source, formants and timbre (``VOICED``)
``active``                    10  mean and spread of flux and MFCC
``unvoiced``                   5  mean of spectral balance and flux
timing                         9  peaks and stretches a second, lengths in seconds, level (``TIMING``)
============================ ==== ==========================================================================

A name is ``descriptor.functional``. ``std`` is in the descriptor's unit; ``cv`` is the standard deviation over the
mean, for descriptors that cannot be negative; ``range`` is the 80th less the 20th percentile. What has no frames is 0.
``loudness`` (all but ``cv``) and ``level_db`` grow with the recording's level; all else does not depend on it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.features.filterbanks import dct_filters
from sentisound.features.formants import Formants, formants
from sentisound.features.pitch import HOP_S, WINDOW_S, Floats, Mask, centred_frames, without_offset
from sentisound.features.statistics import percentiles
from sentisound.features.stft import parts
from sentisound.features.voice import QUIETEST_DB, Tracks, VoiceSpectrogram, semitones

ACTIVE_RANGE_DB = 35.0
N_MFCC = 4
_BLOCK = 64  # frames at a time: what stays in the cache is twice as fast
_QUIET = 1e-12  # power that is added before a logarithm, relative to full scale

CONTOUR = ("mean", "{spread}", "p20", "p50", "p80", "range", "rise.mean", "rise.std", "fall.mean", "fall.std")
SOURCE = ("hnr_db", "jitter", "shimmer", "h1_h2_db", "h1_a3_db")
FORMANTS = tuple(f"f{i}_{what}" for what in ("hz", "bandwidth_hz", "level_db") for i in (1, 2, 3))
"""Levels are of the highest partial near the formant, relative to the frame's level."""
BALANCE = ("alpha_ratio_db", "hammarberg_db", "slope_0_500_db_per_khz", "slope_500_1500_db_per_khz")
"""Level of 1-5 kHz less that of 50-1000 Hz; highest peak below 2 kHz less that of 2-5 kHz; slopes of the spectrum."""
MFCC = tuple(f"mfcc{i}" for i in range(1, N_MFCC + 1))
TIMBRE = (*BALANCE, "flux", *MFCC)
"""What every frame has. Flux is the change of the spectrum, scaled to unit length, since the frame before: 0..1.4."""
FINE = (*SOURCE[1:], *FORMANTS)
"""What is measured of single periods, partials and resonances: half of the time that prosody takes."""
VOICED = (*SOURCE, *FORMANTS, *TIMBRE)
TIMING = (
    "loudness_peaks_per_s",
    "voiced_stretches_per_s",
    "voiced_share",
    "voiced_s.mean",
    "voiced_s.std",
    "unvoiced_s.mean",
    "unvoiced_s.std",
    "active_s",
    "level_db",
)
RELATIVE = frozenset(("jitter", "shimmer", "flux", *(name for name in FORMANTS if name.endswith("hz"))))
"""Descriptors whose spread is given relative to the mean."""
_UNVOICED, _ACTIVE = slice(None, len(BALANCE) + 1), slice(len(BALANCE), None)  # of the columns of ``TIMBRE``


def _contour_names(track: str, spread: str) -> tuple[str, ...]:
    return tuple(f"{track}.{functional.format(spread=spread)}" for functional in CONTOUR)


def _with_spread(names: tuple[str, ...], prefix: str) -> tuple[str, ...]:
    means = tuple(f"{prefix}{name}.mean" for name in names)
    return means + tuple(f"{prefix}{name}.{'cv' if name in RELATIVE else 'std'}" for name in names)


PROSODIC_NAMES: tuple[str, ...] = (
    *_contour_names("f0_semitones", "std"),
    *_contour_names("loudness", "cv"),
    *_with_spread(VOICED, "voiced."),
    *_with_spread(TIMBRE[_ACTIVE], "active."),
    *(f"unvoiced.{name}.mean" for name in TIMBRE[_UNVOICED]),
    *TIMING,
)
"""Names of the values of ``prosodic``, in their order."""
COARSE_NAMES = tuple(name for name in PROSODIC_NAMES if not (name.startswith("voiced.") and name.split(".")[1] in FINE))
"""The same without what is ``FINE``."""


def prosodic(samples: Samples, rate_hz: int = RATE_HZ) -> Floats:
    """Describe the prosody of an utterance; memory grows by 100 MB a minute, so cut recordings into utterances.

    Parameters
    ----------
    samples : (n,) float32
        Mono sound, full scale -1..1, of any length.
    rate_hz : int
        Sampling rate; 8000 and above.

    Returns
    -------
    (len(PROSODIC_NAMES),) float32
        Finite for every input; silence gives 0 everywhere but -100 for ``level_db``.
    """
    return prosodic_on(VoiceSpectrogram.of(without_offset(samples), rate_hz))


def prosodic_on(spectrogram: VoiceSpectrogram, *, fine: bool = True) -> Floats:
    """Return the values of ``prosodic`` on a spectrogram that is at hand; of ``COARSE_NAMES`` where not ``fine``."""
    track, timbre = spectrogram.tracks, _timbre(spectrogram)
    active, voiced = _active(track.level_db), track.f0_hz > 0
    values = (
        _pitch_contour(track.f0_hz, voiced),
        _loudness_contour(track.loudness, active),
        _of_voiced(spectrogram, timbre, voiced, fine),
        _mean_and_spread(timbre[active, _ACTIVE], TIMBRE[_ACTIVE]),
        _mean(timbre[active & ~voiced, _UNVOICED]),
        _timing(track, active, voiced),
    )
    return np.concatenate(values).astype(np.float32)


def _active(level_db: Floats) -> Mask:
    return level_db > max(float(level_db.max()) - ACTIVE_RANGE_DB, QUIETEST_DB)


def _timbre(spectrogram: VoiceSpectrogram) -> Floats:
    """Return the columns of ``TIMBRE``, shape (frames, len(TIMBRE))."""
    columns = (_balance(spectrogram), _flux(spectrogram.magnitude)[:, None], _mfcc(spectrogram.bands))
    return np.concatenate(columns, axis=1)


def _mfcc(bands: Floats) -> Floats:
    cepstrum: Floats = _db(bands) @ dct_filters(bands.shape[1], 1 + N_MFCC)[:, 1:]
    return cepstrum


def _db(power: Floats) -> Floats:
    decibels: Floats = 10 * np.log10(power + np.float32(_QUIET))
    return decibels


def _flux(magnitude: Floats) -> Floats:
    """Return the distance of each frame's spectrum, scaled to unit length, from the one before."""
    shape = magnitude / np.maximum(np.sqrt(np.einsum("fb,fb->f", magnitude, magnitude)), 1e-9)[:, None]
    change = np.diff(shape, axis=0, prepend=shape[:1])
    flux: Floats = np.sqrt(np.einsum("fb,fb->f", change, change))
    return flux


def _balance(spectrogram: VoiceSpectrogram) -> Floats:
    """Return the columns of ``BALANCE``, shape (frames, 4)."""
    power = spectrogram.power / np.float32(spectrogram.full_scale)
    level = _db(power)
    edges = np.searchsorted(spectrogram.bins_hz, (50, 1000, 2000, 5000))
    low, high = (_db(power[:, start:end].sum(axis=1)) for start, end in (edges[:2], edges[[1, 3]]))
    peaks = level[:, : edges[2]].max(axis=1) - level[:, edges[2] : edges[3]].max(axis=1)
    slopes = level @ _slope_weights(spectrogram.rate_hz, spectrogram.n_fft)
    return np.column_stack((high - low, peaks, slopes))


@lru_cache(maxsize=8)
def _slope_weights(rate_hz: int, n_fft: int) -> Floats:
    """Weights (bins, 2) of the least-squares slopes of 0-500 and 500-1500 Hz, per kHz."""
    khz = np.fft.rfftfreq(n_fft, 1000 / rate_hz)
    inside = [(khz >= low) & (khz <= high) for low, high in ((0.0, 0.5), (0.5, 1.5))]
    centred = np.column_stack([np.where(band, khz - khz[band].mean(), 0) for band in inside])
    return np.asarray(centred / (centred**2).sum(axis=0), np.float32)


def _of_voiced(spectrogram: VoiceSpectrogram, timbre: Floats, voiced: Mask, fine: bool) -> NDArray[np.float64]:
    """Return means and spreads over voiced frames, of all of ``VOICED`` or of what is not ``FINE``."""
    if fine:
        return _mean_and_spread(_voiced_columns(spectrogram, timbre, voiced), VOICED)
    columns = np.column_stack((spectrogram.tracks.hnr_db[voiced], timbre[voiced]))
    return _mean_and_spread(columns, tuple(name for name in VOICED if name not in FINE))


def _voiced_columns(spectrogram: VoiceSpectrogram, timbre: Floats, voiced: Mask) -> Floats:
    """Return the columns of ``VOICED`` over voiced frames, shape (voiced frames, len(VOICED))."""
    track, cycles = spectrogram.tracks, spectrogram.cycles
    found = formants(spectrogram.power[voiced], spectrogram.rate_hz)
    frequency_hz, bandwidth_hz = _mean_where_missing(found)
    h1, h2, near = _partials(spectrogram, track.f0_hz, voiced, frequency_hz)
    source = (track.hnr_db[voiced], cycles.jitter[voiced], cycles.shimmer[voiced], h1 - h2, h1 - near[:, 2])
    level = track.level_db[voiced, None]
    return np.column_stack((*source, frequency_hz, bandwidth_hz, near - level, timbre[voiced]))


def _mean_where_missing(found: Formants) -> tuple[Floats, Floats]:
    """Return frequencies and bandwidths in which a formant that was not found has its mean over the utterance."""
    there = found.frequency_hz > 0
    count = np.maximum(there.sum(axis=0), 1)
    frequency_hz, bandwidth_hz = (
        np.where(there, values, values.sum(axis=0) / count).astype(np.float32)
        for values in (found.frequency_hz, found.bandwidth_hz)
    )
    return frequency_hz, bandwidth_hz


def _partials(
    spectrogram: VoiceSpectrogram, f0_hz: Floats, voiced: Mask, formants_hz: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return levels in dB of the first and second partial and of the highest near each formant (frames, 3)."""
    rate_hz = spectrogram.rate_hz
    frames = centred_frames(spectrogram.samples, round(HOP_S * rate_hz), round(WINDOW_S * rate_hz))
    pitch = f0_hz[voiced, None]
    centres = np.concatenate([pitch, 2 * pitch, formants_hz], axis=1)
    reach = pitch * np.array([0.25, 0.25, 0.5, 0.5, 0.5], np.float32)
    at_hz = centres[..., None] + reach[..., None] * np.linspace(-1, 1, 13, dtype=np.float32)
    rows, power = np.flatnonzero(voiced), np.empty(at_hz.shape[:2], np.float32)
    for part in parts(len(rows), _BLOCK):
        power[part] = _highest(frames[rows[part]], at_hz[part], rate_hz)
    level = _db(power)
    return level[:, 0], level[:, 1], level[:, 2:]


def _highest(frames: Floats, at_hz: Floats, rate_hz: int) -> Floats:
    """Return each frame's highest power at rows of frequencies (frames, rows, frequencies), shape (frames, rows)."""
    width = frames.shape[1]
    n_fft = 2 ** int(np.ceil(np.log2(width)))
    spectrum = fft.rfft(frames * _unit_window(width), n_fft, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) / 2
    bins = np.rint(at_hz * (n_fft / rate_hz)).astype(np.intp).clip(0, power.shape[1] - 1)
    highest: Floats = power[np.arange(len(power))[:, None, None], bins].max(axis=2)
    return highest


@lru_cache(maxsize=8)
def _unit_window(width: int) -> Floats:
    """Return a Hann window under which the peak of a partial is its amplitude."""
    window = np.hanning(width).astype(np.float32)
    return np.asarray(window / (window.sum() / 2), np.float32)


def _mean(columns: Floats) -> NDArray[np.float64]:
    return columns.mean(axis=0, dtype=np.float64) if len(columns) else np.zeros(columns.shape[1])


def _mean_and_spread(columns: Floats, names: tuple[str, ...]) -> NDArray[np.float64]:
    if not len(columns):
        return np.zeros(2 * len(names))
    mean, spread = _mean(columns), columns.std(axis=0, dtype=np.float64)
    relative = np.array([name in RELATIVE for name in names])
    return np.concatenate([mean, np.where(relative, spread / np.maximum(mean, 1e-9), spread)])


def _pitch_contour(f0_hz: Floats, voiced: Mask) -> NDArray[np.float64]:
    return _contour(semitones(f0_hz), voiced)


def _loudness_contour(loud: Floats, active: Mask) -> NDArray[np.float64]:
    values = _contour(_smooth(loud), active)
    values[1] /= max(values[0], 1e-9)
    return values


def _smooth(values: Floats) -> Floats:
    """Average over 50 ms, so that slopes and peaks are those of syllables rather than of periods."""
    kernel = np.array([1, 2, 3, 2, 1], np.float32) / 9
    return np.convolve(np.pad(values, 2, mode="edge"), kernel, mode="valid").astype(np.float32)


def _contour(values: Floats, mask: Mask) -> NDArray[np.float64]:
    """Return the functionals of ``CONTOUR`` over the frames of the mask."""
    inside = values[mask].astype(np.float64)
    if not len(inside):
        return np.zeros(len(CONTOUR))
    p20, p50, p80 = percentiles(inside[:, None], (20, 50, 80))[:, 0]
    steps = np.diff(values)[mask[1:] & mask[:-1]] / HOP_S
    slopes = [f(part) if len(part) else 0.0 for part in (steps[steps > 0], steps[steps < 0]) for f in (np.mean, np.std)]
    return np.array([inside.mean(), inside.std(), p20, p50, p80, p80 - p20, *slopes])


def _timing(track: Tracks, active: Mask, voiced: Mask) -> NDArray[np.float64]:
    """Return the values of ``TIMING``."""
    sounding = np.flatnonzero(active)
    if not len(sounding):
        return np.array([0.0] * (len(TIMING) - 1) + [QUIETEST_DB])
    spoken = slice(sounding[0], sounding[-1] + 1)
    inside, loud = voiced[spoken], _smooth(track.loudness)[spoken]
    duration_s = len(inside) * HOP_S
    stretches_s, gaps_s = _runs_s(inside), _runs_s(~inside)
    level = 10 * np.log10(np.mean(10 ** (track.level_db[spoken].astype(np.float64) / 10)))
    return np.array(
        [
            _peaks(loud) / duration_s,
            len(stretches_s) / duration_s,
            inside.mean(),
            *_mean_and_std(stretches_s),
            *_mean_and_std(gaps_s),
            duration_s,
            level,
        ]
    )


def _peaks(loud: Floats) -> int:
    """Count the local maxima that reach half the mean: unstressed syllables do, ripples in a pause do not."""
    middle = loud[1:-1]
    return int(np.count_nonzero((middle > loud[:-2]) & (middle >= loud[2:]) & (middle > loud.mean() / 2)))


def _runs_s(mask: Mask) -> NDArray[np.float64]:
    """Return the lengths of the stretches where the mask is set, in seconds."""
    edges = np.flatnonzero(np.diff(np.pad(mask.astype(np.int8), 1)))
    return np.diff(edges)[::2] * HOP_S


def _mean_and_std(values: NDArray[np.float64]) -> tuple[float, float]:
    return (float(values.mean()), float(values.std())) if len(values) else (0.0, 0.0)
