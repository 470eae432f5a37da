"""Pictures of a corpus: clips per label and per speaker, and how long and how loud the clips are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sentisound.corpora.stats import CorpusStats, Group
from sentisound.emotions import EMOTIONS
from sentisound.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
DPI = 150
WIDTH_IN = 8.0
ROW_IN = 0.34
"""Height of a bar with its share of the gap."""
MIN_HEIGHT_IN, MAX_HEIGHT_IN = 3.2, 16.0
POINTS_PER_IN = 72
BINS = 40
INK, MUTED, ACCENT = "#222222", "#6a6a6a", "#0072b2"


def draw(stats: CorpusStats, folder: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Draw the pictures of a corpus into ``folder``, which is made where it is missing.

    Returns
    -------
    list of Path
        ``labels``, ``speakers``, ``durations`` and ``levels``, each in every format.

    Raises
    ------
    MissingExtra
        When matplotlib is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [path for name, picture in PICTURES.items() for path in _saved(picture(stats), folder / name, formats)]


def labels(stats: CorpusStats) -> Figure:
    """Return bars of the clips per label, in the emotions' own colours."""
    groups = stats.by("label")
    return _bars(f"{stats.title}: clips per label", groups, [EMOTIONS[group.name].colour for group in groups])


def speakers(stats: CorpusStats) -> Figure:
    """Return bars of the clips per speaker."""
    groups = stats.by("speaker")
    return _bars(f"{stats.title}: clips per speaker", groups, [ACCENT] * len(groups))


def durations(stats: CorpusStats) -> Figure:
    """Return a histogram of the clips' durations."""
    return _histogram(stats, "how long the clips are", "seconds", stats.durations_s, stats.duration_s.median, "s")


def levels(stats: CorpusStats) -> Figure:
    """Return a histogram of the clips' levels."""
    axis = "level, dB below full scale (RMS of the clip)"
    return _histogram(stats, "how loud the clips are", axis, stats.levels_db, stats.level_db.median, "dB")


PICTURES: Mapping[str, Callable[[CorpusStats], Figure]] = {
    "labels": labels,
    "speakers": speakers,
    "durations": durations,
    "levels": levels,
}
"""The pictures by the name of their file."""


def _bars(title: str, groups: Sequence[Group], colours: Sequence[str]) -> Figure:
    height = min(MAX_HEIGHT_IN, max(MIN_HEIGHT_IN, 1.2 + ROW_IN * len(groups)))
    figure, axes = _canvas(title, height)
    places = np.arange(len(groups))
    clips = [group.clips for group in groups]
    axes.barh(places, clips, color=colours, height=0.72)
    size_pt = min(10.0, POINTS_PER_IN * 0.6 * height / len(groups))
    axes.set_yticks(places, [group.name or "not told" for group in groups], fontsize=size_pt)
    axes.invert_yaxis()
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.set_xlim(0, 1.22 * max(clips))
    for place, group in zip(places, groups, strict=True):
        words = f"{group.clips}  ({group.total_s / 60:.1f} min)"
        axes.annotate(
            words,
            (group.clips, place),
            (5, 0),
            textcoords="offset points",
            va="center",
            color=MUTED,
            fontsize=size_pt,
        )
    axes.set_xlabel("clips")
    axes.tick_params(axis="y", length=0)
    return figure


def _histogram(stats: CorpusStats, title: str, axis: str, values: Sequence[float], median: float, unit: str) -> Figure:
    figure, axes = _canvas(f"{stats.title}: {title}", 4.0)
    highest = axes.hist(values, bins=BINS, color=ACCENT, edgecolor="white", linewidth=0.4)[0]
    axes.set_ylim(0, 1.15 * float(np.max(highest)))  # room for the median's label above the bars
    axes.axvline(median, color=INK, linewidth=1.2, linestyle="--")
    axes.annotate(
        f"median {median:.1f} {unit}",
        (median, 1.0),
        (5, -4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        color=INK,
    )
    axes.set_xlabel(axis)
    axes.set_ylabel(f"clips (of {stats.clips})")
    return figure


def _canvas(title: str, height_in: float) -> tuple[Figure, Axes]:
    try:
        from sentisound.plotting import Figure, FigureCanvasAgg
    except ImportError:
        raise MissingExtra("pictures need matplotlib: pip install '.[reports]' in a clone") from None
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", color=INK, fontweight="bold", pad=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#b5b5b5")
    axes.tick_params(colors=INK)
    return figure, axes


def _saved(figure: Figure, stem: Path, formats: Sequence[str]) -> list[Path]:
    paths = [stem.with_suffix(f".{suffix}") for suffix in formats]
    for path in paths:
        # no date: the same corpus gives the same file
        figure.savefig(path, dpi=DPI, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths
