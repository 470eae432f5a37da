"""The views of corpora: the list of them, what a check found, what statistics count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from sentisound.cli.terminal import clock, printable
from sentisound.corpora.check import HARMLESS, KINDS, CheckReport, Count, Finding, Kind
from sentisound.corpora.corpus import Corpus
from sentisound.corpora.stats import GROUPS, CorpusStats, Group as ClipGroup, Spread

SHOWN = 10
"""Findings of each kind that are shown unless all are asked for."""


def listing(corpora: Sequence[Corpus], folder: Path | None, out: Console) -> RenderableType:
    """Return one row for each corpus, with whether it is in the folder of corpora."""
    names = ("name", "languages", "clips", "speakers", "labels", "licence", "here", "from")
    made = _table(out, *(Column(name, justify="right" if name in {"clips", "speakers"} else "left") for name in names))
    for corpus in corpora:
        cells = (
            corpus.name,
            ", ".join(corpus.languages),
            _number(corpus.expected_clips),
            _number(corpus.expected_speakers),
        )
        here = "yes" if _is_here(corpus, folder) else "-"
        made.add_row(*map(Text, (*cells, str(len(corpus.labels)), corpus.licence, here, corpus.url)))
    return made


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def document(corpus: Corpus, folder: Path | None) -> dict[str, Any]:
    """Return the facts of a corpus as JSON."""
    return {
        "name": corpus.name,
        "title": corpus.title,
        "languages": list(corpus.languages),
        "clips": corpus.expected_clips,
        "speakers": corpus.expected_speakers,
        "labels": list(corpus.labels),
        "licence": corpus.licence,
        "citation": corpus.citation,
        "url": corpus.url,
        "layout": corpus.layout,
        "here": _is_here(corpus, folder),
    }


def _is_here(corpus: Corpus, folder: Path | None) -> bool:
    return folder is not None and (folder / corpus.name).is_dir()


def checked(report: CheckReport, out: Console, *, every: bool) -> RenderableType:
    """Return what a check found: the counts that matter, the findings by kind, the verdict."""
    parts: list[RenderableType] = []
    wrong = [count for count in report.counts if not count.fits]
    totals = [count for count in report.counts if count.group == "all"]
    parts.append(_counts([*totals, *(count for count in wrong if count not in totals)], out))
    for kind in KINDS:
        of_kind = [finding for finding in report.findings if finding.kind == kind]
        if of_kind:
            parts.extend(("", *_findings(kind, of_kind, every=every)))
    if report.left_out:
        words = f"{report.left_out} files are left out: song, video or labels that are not learned"
        parts.extend(("", Text(words, style="dim")))
    for note in report.notes:
        parts.extend(("", Text(printable(note))))
    style = "bold green" if report.complete else "bold red"
    return Group(*parts, "", Text(printable(report.verdict), style=style))


def _counts(counts: Sequence[Count], out: Console) -> Table:
    made = _table(out, Column(""), Column("found", justify="right"), Column("expected", justify="right"))
    for count in counts:
        name = count.name if count.group == "all" else f"{count.group} {count.name}"
        expected = "-" if count.expected is None else str(count.expected)
        made.add_row(Text(printable(name)), Text(str(count.found), style="" if count.fits else "red"), Text(expected))
    return made


def _findings(kind: Kind, findings: Sequence[Finding], *, every: bool) -> Iterator[RenderableType]:
    yield Text(f"{len(findings)} {kind}: {KINDS[kind]}", style="dim" if kind in HARMLESS else "bold")
    shown = findings if every else findings[:SHOWN]
    for finding in shown:
        detail = f"  ({finding.detail})" if finding.detail else ""
        yield Text(printable(f"  {finding.path}{detail}"))
    if len(shown) < len(findings):
        yield Text(f"  and {len(findings) - len(shown)} more; --all shows them", style="dim")


def counted(stats: CorpusStats, out: Console) -> RenderableType:
    """Return the statistics of a corpus as a table for each way to group its clips."""
    summary = (
        f"{stats.title}: {stats.clips} clips, {stats.total_s / 3600:.2f} hours"
        f"{f', {stats.texts} texts' if stats.texts else ''}; a clip lasts {_range(stats.duration_s)} s "
        f"at {_range(stats.level_db)} dB (median, range)"
    )
    parts: list[RenderableType] = [Text(printable(summary), style="bold")]
    for by in GROUPS:
        parts.extend(("", _groups(by, stats.by(by), out)))
    if stats.left_out:
        parts.extend(("", Text(f"{stats.left_out} files or rows cannot be used; `sentisound corpora check` tells why")))
    return Group(*parts)


def _groups(by: str, groups: Sequence[ClipGroup], out: Console) -> Table:
    numbers = ("clips", "total", "median s", "range s", "median dB", "range dB")
    made = _table(out, Column(by, min_width=10), *(Column(name, justify="right") for name in numbers))
    for group in groups:
        duration, level = group.duration_s, group.level_db
        cells = (str(group.clips), clock(group.total_s)[:-3], f"{duration.median:.2f}", _outer(duration))
        made.add_row(*map(Text, (printable(group.name or "not told"), *cells, f"{level.median:.1f}", _outer(level))))
    return made


def _outer(spread: Spread) -> str:
    return f"{spread.lowest:.1f} to {spread.highest:.1f}"


def _range(spread: Spread) -> str:
    return f"{spread.median:.1f} ({_outer(spread)})"


def _table(out: Console, *columns: Column) -> Table:
    return Table(*columns, box=SIMPLE_HEAD if out.is_terminal else None, pad_edge=False)
