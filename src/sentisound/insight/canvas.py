"""Figures by matplotlib's objects: no window and no global state, so that each thread draws its own.

Places are given in inches by hand: the automatic layouts of matplotlib measure every text several times, which takes
longer than the drawing.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from sentisound.errors import MissingExtra, UnknownChart
from sentisound.insight.fonts import drawable, families

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sentisound.insight.palette import Theme

FORMATS = ("png", "svg")
DPI = 110
SIZE_PT, TITLE_PT = 9.0, 11.0
MAX_TITLE = 90
"""Characters of a title; of a longer one the middle is left out."""
EDGE = 0.6
"""Width of outlines and hatches in points."""


def new_figure(width_in: float, height_in: float, theme: Theme) -> Figure:
    """Return an empty figure on the theme's paper.

    Raises
    ------
    MissingExtra
        When matplotlib is not installed.
    """
    try:
        from sentisound.plotting import Figure, FigureCanvasAgg
    except ImportError:
        raise MissingExtra("pictures need matplotlib: pip install '.[reports]' in a clone") from None
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor=theme.paper, edgecolor="none")
    FigureCanvasAgg(figure)
    return figure


def place(
    figure: Figure, left_in: float, bottom_in: float, width_in: float, height_in: float, theme: Theme, label: str = ""
) -> Axes:
    """Add axes at a place in inches from the lower left corner, in the theme's colours, with a heading."""
    full_in, high_in = figure.get_size_inches()
    box = (left_in / full_in, bottom_in / high_in, width_in / full_in, height_in / high_in)
    axes = figure.add_axes(box, facecolor=theme.paper)
    axes.tick_params(colors=theme.muted, labelsize=SIZE_PT - 1, length=3, width=EDGE)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set(color=theme.line, linewidth=0.8)
    axes.xaxis.label.set(color=theme.muted, fontsize=SIZE_PT - 1)
    axes.yaxis.label.set(color=theme.muted, fontsize=SIZE_PT - 1)
    if label:
        axes.set_title(label, loc="left", color=theme.ink, fontsize=SIZE_PT, pad=5)
    return axes


def title(figure: Figure, text: str, theme: Theme, left_in: float = 0.25) -> None:
    """Write a title of any alphabet at the top."""
    full_in, high_in = figure.get_size_inches()
    figure.text(
        left_in / full_in,
        1 - 0.12 / high_in,
        shortened(drawable(text)),
        color=theme.ink,
        fontsize=TITLE_PT,
        fontfamily=families(),
        va="top",
        parse_math=False,  # a file may be called $x$
    )


def shortened(text: str, most: int = MAX_TITLE) -> str:
    """Return a text of at most ``most`` characters: what tells names apart stands at their ends."""
    half = (most - 3) // 2
    return text if len(text) <= most else f"{text[:half]} \u2026 {text[-half:]}"


def rendered(figure: Figure, form: str, dpi: float = DPI) -> bytes:
    """Return the picture as a file in one of ``FORMATS``.

    Raises
    ------
    UnknownChart
        When there is no such format.
    """
    if form not in FORMATS:
        raise UnknownChart(f"{form!r} is not a format of pictures; there are {', '.join(FORMATS)}")
    out = BytesIO()
    if form == "png":
        _write_png(figure, out, dpi)
    else:
        figure.savefig(out, format="svg", metadata={"Date": None})
    figure.canvas.renderer = None  # type: ignore[attr-defined]  # MB of pixels, else kept until garbage is collected
    return out.getvalue()


def _write_png(figure: Figure, out: BytesIO, dpi: float) -> None:
    """Write the pixels without their alpha, of which paper needs none: a third less to write than `savefig` has."""
    from PIL import Image

    figure.set_dpi(dpi)
    figure.canvas.draw()
    pixels = figure.canvas.buffer_rgba()  # type: ignore[attr-defined]
    size = figure.canvas.get_width_height()
    picture = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
    picture.save(out, "PNG", compress_level=1, dpi=(dpi, dpi))
