"""``sentisound compare``: whether one run is better than another, on the same clips."""

from __future__ import annotations

from pathlib import Path

import click

from sentisound.cli.evaluate import show_table
from sentisound.errors import MissingExtra

EXAMPLES = """\b
Examples:
  sentisound compare runs/original runs/default

\b
The interval and p are of the paired bootstrap over speakers; McNemar's exact test counts clips, which are not
independent of each other: it says more than it knows where one speaker has many.
"""

HEADER = ("protocol", "first UAR %", "second UAR %", "difference", "95 % interval", "p", "only first : second right")


@click.command(epilog=EXAMPLES)
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
def compare(first: Path, second: Path) -> None:
    """Compare two runs of `sentisound evaluate`: the second minus the first, under each protocol.

    Both must have the same protocols and have tested the same clips.
    """
    try:
        from sentisound.learning.evaluation.compare import compare as run
        from sentisound.learning.evaluation.runs import RunFolder
    except ImportError as error:
        raise MissingExtra(f"the bench needs {error.name}: pip install '.[train]' in a clone") from None
    rows = [
        (
            one.protocol,
            f"{100 * one.first_uar:.1f}",
            f"{100 * one.second_uar:.1f}",
            f"{100 * one.difference.value:+.1f}",
            f"{100 * one.difference.interval.low:+.1f} to {100 * one.difference.interval.high:+.1f}",
            _p(one.difference.p_value),
            f"{one.only_first_right} : {one.only_second_right} (McNemar p {_p(one.mcnemar_p)})",
        )
        for one in run(RunFolder(first), RunFolder(second))
    ]
    show_table(HEADER, rows)


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "< 0.0001"
