"""``sentisound evaluate``: what a recipe comes to under named protocols."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli.own import ENCODING, LABELS, MANIFEST, audit_first, reading, recipe_for
from sentisound.cli.steps import Steps, bars, corpora_folder
from sentisound.errors import MissingExtra
from sentisound.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = """\b
Examples:
  sentisound evaluate --recipe recipes/bench/functionals.toml --corpora ~/corpora
  sentisound evaluate --recipe recipes/bench/svm-wide.toml --protocol emodb/loso --protocol savee/loso --seeds 3
  sentisound evaluate --recipe recipes/original.toml --protocol random5 --out runs/original-random
  sentisound evaluate --recipe recipes/bench/functionals.toml --robustness --fairness
  sentisound evaluate --recipe recipes/bench/functionals.toml --manifest my-recordings.csv

\b
A run that was stopped goes on where it ended when the same command is given again.
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--recipe", type=click.Path(path_type=Path), required=True, help="TOML recipe, or the name of a published one."
)
@click.option(
    "protocols", "--protocol", multiple=True, metavar="NAME", help="May be repeated.  [default: the recipe's]"
)
@click.option("--seeds", type=click.IntRange(1), help="Seeds 0 to N-1.  [default: the recipe's]")
@click.option("--corpora", type=click.Path(path_type=Path), help="Folder with the corpora, one folder each by name.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run.  [default: runs/NAME]")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count(), show_default=True, help="Processes to use.")
@click.option(
    "--audit",
    type=click.Choice(["quick", "full"]),
    default="quick",
    show_default=True,
    help="Compare speakers, texts and files, or the recordings too.",
)
@click.option("--adaptive", is_flag=True, help="Standardise per speaker, test speakers too: reported apart.")
@click.option("--teacher", type=click.Path(path_type=Path), help="Encoder to learn from, for recipes that ask for one.")
@click.option("--robustness", is_flag=True, help="Test again in noise, rooms, on the telephone, with small changes.")
@click.option("--fairness", is_flag=True, help="Compare groups of speakers: sex, pitch, corpus, language.")
@MANIFEST
@LABELS
@ENCODING
def evaluate(
    recipe: Path,
    protocols: tuple[str, ...],
    seeds: int | None,
    corpora: Path | None,
    out: Path | None,
    jobs: int,
    audit: str,
    adaptive: bool,
    teacher: Path | None,
    robustness: bool,
    fairness: bool,
    manifest: Path | None,
    labels: Path | None,
    encoding: str | None,
) -> None:
    """Measure a recipe under protocols and write a run folder with predictions, figures and reports.

    For each fold and seed a model is chosen and calibrated on held-out speakers of the training side, trained on all of
    it, and scored on the test side. Before, the splits are audited: a leak is refused, unless the protocol is marked
    speaker-dependent. The run folder holds report.md and report.html; `sentisound compare` takes two.
    --robustness and --fairness hold the figures against public thresholds, with a verdict each; --fairness on a
    finished run trains nothing. With --manifest the clips of a table take the place of the corpora; their recordings
    are always compared, and they are measured under speakers5 where no --protocol is named.
    """
    root = manifest.parent if manifest else corpora_folder(corpora)
    try:
        from sentisound.learning.bench import Places, Plan, evaluate as run, overview
        from sentisound.learning.evaluation.conditions import CONDITIONS
        from sentisound.learning.recipe import read_recipe
        from sentisound.learning.silence import in_words
    except ImportError as error:
        raise MissingExtra(f"the bench needs {error.name}: pip install '.[train,reports]' in a clone") from None
    how = reading(labels, encoding, table=manifest is not None)
    places = Places(root, Settings.load().cache_folder, jobs, teacher, manifest, reading=how)
    read = read_recipe(recipe)
    if manifest:
        read = recipe_for(read, places, protocols)
        audit_first(places, read.evaluation.protocols)
    chosen = tuple(range(seeds)) if seeds else tuple(read.evaluation.seeds)
    conditions = tuple(CONDITIONS) if robustness or read.evaluation.robustness else ()
    groups = fairness or read.evaluation.fairness
    named = protocols or tuple(read.evaluation.protocols)
    by_sound = audit == "full" or manifest is not None
    plan = Plan(read, named, chosen, adaptive, by_sound, conditions, groups)
    target = out or Path("runs") / (f"{read.name}-adaptive" if adaptive else read.name)
    with bars() as shown:
        results = run(plan, places, target, Steps(shown))
    for words in dict.fromkeys(in_words(result.silent) for result in results if result.silent):
        click.echo(words, err=True)
    table = overview(plan.config(), results)
    show_table(table.header, table.rows)
    click.echo(f"the reports are in {target}")


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column names the rows."""
    from rich.table import Table

    from sentisound.cli.terminal import console, show

    table = Table(box=None, pad_edge=False)
    for column, name in enumerate(header):
        table.add_column(name, justify="right" if column else "left")
    for row in rows:
        table.add_row(*row)
    show(console(), table)
