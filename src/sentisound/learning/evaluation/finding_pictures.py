"""Pictures of calibration and robustness; told apart by shape as well as by colour (Okabe and Ito 2008)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentisound.findings import Bin, Risk, Robustness
from sentisound.learning.evaluation.picture import new_figure, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, VERMILLION, GREY = "#0072b2", "#d55e00", "#7a7a7a"
INCH_PER_CONDITION = 0.24


def calibration_picture(curve: Sequence[Bin], risks: Sequence[Risk], title: str) -> bytes:
    """Return a PNG: on the left the reliability diagram, on the right the risk-coverage curve.

    Raises
    ------
    MissingExtra
        When matplotlib, of the extra ``reports``, is not installed.
    """
    figure = new_figure(9.6, 4.6)
    left, right = figure.subplots(1, 2)
    _reliability(left, curve)
    _risk_coverage(right, risks)
    figure.suptitle(title, fontsize=10)
    return png(figure)


def _reliability(axes: Axes, curve: Sequence[Bin]) -> None:
    confidence, accuracy = [one.confidence for one in curve], [one.accuracy for one in curve]
    clips = sum(one.clips for one in curve)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="as sure as right")
    axes.bar(confidence, [one.clips / clips for one in curve], 0.03, color=GREY, alpha=0.4, label="share of the clips")
    axes.plot(confidence, accuracy, color=BLUE, marker="o", markersize=5, label="measured")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy", aspect="equal")
    axes.legend(loc="upper left", fontsize=8, frameon=False)


def _risk_coverage(axes: Axes, risks: Sequence[Risk]) -> None:
    coverage, risk = [one.coverage for one in risks], [one.risk for one in risks]
    axes.plot(coverage, risk, color=BLUE, label="the surest answers first")
    axes.axhline(risk[-1], color=GREY, linestyle="--", linewidth=1, label="all answers")
    axes.axvline(0.8, color=VERMILLION, linestyle=":", linewidth=1, label="80 % answered")
    axes.set(xlim=(0, 1), ylim=(0, max(0.05, 1.15 * max(risk))), xlabel="coverage", ylabel="share wrong (risk)")
    axes.legend(loc="lower right", fontsize=8, framealpha=1)


def robustness_picture(found: Sequence[Robustness], title: str) -> bytes:
    """Return a PNG of the share of unchanged predictions under each condition, with its threshold.

    Raises
    ------
    MissingExtra
        When matplotlib, of the extra ``reports``, is not installed.
    """
    figure = new_figure(7.2, 1.4 + INCH_PER_CONDITION * len(found))
    axes = figure.add_subplot()
    for verdict, colour, marker in (("pass", BLUE, "o"), ("fail", VERMILLION, "X")):
        rows = [row for row, one in enumerate(found) if one.verdict == verdict]
        axes.scatter([100 * found[row].unchanged for row in rows], rows, c=colour, marker=marker, s=36, label=verdict)
    wanted = [100 * one.min_unchanged for one in found]
    axes.scatter(wanted, range(len(found)), c="black", marker="|", s=90, label="at least")
    axes.set_yticks(range(len(found)), [one.words for one in found], fontsize=8)
    axes.set(xlim=(0, 102), ylim=(len(found) - 0.5, -0.5), xlabel="predictions unchanged, %")
    axes.set_title(title, fontsize=10)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower left", fontsize=8)
    return png(figure)
