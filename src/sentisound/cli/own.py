"""A table of one's own clips on the command line: how it is read, and what is shown of it before work starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sentisound.corpora.manifest import Manifest, Reading
    from sentisound.learning.places import Places
    from sentisound.learning.recipe import Recipe

SHOWN = 20
"""Rows that are told one by one."""
MANIFEST = click.option(
    "--manifest", type=click.Path(path_type=Path), help="Table (CSV) of your own clips, in place of the corpora."
)
LABELS = click.option(
    "--labels", type=click.Path(path_type=Path), help='TOML file of what your labels mean: exc = "happy".'
)
ENCODING = click.option("--encoding", metavar="NAME", help="Of your table, where it is guessed wrong: gb18030, cp1252.")


def reading(labels: Path | None, encoding: str | None, *, table: bool) -> Reading:
    """Return how a table is to be read; refuse what is said of a table where there is none.

    Raises
    ------
    click.UsageError
    BadLabelMap
    """
    from sentisound.corpora.label_map import LabelMap, read_label_map
    from sentisound.corpora.manifest import Reading

    if not table and (labels is not None or encoding is not None):
        raise click.UsageError("--labels and --encoding are of a table of your own clips, and there is none")
    return Reading(encoding, LabelMap() if labels is None else read_label_map(labels))


def tell(manifest: Manifest, notes: Sequence[str]) -> None:
    """Say which rows cannot be used, and what one should know of the table as a whole."""
    from sentisound.cli.terminal import printable
    from sentisound.learning.own_data import left_out

    rows = left_out(manifest)
    more = [f"left out: and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    for line in (*rows[:SHOWN], *more, *notes):
        click.echo(printable(f"{manifest.corpus.title}: {line}"), err=True)


def recipe_for(recipe: Recipe, places: Places, protocols: Sequence[str]) -> Recipe:
    """Return the recipe for the table of ``places``; tell what one should know of the table, row by row."""
    from sentisound.corpora.manifest import read_manifest
    from sentisound.learning.own_data import for_table, remarks

    read = read_manifest(places.table, places.reading)
    tell(read, remarks(read))
    return for_table(recipe, read, protocols, taught=places.teacher is not None)


def audit_first(places: Places, protocols: Sequence[str]) -> None:
    """Show the audit of the table under each protocol, recordings compared; raise where one leaks."""
    from sentisound.cli.audit_view import audited as view
    from sentisound.cli.steps import Steps, bars
    from sentisound.cli.terminal import console, show
    from sentisound.learning.own_data import audited

    for name in protocols:
        with bars() as shown:
            found = audited(name, places, Steps(shown))
        show(console(), view(found.report, found.subject))
        found.refuse()
