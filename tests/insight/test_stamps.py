"""Words printed from stamps are where matplotlib sets them, and scales have round numbers."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.insight.panel import round_steps
from sentisound.insight.stamps import MOST, _stamp, stamped
from sentisound.plotting import Figure, FigureCanvasAgg, Text


def ink(kind: type[Text], words: str, **look) -> np.ndarray:
    """Return how much ink is on each pixel of a figure with one text in its middle."""
    figure = Figure(figsize=(2, 1), dpi=100)
    canvas = FigureCanvasAgg(figure)
    figure.add_artist(kind(0.5, 0.5, words, transform=figure.transFigure, color="#000000", fontsize=9, **look))
    canvas.draw()
    return 255 - np.asarray(canvas.buffer_rgba())[..., :3].mean(axis=2)


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("across", ["left", "center", "right"])
@pytest.mark.parametrize("along", ["top", "center", "baseline"])
def test_a_stamp_is_where_the_text_would_be(across: str, along: str, rotation: int):
    look = {"ha": across, "va": along, "rotation": rotation}
    expected, found = (ink(kind, "frequency (kHz)", **look) for kind in (Text, stamped()))
    assert found.sum() == pytest.approx(expected.sum(), rel=0.02)
    for axis in (0, 1):
        centres = [np.average(np.arange(one.shape[1 - axis]), weights=one.sum(axis=axis)) for one in (expected, found)]
        assert abs(centres[0] - centres[1]) < 1.5  # a whole pixel, and what its rounding does to the edges


def test_stamps_are_set_once_and_not_kept_without_end():
    ink(stamped(), "once")
    before = _stamp.cache_info()
    ink(stamped(), "once")
    assert _stamp.cache_info().hits == before.hits + 1
    assert _stamp.cache_info().maxsize == MOST
    assert not ink(stamped(), " ").any()


@pytest.mark.parametrize(
    ("least", "greatest", "most", "steps"),
    [
        (0, 3.5, 10, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]),
        (0, 8, 4, [0, 2, 4, 6, 8]),
        (0, 0.3, 10, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
        (0, 3600, 10, [0, 500, 1000, 1500, 2000, 2500, 3000, 3500]),
    ],
)
def test_steps_are_round(least: float, greatest: float, most: float, steps: list[float]):
    found = round_steps(least, greatest, most)
    assert found == pytest.approx(steps)
    assert f"{found[0]:g}" == "0"
