"""Pictures drawn by matplotlib's objects (no window, no state, safe in any thread), and the first: the confusions."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from sentisound.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

INCH_PER_CLASS = 0.62
DPI = 120


def confusion_picture(counts: NDArray[np.int64], classes: Sequence[str], title: str) -> bytes:
    """Return a PNG of confusions, shape (classes, classes), each row as shares of its class.

    Raises
    ------
    MissingExtra
        When matplotlib, of the extra ``reports``, is not installed.
    """
    side = 2 + INCH_PER_CLASS * len(classes)
    figure = new_figure(side + 0.6, side)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes = figure.add_subplot()
    image = axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    _label(axes, shares, classes, title)
    figure.colorbar(image, ax=axes, shrink=0.7, label="share of the true class")
    return png(figure)


def new_figure(width_inch: float, height_inch: float) -> Figure:
    """Return an empty figure.

    Raises
    ------
    MissingExtra
        When matplotlib, of the extra ``reports``, is not installed.
    """
    try:
        from sentisound.plotting import Figure
    except ImportError as error:
        raise MissingExtra(f"pictures need {error.name}: pip install '.[reports]' in a clone") from None
    return Figure(figsize=(width_inch, height_inch), dpi=DPI, layout="constrained")


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG: the same bytes wherever it is drawn."""
    from sentisound.plotting import FigureCanvasAgg

    out = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _label(axes: Axes, shares: NDArray[np.float64], classes: Sequence[str], title: str) -> None:
    axes.set_title(title, fontsize=10, wrap=True)
    axes.set_xlabel("taken for")
    axes.set_ylabel("true")
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 0.5 else "black"
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=colour, fontsize=9)
