"""The pictures by name: single ones, and the two that the original endpoints send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sentisound.emotions import EMOTIONS
from sentisound.errors import UnknownChart
from sentisound.insight.canvas import DPI, new_figure, place, rendered, title
from sentisound.insight.exhibit import Exhibit
from sentisound.insight.palette import Theme, theme_called
from sentisound.insight.panel import Panel
from sentisound.insight.score_charts import draw_bars, draw_legend, draw_pie, draw_timeline
from sentisound.insight.sound_charts import TIME, draw_mfcc, draw_spectrogram, draw_waveform
from sentisound.insight.words import percent, verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH_IN = 8.0
LEFT_IN, RIGHT_IN = 0.75, 0.85
INNER_IN = WIDTH_IN - LEFT_IN - RIGHT_IN
ROW_IN = 1.35
CEPSTRUM = "MFCC (mel-frequency cepstral coefficients)"
SPECTRUM = "Spectrogram"
WAVE = "Waveform and segments"


def draw(kind: str, exhibit: Exhibit, *, theme: str = "light", form: str = "png", dpi: float = DPI) -> bytes:
    """Draw one picture.

    Parameters
    ----------
    kind
        A name of ``CHARTS``.
    exhibit
        What to draw.
    theme, form
        ``light`` or ``dark``; ``png`` or ``svg``.
    dpi
        Pixels an inch of a PNG.

    Raises
    ------
    UnknownChart
        When there is no such picture, theme or format; the message lists the names.
    SoundNotKept
        When the picture is of the sound, and that is no longer at hand.
    MissingExtra
        When matplotlib is not installed.
    """
    if kind not in CHARTS:
        raise UnknownChart(f"{kind!r} is not a picture; there are {', '.join(CHARTS)}")
    return rendered(CHARTS[kind](exhibit, theme_called(theme)), form, dpi)


def analysis(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return waveform with segments, spectrogram and MFCC, one under the other on the same time."""
    figure = new_figure(WIDTH_IN, 5.85, theme)
    title(figure, headline(exhibit), theme)
    draw_waveform(_panel(figure, 3.95, theme, WAVE), exhibit.sound, exhibit.analysis.segments)
    draw_spectrogram(_panel(figure, 2.25, theme, SPECTRUM), exhibit.sound)
    lowest = _panel(figure, 0.55, theme, CEPSTRUM)
    draw_mfcc(lowest, exhibit.sound)
    lowest.x_scale(TIME)  # the time of all three
    return figure


def scores(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return the probabilities as bars and as a pie, side by side."""
    figure = new_figure(WIDTH_IN, 3.9, theme)
    title(figure, headline(exhibit), theme)
    draw_bars(place(figure, 0.95, 0.6, 2.95, 2.65, theme), exhibit.analysis.scores, theme)
    draw_pie(place(figure, 4.85, 0.6, 2.2, 2.65, theme), exhibit.analysis.scores, theme)
    return figure


def waveform(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return the waveform with the segments above it."""
    figure = new_figure(WIDTH_IN, 2.3, theme)
    panel = _panel(figure, 0.5, theme, WAVE)
    draw_waveform(panel, exhibit.sound, exhibit.analysis.segments)
    panel.x_scale(TIME)
    return figure


def spectrogram(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return the spectrogram with its scale in dB."""
    figure = new_figure(WIDTH_IN, 2.3, theme)
    panel = _panel(figure, 0.5, theme, SPECTRUM)
    draw_spectrogram(panel, exhibit.sound)
    panel.x_scale(TIME)
    return figure


def mfcc(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return the cepstrum with its scale."""
    figure = new_figure(WIDTH_IN, 2.3, theme)
    panel = _panel(figure, 0.5, theme, CEPSTRUM)
    draw_mfcc(panel, exhibit.sound)
    panel.x_scale(TIME)
    return figure


def bars(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return the probabilities as bars."""
    figure = new_figure(6.0, 3.6, theme)
    title(figure, headline(exhibit), theme)
    draw_bars(place(figure, 1.0, 0.6, 4.6, 2.4, theme), exhibit.analysis.scores, theme)
    return figure


def pie(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return the probabilities as a pie."""
    figure = new_figure(5.0, 4.2, theme)
    title(figure, headline(exhibit), theme)
    draw_pie(place(figure, 1.25, 0.5, 2.5, 2.9, theme), exhibit.analysis.scores, theme)
    return figure


def timeline(exhibit: Exhibit, theme: Theme) -> Figure:
    """Return the segments over time, as high as their confidence."""
    figure = new_figure(WIDTH_IN, 2.3, theme)
    panel = Panel(figure, LEFT_IN, 0.8, INNER_IN, 1.15, theme, "Emotion over time")
    draw_timeline(panel, exhibit.analysis.segments, exhibit.analysis.duration_s)
    heard = {segment.scores.emotion for segment in exhibit.analysis.segments}
    draw_legend(figure, [name for name in EMOTIONS if name in heard], theme, LEFT_IN)
    return figure


CHARTS: Mapping[str, Callable[[Exhibit, Theme], Figure]] = {
    "analysis": analysis,
    "scores": scores,
    "waveform": waveform,
    "spectrogram": spectrogram,
    "mfcc": mfcc,
    "bars": bars,
    "pie": pie,
    "timeline": timeline,
}
"""Every picture by its name."""


def headline(exhibit: Exhibit) -> str:
    """Return the verdict and the file in one line."""
    found = exhibit.analysis
    words = f"{found.emotion}, {percent(found.confidence)}" if found.reason is None else verdict(found).heading
    return f"{words} \u2014 {found.file}"


def _panel(figure: Figure, bottom_in: float, theme: Theme, heading: str) -> Panel:
    return Panel(figure, LEFT_IN, bottom_in, INNER_IN, ROW_IN, theme, heading)
