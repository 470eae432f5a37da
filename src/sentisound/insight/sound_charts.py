"""Pictures of the sound: waveform with the segments on it, spectrogram in dB, MFCC."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Waveform
from sentisound.insight.canvas import EDGE, SIZE_PT
from sentisound.insight.columns import COEFFICIENTS, RANGE_DB, cepstrum, envelope, spectrum_db
from sentisound.insight.palette import HATCHES, colour_of, text_on
from sentisound.insight.panel import Panel, Pixels, round_steps
from sentisound.results import Segment

TIME = "time (s)"
LOUDNESS, SIGNED = "magma", "PuOr_r"
"""Scales of colours: the first grows evenly in lightness, so it reads without colours too."""
CHARACTER_IN = 0.078
"""Width of a small letter with its share of the margin, to tell whether a name fits a segment."""


def draw_waveform(panel: Panel, waveform: Waveform, segments: tuple[Segment, ...]) -> None:
    """Draw the envelope, and above it each segment as a labelled box in its emotion's colour."""
    least, greatest = envelope(waveform.samples)
    loudest = max(1e-3, float(np.abs(waveform.samples).max()))
    peak = 1.05 * loudest
    panel.x, panel.y = (0, waveform.duration_s), (-peak, peak * (1.5 if segments else 1))
    panel.area(np.linspace(0, waveform.duration_s, len(least)), least, greatest, panel.theme.sound)
    for segment in segments:
        draw_segment(panel, segment, peak * 1.08, peak * 0.36)
    panel.frame()
    panel.y_scale([-loudest, 0, loudest], [f"{-loudest:.2g}", "0", f"{loudest:.2g}"], "amplitude")


def draw_segment(panel: Panel, segment: Segment, bottom: float, height: float) -> None:
    """Draw a box over the time of a segment with the name of its emotion, as far as that fits."""
    emotion = segment.scores.emotion
    colour = colour_of(emotion)
    panel.box(
        segment.start_s,
        bottom,
        segment.duration_s,
        height,
        facecolor=colour,
        edgecolor=panel.theme.ink,
        linewidth=EDGE,
        hatch=HATCHES[emotion],
        hatchcolor=_hatch_colour(colour),
    )
    name = fitting(panel, segment, emotion)
    if name:
        panel.words(
            (segment.start_s + segment.end_s) / 2,
            bottom + height / 2,
            name,
            fontsize=SIZE_PT - 1.5,
            color=text_on(colour),
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.2},  # no hatch behind the letters
        )


def fitting(panel: Panel, segment: Segment, name: str) -> str:
    """Return a name where the segment is wide enough for it, else its first three letters, else nothing."""
    wide_in = panel.width_in * segment.duration_s / (panel.x[1] - panel.x[0])
    return next((part for part in (name, name[:3]) if len(part) * CHARACTER_IN < wide_in), "")


def draw_spectrogram(panel: Panel, waveform: Waveform) -> None:
    """Draw the power in dB under the loudest moment, frequency upwards, with its scale."""
    greatest_khz = waveform.rate_hz / 2000
    panel.x, panel.y = (0, waveform.duration_s), (0, greatest_khz)
    panel.image(_coloured(spectrum_db(waveform), -RANGE_DB, 0, LOUDNESS))
    panel.frame()
    ticks = round_steps(0, greatest_khz, 4)
    panel.y_scale(ticks, [f"{tick:g}" for tick in ticks], "frequency (kHz)")
    panel.colour_scale(_colours(LOUDNESS), -RANGE_DB, 0, "dB under the loudest")


def draw_mfcc(panel: Panel, waveform: Waveform) -> None:
    """Draw coefficients 1 to 12 over time, orange above zero and violet below, with their scale."""
    values = cepstrum(waveform)
    bound = max(1.0, float(np.quantile(np.abs(values), 0.99)))
    panel.x, panel.y = (0, waveform.duration_s), (0.5, COEFFICIENTS - 0.5)
    panel.image(_coloured(values, -bound, bound, SIGNED))
    panel.frame()
    panel.y_scale([1, 4, 8, 12], ["1", "4", "8", "12"], "coefficient")
    panel.colour_scale(_colours(SIGNED), -bound, bound, "value")


def _coloured(values: NDArray[np.float32], least: float, greatest: float, colours: str) -> Pixels:
    """Return values of shape (columns, bins) as pixels, the first bin at the bottom."""
    shares = (values.T[::-1] - least) * np.float32(255 / (greatest - least))
    return np.asarray(_colours(colours)[np.clip(shares, 0, 255).astype(np.uint8)])


@cache
def _colours(name: str) -> Pixels:
    """Return the 256 colours of one of matplotlib's scales, shape (256, 4)."""
    from sentisound.plotting import colormaps

    return np.asarray(colormaps[name](np.arange(256), bytes=True), dtype=np.uint8)


def _hatch_colour(colour: str) -> tuple[str, float]:
    return text_on(colour), 0.35
