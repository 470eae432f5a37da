"""What `train` and `evaluate` do with a table of one's own clips before they start: remarks and the audit, shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli.steps import Steps, bars

if TYPE_CHECKING:
    from sentisound.learning.places import Places
    from sentisound.learning.recipe import Recipe

SHOWN = 20
"""Remarks that are told one by one."""
MANIFEST = click.option(
    "--manifest", type=click.Path(path_type=Path), help="Table (CSV) of your own clips, in place of the corpora."
)


def recipe_for(recipe: Recipe, places: Places, protocols: Sequence[str]) -> Recipe:
    """Return the recipe for the table of ``places``; tell what one should know of the table, row by row."""
    from sentisound.corpora.manifest import read_manifest
    from sentisound.learning.own_data import for_table, remarks

    table = places.table
    read = read_manifest(table)
    told = remarks(read)
    for remark in told[:SHOWN]:
        click.echo(f"{table.name}: {remark}", err=True)
    if len(told) > SHOWN:
        click.echo(f"{table.name}: and {len(told) - SHOWN} more", err=True)
    return for_table(recipe, read, protocols, taught=places.teacher is not None)


def audit_first(places: Places, protocols: Sequence[str]) -> None:
    """Show the audit of the table under each protocol, recordings compared; raise where one leaks."""
    from sentisound.cli.audit_view import audited as view
    from sentisound.cli.terminal import console, show
    from sentisound.learning.own_data import audited

    for name in protocols:
        with bars() as shown:
            found = audited(name, places, Steps(shown))
        show(console(), view(found.report, found.subject))
        found.refuse()
