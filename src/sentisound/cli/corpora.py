"""``sentisound corpora``: which corpora there are, whether a download is complete, and what is in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentisound.cli.own import ENCODING, LABELS, reading

if TYPE_CHECKING:
    from sentisound.corpora.locate import Located
    from sentisound.corpora.sounds import Progress

EXAMPLES = """\b
Examples:
  sentisound corpora list
  sentisound corpora check ravdess --corpora ~/corpora
  sentisound corpora check ~/Downloads/TESS
  sentisound corpora stats my-recordings.csv --out pictures/
"""


AUDIT = "sentisound.cli.audit"


class CorporaGroup(click.Group):
    """The group; ``audit`` lives in a file of its own and is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *(["audit"] if find_spec(AUDIT) else [])])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None when there is none of that name."""
        if cmd_name != "audit" or not find_spec(AUDIT):
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_module(AUDIT).audit
        return command


@click.group(cls=CorporaGroup, epilog=EXAMPLES)
def corpora() -> None:
    """List the speech corpora, check downloads of them, and show what is in them.

    A corpus is named as in `sentisound corpora list` and looked for in --corpora or SENTISOUND_CORPORA; or by the path
    of its folder, which is recognised by its file names; or it is a table (CSV) of your own clips, with the columns
    path and label, and speaker, text, sex and language where you know them; start and end make a row a stretch of a
    long sound.
    """


_ROOT = click.option(
    "--corpora", "root", type=click.Path(path_type=Path), help="Folder with the corpora, one folder each by name."
)
_MEANT = click.option("--as", "meant", metavar="CORPUS", help="Which corpus the folder is meant to be.")
_JOBS = click.option("--jobs", type=click.IntRange(1), default=os.cpu_count(), help="Processes to use.")
_JSON = click.option("as_json", "--json", is_flag=True, help="One JSON object.")


@corpora.command(
    "list",
    short_help="List the corpora and where to get them.",
    epilog="\b\nExample:\n  sentisound corpora list --json | jq -r '.[].name'\n",
)
@_ROOT
@click.option("as_json", "--json", is_flag=True, help="One JSON array.")
def list_corpora(root: Path | None, as_json: bool) -> None:
    """List the corpora: what they are, under which licence, where to get them, and whether they are here."""
    from sentisound.cli.corpora_views import document, listing
    from sentisound.cli.terminal import console, show
    from sentisound.corpora.registry import CORPORA

    folder = _root(root)
    if as_json:
        click.echo(json.dumps([document(corpus, folder) for corpus in CORPORA.values()], indent=1))
    else:
        show(out := console(), listing(list(CORPORA.values()), folder, out))


@corpora.command(
    "check",
    short_help="Tell whether a download is whole.",
    epilog="\b\nExamples:\n  sentisound corpora check emodb\n  sentisound corpora check ~/Downloads/archive\n",
)
@click.argument("name", metavar="NAME|PATH")
@_ROOT
@_MEANT
@LABELS
@ENCODING
@_JOBS
@_JSON
@click.option("every", "--all", is_flag=True, help="Every finding, not only the first of each kind.")
def check_corpus(
    name: str,
    root: Path | None,
    meant: str | None,
    labels: Path | None,
    encoding: str | None,
    jobs: int,
    as_json: bool,
    every: bool,
) -> None:
    """Tell whether a corpus is complete and undamaged, file by file; every clip is decoded.

    The exit code is 0 when it is complete, and 1 when clips are missing, damaged, doubled or none of the corpus's.
    """
    from sentisound.cli.corpora_views import checked
    from sentisound.cli.terminal import console, show
    from sentisound.corpora.check import check

    found = _located(name, root, meant, labels, encoding)
    with _steps() as progress:
        report = check(found.corpus, found.root, jobs=jobs, progress=progress)
    if as_json:
        click.echo(json.dumps(report.to_dict(), indent=1))
    else:
        show(out := console(), checked(report, out, every=every))
    click.get_current_context().exit(report.exit_code)


@corpora.command(
    "stats",
    short_help="Count clips, durations and levels.",
    epilog="\b\nExamples:\n  sentisound corpora stats savee\n  sentisound corpora stats emodb --out pictures/\n",
)
@click.argument("name", metavar="NAME|PATH")
@_ROOT
@_MEANT
@LABELS
@ENCODING
@_JOBS
@_JSON
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for pictures (PNG and SVG).")
def corpus_stats(
    name: str,
    root: Path | None,
    meant: str | None,
    labels: Path | None,
    encoding: str | None,
    jobs: int,
    as_json: bool,
    out: Path | None,
) -> None:
    """Count the clips of a corpus per label, speaker, sex and language; tell how long and how loud they are.

    Durations are those of the files; the level is the RMS of the whole clip in dB below full scale.
    """
    from sentisound.cli.corpora_views import counted
    from sentisound.cli.terminal import console, printable, show
    from sentisound.corpora.pictures import draw
    from sentisound.corpora.stats import stats

    found = _located(name, root, meant, labels, encoding)
    for note in found.corpus.notes:
        click.echo(printable(f"{found.corpus.title}: {note}"), err=True)
    with _steps() as progress:
        table = stats(found.corpus, found.root, jobs=jobs, progress=progress)
    if as_json:
        click.echo(json.dumps(table.to_dict(), indent=1))
    else:
        show(screen := console(), counted(table, screen))
    if out is not None:
        click.echo(f"{len(draw(table, out))} pictures are in {out}", err=True)


def _root(root: Path | None) -> Path | None:
    from sentisound.settings import Settings

    return root or Settings.load().corpora


def _located(name: str, root: Path | None, meant: str | None, labels: Path | None, encoding: str | None) -> Located:
    from sentisound.corpora.locate import Located, is_table, locate
    from sentisound.corpora.registry import corpus

    how = reading(labels, encoding, table=meant is None and is_table(Path(name)))
    return Located(corpus(meant), Path(name)) if meant else locate(name, _root(root), how)


@contextmanager
def _steps() -> Iterator[Progress]:
    """Show each step as a bar on standard error."""
    from sentisound.cli.steps import Steps, bars

    with bars() as shown:
        yield Steps(shown)
