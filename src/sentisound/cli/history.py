"""``sentisound history``: what was analysed, to list, show, export, import and delete."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentisound.cli import EXIT_FAILED
from sentisound.errors import MissingExtra

if TYPE_CHECKING:
    from sentisound.history.entry import Selection
    from sentisound.history.store import History

NEEDED = ("sqlalchemy", "alembic")
"""What the extra ``history`` installs."""

EXAMPLES = """\b
Examples:
  sentisound history list --emotion angry --from 2026-11-01
  sentisound history show an_0193a2b4c5d6e7f8a9b0c1d2e3f4
  sentisound history export > history.csv
  sentisound history import prediction_history.csv
  sentisound history purge --older-than 90d
  sentisound history backup /backup/history.sqlite3

\b
The server keeps what it analyses, never the sound. SENTISOUND_HISTORY=0 turns
that off, SENTISOUND_RETENTION_DAYS limits it.
"""

AGE = re.compile(r"(\d{1,3})([hdwy])", re.ASCII)
AGE_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "y": timedelta(days=365)}


def moment(text: str) -> datetime:
    """Return the time that an option names: a date, or a date and a time, local where it names no zone."""
    from sentisound.history.entry import utc

    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time: 2026-11-20, or 2026-11-20T13:00") from None


def age(text: str) -> timedelta:
    """Return the age that an option names."""
    found = AGE.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not an age: 12h, 90d, 8w, 2y")
    return int(found[1]) * AGE_UNITS[found[2]]


def selecting(command: Any) -> Any:
    """Add the options that select analyses."""
    for option in (
        click.option("--text", metavar="TEXT", help="Only files whose name contains TEXT."),
        click.option("--to", "until", type=moment, metavar="TIME", help="Only analyses before TIME."),
        click.option("--from", "since", type=moment, metavar="TIME", help="Only analyses from TIME on."),
        click.option("--model", metavar="MODEL", help="Only answers of this model, name@version."),
        click.option("--emotion", metavar="EMOTION", help="Only analyses with this verdict."),
    ):
        command = option(command)
    return command


@click.group(epilog=EXAMPLES)
def history() -> None:
    """List, export, import and delete what was analysed."""


@history.command("list", epilog="\b\nExample:\n  sentisound history list --emotion angry --limit 5\n")
@selecting
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most analyses to show.")
@click.option("as_json", "--json", is_flag=True, help="One JSON object a line: the whole analyses.")
def list_analyses(limit: int, as_json: bool, **chosen: Any) -> None:
    """List analyses, the newest first."""
    with open_history() as opened:
        page = opened.page(selection(**chosen), limit=limit)
        total = None if page.cursor is None else opened.count(selection(**chosen))
    if as_json:
        _echo_documents(page.entries)
        return
    from sentisound.cli.history_views import listed
    from sentisound.cli.terminal import console, show

    show(out := console(), listed(page.entries, out))
    if total is not None:
        click.echo(f"{limit} of {total}; more with --limit", err=True)


@history.command("show", epilog="\b\nExample:\n  sentisound history show an_0193a2b4c5d6e7f8a9b0c1d2e3f4 --json\n")
@click.argument("identity", metavar="ID")
@click.option("as_json", "--json", is_flag=True, help="The whole analysis as JSON.")
def show_analysis(identity: str, as_json: bool) -> None:
    """Show one analysis."""
    with open_history() as opened:
        entry = opened.get(identity)
    if as_json:
        click.echo(json.dumps(json.loads(entry.document), indent=1))
        return
    from sentisound.cli.history_views import described
    from sentisound.cli.terminal import console, show

    show(out := console(), described(entry, out))


@history.command("export", epilog="\b\nExample:\n  sentisound history export --format json > history.jsonl\n")
@selecting
@click.option(
    "--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True, help="Form of it."
)
def export_history(form: str, **chosen: Any) -> None:
    """Write analyses to standard output, the newest first.

    CSV has the columns of the original systems; JSON is one whole analysis a line.
    """
    from sentisound.history.exchange import csv_pages

    with open_history() as opened:
        pages = opened.pages(selection(**chosen), whole=form == "json")
        if form == "csv":
            for piece in csv_pages(pages):
                click.echo(piece.encode(), nl=False)  # UTF-8, whatever the terminal speaks
            return
        for page in pages:
            _echo_documents(page)


@history.command("import", epilog="\b\nExample:\n  sentisound history import prediction_history.csv\n")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_history(file: Path) -> None:
    """Add the rows of a CSV with the original systems' columns.

    A broken row is told with its line, and the others are imported. The same file again adds nothing.
    """
    from sentisound.history.exchange import import_csv

    with open_history() as opened, file.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        done = import_csv(opened, lines)
    from sentisound.cli.terminal import printable

    for broken in done.broken:
        click.echo(f"line {broken.line}: {printable(broken.reason)}", err=True)
    known = f", {done.known} were there" if done.known else ""
    click.echo(f"{done.added} imported{known}, {len(done.broken)} broken")
    click.get_current_context().exit(EXIT_FAILED if done.broken else 0)


@history.command("purge", epilog="\b\nExamples:\n  sentisound history purge --older-than 90d\n")
@click.option("--older-than", type=age, metavar="AGE", help="Such as 12h, 90d, 8w, 2y.")
@click.option("everything", "--all", is_flag=True, help="Delete every analysis.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def purge(older_than: timedelta | None, everything: bool, yes: bool) -> None:
    """Delete analyses for good."""
    if everything == (older_than is not None):
        raise click.UsageError("say which: --older-than AGE, or --all")
    from sentisound.history.entry import Selection

    before = None if older_than is None else datetime.now(UTC) - older_than
    with open_history() as opened:
        count = opened.count(Selection(until=before))
        if count and not yes:
            click.confirm(f"Delete {count} analyses for good?", abort=True)
        click.echo(f"{opened.purge(before)} deleted")


@history.command("backup", epilog="\b\nExample:\n  sentisound history backup /backup/history.sqlite3\n")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, while a server runs too.

    It holds the history, keys, users, webhooks and kept answers. To restore it, stop the server, remove
    history.sqlite3 with its -wal and -shm, and put FILE in its place.
    """
    with open_history() as opened:
        opened.backup(file)
    click.echo(f"{file} written")


def selection(**chosen: Any) -> Selection:
    """Return what the options select; an alias of an emotion is as good as its name."""
    from sentisound.emotions import canonical
    from sentisound.history.entry import Selection

    emotion = chosen.pop("emotion")
    return Selection(emotion=canonical(emotion) if emotion else None, **chosen)


def open_history() -> History:
    """Open the history of the settings.

    Raises
    ------
    MissingExtra
        When something that it needs is not installed; the message says what to install.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"the history needs {', '.join(missing)}: pip install '.[history]' in a clone")
    from sentisound.history.store import History
    from sentisound.settings import Settings

    return History.open(Settings.load())


def _echo_documents(entries: Any) -> None:
    for entry in entries:
        click.echo(entry.document)
