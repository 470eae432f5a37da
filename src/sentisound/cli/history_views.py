"""How the history looks in a terminal: a row for each analysis, and one analysis in full."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from sentisound.cli.terminal import ascii_only, bar, colour, fitted, grid, percent, printable
from sentisound.emotions import EMOTIONS
from sentisound.history.entry import Entry

BAR_COLUMNS = 30
OTHER_COLUMNS = 70
"""What a row takes beside the file's name: id, time, emotion, percent, and blanks between them."""
MIN_FILE_COLUMNS = 10
MINUTES = "%Y-%m-%d %H:%M"


def listed(entries: Iterable[Entry], out: Console) -> RenderableType:
    """Return a row for each analysis: id, local time, file, verdict."""
    entries = list(entries)
    if not entries:
        return Text("nothing here", style="dim")
    table = Table(
        Column("id", no_wrap=True),
        Column("time", no_wrap=True),
        Column("file", no_wrap=True),
        "emotion",
        box=None,
        pad_edge=False,
    )
    table.add_column("sure", justify="right", no_wrap=True)
    columns = max(MIN_FILE_COLUMNS, out.width - OTHER_COLUMNS)
    for entry in entries:
        file = Text(fitted(printable(entry.file), columns))
        when = f"{entry.created.astimezone():{MINUTES}}"
        table.add_row(Text(entry.id, "dim"), when, file, verdict(entry), percent(entry.confidence))
    return table


def described(entry: Entry, out: Console) -> RenderableType:
    """Return one analysis: its file, verdict, scores and where they come from."""
    document = json.loads(entry.document) if entry.document else {}
    scores = document.get("scores") or json.loads(entry.top_3)
    bars = grid(Column(), Column(justify="right"), Column(no_wrap=True))
    for label, probability in sorted(scores.items(), key=lambda pair: -pair[1]):
        drawn = Text(bar(probability, BAR_COLUMNS, plain=ascii_only(out)), style=_style(label))
        bars.add_row(Text(printable(label)), percent(probability), drawn)
    head = Text.assemble(verdict(entry), f", {percent(entry.confidence)}")
    return Group(Text(printable(entry.file), "bold"), head, "", bars, *_words(document), "", _facts(entry))


def verdict(entry: Entry) -> Text:
    """Return the emotion in its colour, with a question mark where the model was not sure."""
    return Text(f"{printable(entry.emotion)}{'?' if entry.abstained else ''}", _style(entry.emotion))


def _words(document: dict[str, Any]) -> Iterator[RenderableType]:
    """Yield what was said and what it may mean, where that was asked for."""
    for part in ("transcript", "interpretation"):
        found = document.get(part)
        if isinstance(found, dict):
            yield ""
            yield Text(printable(found["text"]) or "no words were heard")
            yield Text(f"{part} by {printable(found['engine'])}", "dim")
    missing = document.get("missing") or []
    if missing:
        yield ""
    yield from (Text(f"! no {one['part']}: {printable(one['detail'])}", "yellow") for one in missing)


def _facts(entry: Entry) -> Table:
    facts = grid(Column(), Column())
    facts.add_row("id", entry.id)
    facts.add_row("time", f"{entry.created.astimezone():{MINUTES}:%S %Z}")
    if entry.duration_s is not None:
        facts.add_row("duration", f"{entry.duration_s:.1f} s")
    facts.add_row("model", printable(entry.model) or "imported")
    if entry.sha256:
        facts.add_row("sha256", entry.sha256)
    return facts


def _style(label: str) -> str:
    return colour(label) if label in EMOTIONS else ""
