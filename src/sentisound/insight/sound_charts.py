"""Pictures of the sound: waveform with the segments on it, spectrogram in dB, MFCC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sentisound.audio.waveform import Waveform
from sentisound.insight.canvas import DPI, EDGE, SIZE_PT
from sentisound.insight.columns import COEFFICIENTS, RANGE_DB, cepstrum, envelope, spectrum_db
from sentisound.insight.palette import HATCHES, Theme, colour_of, text_on
from sentisound.results import Segment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

TIME = "time (s)"
CHARACTER_IN = 0.078
"""Width of a small letter with its share of the margin, to tell whether a name fits a segment."""


def draw_waveform(axes: Axes, waveform: Waveform, segments: tuple[Segment, ...], theme: Theme) -> None:
    """Draw the envelope, and above it each segment as a labelled box in its emotion's colour."""
    least, greatest = envelope(waveform.samples)
    time_s = np.linspace(0, waveform.duration_s, len(least))
    axes.fill_between(time_s, least, greatest, color=theme.sound, linewidth=0.5)
    peak = max(1e-3, float(np.abs(waveform.samples).max())) * 1.05
    axes.set_xlim(0, waveform.duration_s)
    axes.set_ylim(-peak, peak * (1.5 if segments else 1))
    for segment in segments:
        draw_segment(axes, segment, peak * 1.08, peak * 0.36, theme)
    axes.set_ylabel("amplitude")
    axes.set_yticks([-peak / 1.05, 0, peak / 1.05], [f"{-peak / 1.05:.2g}", "0", f"{peak / 1.05:.2g}"])


def draw_segment(axes: Axes, segment: Segment, bottom: float, height: float, theme: Theme) -> None:
    """Draw a box over the time of a segment with the name of its emotion, as far as that fits."""
    emotion = segment.scores.emotion
    colour = colour_of(emotion)
    axes.bar(
        segment.start_s,
        height,
        segment.duration_s,
        bottom,
        align="edge",
        color=colour,
        edgecolor=theme.ink,
        linewidth=EDGE,
        hatch=HATCHES[emotion],
        hatchcolor=_hatch_colour(colour),
    )
    name = fitting(axes, segment, emotion)
    if name:
        middle = (segment.start_s + segment.end_s) / 2
        axes.text(
            middle,
            bottom + height / 2,
            name,
            ha="center",
            va="center",
            fontsize=SIZE_PT - 1.5,
            color=text_on(colour),
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.2},  # no hatch behind the letters
        )


def fitting(axes: Axes, segment: Segment, name: str) -> str:
    """Return a name where the segment is wide enough for it, else its first three letters, else nothing."""
    start_s, end_s = axes.get_xlim()
    width_in = axes.bbox.width / DPI
    wide_in = width_in * segment.duration_s / (end_s - start_s)
    return next((part for part in (name, name[:3]) if len(part) * CHARACTER_IN < wide_in), "")


def draw_spectrogram(axes: Axes, waveform: Waveform) -> AxesImage:
    """Draw the power in dB under the loudest moment, frequency upwards; return the image for its scale."""
    image = axes.imshow(
        spectrum_db(waveform).T,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, waveform.duration_s, 0, waveform.rate_hz / 2000),
        cmap="magma",  # grows evenly in lightness, so it reads without colours too
        vmin=-RANGE_DB,
        vmax=0,
    )
    axes.set_ylabel("frequency (kHz)")
    return image


def draw_mfcc(axes: Axes, waveform: Waveform) -> AxesImage:
    """Draw coefficients 1 to 12 over time, orange above zero and violet below; return the image for its scale."""
    values = cepstrum(waveform)
    bound = max(1.0, float(np.quantile(np.abs(values), 0.99)))
    image = axes.imshow(
        values.T,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, waveform.duration_s, 0.5, COEFFICIENTS - 0.5),
        cmap="PuOr_r",
        vmin=-bound,
        vmax=bound,
    )
    axes.set_ylabel("coefficient")
    axes.set_yticks([1, 4, 8, 12])
    return image


def _hatch_colour(colour: str) -> tuple[str, float]:
    return text_on(colour), 0.35
