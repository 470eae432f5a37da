"""Stamps: the words of scales as small images that are set once and printed often.

Setting a text takes matplotlib a millisecond, and a picture has some forty, most of which are in every picture.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.text import Text

MOST = 1024
"""Stamps that are kept, of some 2 kB each; only numbers make ever new ones."""


class Look(NamedTuple):
    """All that a stamp depends on."""

    words: str
    size_pt: float
    colour: str
    rotation: float
    across: str
    """``left``, ``center`` or ``right``: which of its sides is at its place."""
    along: str
    dpi: float


class Stamp(NamedTuple):
    """A text as pixels."""

    pixels: NDArray[np.uint8]
    """Shape (rows, columns, 4), the uppermost row first."""
    left_px: int
    """From the text's place to the stamp's lower left corner."""
    low_px: int


@cache
def stamped() -> type[Text]:
    """Return matplotlib's text, printed from a stamp where pixels are drawn; it loads late, hence a function."""
    from sentisound.plotting import RendererAgg, Text

    class Stamped(Text):
        def draw(self, renderer: Any) -> None:
            if not isinstance(renderer, RendererAgg):
                super().draw(renderer)
                return
            stamp = _stamp(self._look(renderer.dpi))
            x, y = self.get_transform().transform(self.get_position())
            context = renderer.new_gc()
            renderer.draw_image(context, round(x) + stamp.left_px, round(y) + stamp.low_px, stamp.pixels[::-1])
            context.restore()

        def _look(self, dpi: float) -> Look:
            across, along = self.get_horizontalalignment(), self.get_verticalalignment()
            size_pt, colour = float(self.get_fontsize()), str(self.get_color())
            return Look(self.get_text(), size_pt, colour, float(self.get_rotation()), across, along, dpi)

    return Stamped


@lru_cache(maxsize=MOST)
def _stamp(look: Look) -> Stamp:
    from sentisound.plotting import Figure, FigureCanvasAgg

    extent_in = (2 + len(look.words)) * look.size_pt / 72  # no letter is wider than it is high
    figure = Figure(figsize=(2 * extent_in, 2 * extent_in), dpi=look.dpi)
    figure.patch.set_alpha(0)
    canvas: Any = FigureCanvasAgg(figure)
    place: dict[str, Any] = {"ha": look.across, "va": look.along, "rotation": look.rotation}
    figure.text(0.5, 0.5, look.words, color=look.colour, fontsize=look.size_pt, **place)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return Stamp(np.zeros((1, 1, 4), dtype=np.uint8), 0, 0)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    height, width = pixels.shape[:2]
    cut = np.ascontiguousarray(pixels[top:bottom, left:right])
    return Stamp(cut, int(left) - round(width / 2), (height - int(bottom)) - round(height / 2))
