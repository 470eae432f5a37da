"""A panel: a frame with scales on a figure, in which sound is drawn; matplotlib's axes, without what they cost.

Axes are made of some hundred objects each and lay themselves out anew for every picture, which was nine tenths of a
picture's time. A panel knows its place in inches and puts few plain artists onto the figure itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sentisound.insight.canvas import EDGE, SIZE_PT
from sentisound.insight.palette import Theme
from sentisound.insight.stamps import stamped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TICK_IN = 0.04
SMALL_PT = SIZE_PT - 1
Pixels = NDArray[np.uint8]
"""Shape (rows, columns, 4), the uppermost row first."""


class Panel:
    """A frame at a place in inches from the figure's lower left corner, with a heading.

    Set ``x`` and ``y``, the limits of the two scales, before anything is drawn in it.
    """

    def __init__(
        self,
        figure: Figure,
        left_in: float,
        bottom_in: float,
        width_in: float,
        height_in: float,
        theme: Theme,
        heading: str = "",
    ) -> None:
        self.width_in = width_in
        self.theme = theme
        self.x = self.y = (0.0, 1.0)
        self._figure = figure
        self._corner = np.array([left_in, bottom_in])
        self._size = np.array([width_in, height_in])
        if heading:
            self._text(left_in, bottom_in + height_in + 0.06, heading, va="baseline", color=theme.ink, fontsize=SIZE_PT)

    def frame(self, *, bottom: bool = True) -> None:
        """Draw the left edge, and the lower one."""
        (left, low), (width, height) = self._corner, self._size
        self._lines([[(left, low + height), (left, low), *([(left + width, low)] if bottom else [])]], 0.8)

    def x_scale(self, label: str) -> None:
        """Draw ticks with round numbers below the frame, and what they mean."""
        ticks = round_steps(*self.x, most=1.6 * self.width_in)
        places = [(self._inches(tick, 0)[0], self._corner[1]) for tick in ticks]
        self._lines([[(left, low), (left, low - TICK_IN)] for left, low in places])
        for (left, low), tick in zip(places, ticks, strict=True):
            self._text(left, low - 0.07, f"{tick:g}", ha="center", va="top")
        left, low = self._corner
        self._text(left + self._size[0] / 2, low - 0.24, label, ha="center", va="top")

    def y_scale(self, ticks: Sequence[float], labels: Sequence[str], label: str) -> None:
        """Draw ticks left of the frame, and what they mean."""
        places = [(self._corner[0], self._inches(0, tick)[1]) for tick in ticks]
        self._lines([[(left, low), (left - TICK_IN, low)] for left, low in places])
        for (left, low), words in zip(places, labels, strict=True):
            self._text(left - 0.07, low, words, ha="right", va="center")
        middle = self._corner[1] + self._size[1] / 2
        self._text(self._corner[0] - 0.42, middle, label, ha="right", va="center", rotation=90)

    def rules(self, values: Sequence[float]) -> None:
        """Draw a horizontal line at each value."""
        right = self._corner[0] + self._size[0]
        lows = [self._inches(0, value)[1] for value in values]
        self._lines([[(self._corner[0], low), (right, low)] for low in lows], 0.5, zorder=0.5)

    def area(self, x: ArrayLike, least: ArrayLike, greatest: ArrayLike, colour: str) -> None:
        """Fill between two curves."""
        from sentisound.plotting import Polygon

        there = np.column_stack([np.asarray(x), np.asarray(greatest)])
        back = np.column_stack([np.asarray(x), np.asarray(least)])[::-1]
        corners = self._share(self._inches_of(np.concatenate([there, back])))
        self._add(Polygon(corners, closed=True, facecolor=colour, edgecolor=colour, linewidth=0.5))

    def box(self, left: float, low: float, width: float, height: float, **look: Any) -> None:
        """Draw a box."""
        from sentisound.plotting import Rectangle

        corner, opposite = self._share(self._inches_of(np.array([[left, low], [left + width, low + height]])))
        self._add(Rectangle(tuple(corner), *(opposite - corner), **look))

    def words(self, x: float, y: float, text: str, **look: Any) -> None:
        """Write a text with its middle at a point."""
        left, low = self._share(self._inches(x, y))
        look = {"ha": "center", "va": "center", "color": self.theme.muted, **look}
        self._figure.text(left, low, text, **look)

    def image(self, pixels: Pixels) -> None:
        """Fill the frame with pixels."""
        self._image(self._corner, self._size, pixels)

    def colour_scale(self, colours: Pixels, least: float, greatest: float, label: str) -> None:
        """Draw the scale of an image to the right of the frame: its colours, shape (n, 4), from least to greatest."""
        corner = self._corner + np.array([self._size[0] + 0.1, 0])
        size = np.array([0.12, self._size[1]])
        self._image(corner, size, colours[::-1, np.newaxis])
        right, low, height = corner[0] + size[0], corner[1], size[1]
        self._lines([[(right, low + share * height), (right + 0.03, low + share * height)] for share in (0, 0.5, 1)])
        for share in (0, 0.5, 1):
            value = least + share * (greatest - least)
            words = f"{value:.0f}".replace("-0", "0")
            self._text(right + 0.05, low + share * height, words, va="center", fontsize=SIZE_PT - 1.5)
        look = {"ha": "left", "va": "center", "rotation": 90, "fontsize": SIZE_PT - 1.5}
        self._text(right + 0.33, low + height / 2, label, **look)

    def _inches(self, x: float, y: float) -> tuple[float, float]:
        left, low = self._inches_of(np.array([[x, y]]))[0]
        return float(left), float(low)

    def _inches_of(self, points: NDArray[Any]) -> NDArray[Any]:
        start = np.array([self.x[0], self.y[0]])
        span = np.array([self.x[1] - self.x[0], self.y[1] - self.y[0]])
        return np.asarray(self._corner + (points - start) / span * self._size)

    def _share(self, inches: ArrayLike) -> NDArray[Any]:
        """Return places in inches as shares of the figure."""
        return np.asarray(np.asarray(inches) / self._figure.get_size_inches())

    def _lines(self, lines: Sequence[Sequence[tuple[float, float]]], width: float = EDGE, zorder: float = 2) -> None:
        from sentisound.plotting import LineCollection

        shares = [self._share(line) for line in lines]
        self._add(LineCollection(shares, colors=self.theme.line, linewidths=width, zorder=zorder))

    def _text(self, left_in: float, low_in: float, words: str, **look: Any) -> None:
        left, low = self._share([left_in, low_in])
        self._add(stamped()(left, low, words, **{"color": self.theme.muted, "fontsize": SMALL_PT, **look}))

    def _image(self, corner_in: NDArray[Any], size_in: NDArray[Any], pixels: Pixels) -> None:
        from sentisound.plotting import Bbox, BboxImage, TransformedBbox

        place = Bbox([self._share(corner_in), self._share(corner_in + size_in)])
        image = BboxImage(TransformedBbox(place, self._figure.transFigure), interpolation="nearest", origin="upper")
        image.set_data(pixels)
        self._figure.add_artist(image)

    def _add(self, artist: Any) -> None:
        artist.set_transform(self._figure.transFigure)
        self._figure.add_artist(artist)


def round_steps(least: float, greatest: float, most: float) -> list[float]:
    """Return multiples of a round step (1, 2 or 5 times a power of ten) within two values, at most so many or so."""
    rough = (greatest - least) / max(1.0, most)
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = np.ceil(least / step - 1e-9), np.floor(greatest / step + 1e-9)
    # adding zero makes 0 of -0
    return [float(round(number * step, 12)) + 0.0 for number in np.arange(first, last + 1)]
