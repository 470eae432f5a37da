"""``sentisound combine``: what several runs come to as an ensemble."""

from __future__ import annotations

from pathlib import Path

import click

from sentisound.cli.evaluate import show_table
from sentisound.errors import MissingExtra

EXAMPLES = """\b
Examples:
  sentisound combine runs/flagship runs/logistic-wide --out runs/ensemble
  sentisound combine runs/tdnn runs/cnn runs/svm-wide --protocol ravdess/emobox6 --out runs/three

\b
Nothing is trained: the runs keep what they said of each test clip. The folder is a run like any other, for
`sentisound compare` and for its report.
"""


@click.command(epilog=EXAMPLES)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the ensemble's run.")
@click.option("protocols", "--protocol", multiple=True, metavar="NAME", help="May be repeated.  [default: all common]")
def combine(runs: tuple[Path, ...], out: Path, protocols: tuple[str, ...]) -> None:
    """Average the log-probabilities of two or more runs of `sentisound evaluate`, all their seeds alike.

    The runs must have tested the same clips in the same folds.
    """
    if len(runs) < 2:
        raise click.UsageError("an ensemble needs two runs or more")
    if out.resolve() in {run.resolve() for run in runs}:
        raise click.UsageError("--out is one of the runs: name another folder")
    try:
        from sentisound.learning.evaluation.combine import combine as run_combine
        from sentisound.learning.evaluation.report import overview
        from sentisound.learning.evaluation.runs import RunFolder
    except ImportError as error:
        raise MissingExtra(f"the bench needs {error.name}: pip install '.[train,reports]' in a clone") from None
    folder = RunFolder(out)
    results = run_combine([RunFolder(run) for run in runs], folder, protocols)
    table = overview(folder.config(), results)
    show_table(table.header, table.rows)
    click.echo(f"the reports are in {out}")
