"""Pictures of the scores: bars, pie, and the timeline of the segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentisound.insight.canvas import EDGE, SIZE_PT
from sentisound.insight.palette import HATCHES, Theme, colour_of, text_on
from sentisound.insight.panel import Panel
from sentisound.insight.sound_charts import TIME, draw_segment
from sentisound.insight.words import percent
from sentisound.results import Scores, Segment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_WEDGE = 0.03
"""Less is joined with its like: its name would lie on its neighbour's."""


def draw_bars(axes: Axes, scores: Scores, theme: Theme) -> None:
    """Draw a bar for every label, the likeliest on top, with its name and its percentage."""
    ranked = scores.ranked()
    for row, (emotion, probability) in enumerate(ranked):
        colour = colour_of(emotion)
        axes.barh(
            row,
            probability,
            height=0.7,
            color=colour,
            edgecolor=theme.ink,
            linewidth=EDGE,
            hatch=HATCHES[emotion],
            hatchcolor=(text_on(colour), 0.35),
        )
        axes.text(probability + 0.012, row, percent(probability), va="center", fontsize=SIZE_PT, color=theme.ink)
    axes.set_yticks(range(len(ranked)), [emotion for emotion, _ in ranked], fontsize=SIZE_PT, color=theme.ink)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.set_xlim(0, 1.12)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.set_xlabel("calibrated probability")
    axes.grid(axis="x", color=theme.line, linewidth=0.5)
    axes.set_axisbelow(True)


def draw_pie(axes: Axes, scores: Scores, theme: Theme) -> None:
    """Draw the shares as wedges with names outside; what is too small to name is one wedge, ``other``."""
    wedges = [(name, share) for name, share in scores.ranked() if share >= SMALLEST_WEDGE]
    rest = 1 - sum(share for _, share in wedges)
    names = [f"{name} {percent(share)}" for name, share in wedges]
    colours = [colour_of(name) for name, _ in wedges]
    hatches = [HATCHES[name] for name, _ in wedges]
    if rest > 0.002:
        wedges, names = [*wedges, ("other", rest)], [*names, f"other {percent(rest)}"]
        colours, hatches = [*colours, theme.paper], [*hatches, ""]
    pieces = axes.pie(
        [share for _, share in wedges],
        labels=names,
        colors=colours,
        startangle=180,  # the small wedges come last, at the left, where names lie one under the other
        counterclock=False,
        labeldistance=1.12,
        textprops={"fontsize": SIZE_PT - 0.5, "color": theme.ink},
        wedgeprops={"edgecolor": theme.ink, "linewidth": EDGE, "width": 0.62},
    )[0]
    for piece, hatch, colour in zip(pieces, hatches, colours, strict=True):
        piece.set(hatch=hatch, hatchcolor=(text_on(colour), 0.35))


def draw_timeline(panel: Panel, segments: Sequence[Segment], duration_s: float) -> None:
    """Draw each segment as a box over its time, as high as its confidence, with its emotion's name in it."""
    panel.x, panel.y = (0, duration_s), (0, 1)
    panel.rules([0.5, 1])
    for segment in segments:
        draw_segment(panel, segment, 0, segment.scores.confidence)
    if not segments:
        panel.words(duration_s / 2, 0.5, "no speech", fontsize=SIZE_PT)
    panel.frame()
    panel.y_scale([0, 0.5, 1], ["0", "50", "100 %"], "confidence")
    panel.x_scale(TIME)


def draw_legend(figure: Figure, emotions: Sequence[str], theme: Theme, left_in: float) -> None:
    """Write which colour and hatch is which emotion, in one row at the foot of a figure."""
    from sentisound.plotting import Patch

    marks = [
        Patch(
            facecolor=colour_of(name),
            edgecolor=theme.ink,
            linewidth=EDGE,
            hatch=HATCHES[name] * 2,
            hatchcolor=(text_on(colour_of(name)), 0.35),
            label=name,
        )
        for name in emotions
    ]
    figure.legend(
        handles=marks,
        loc="lower left",
        bbox_to_anchor=(left_in / figure.get_size_inches()[0], 0.01),
        ncols=9,
        frameon=False,
        fontsize=SIZE_PT - 1,
        labelcolor=theme.ink,
        handlelength=1.6,
        handleheight=1.0,
        columnspacing=1.2,
        borderaxespad=0,
    )
