"""The view of an audit: what was found by kind, the worst of each kind, and the verdict in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Column
from rich.text import Text

from sentisound.cli.terminal import grid, printable
from sentisound.corpora.audit import AuditReport, Finding
from sentisound.corpora.audit_report import KINDS
from sentisound.corpora.audit_subject import Subject

SHOWN = 10
"""Findings of each kind that are shown; --json has all of them."""
STYLES = {"leak": "bold red", "warning": "yellow", "information": "dim"}


def audited(report: AuditReport, subject: Subject) -> RenderableType:
    """Return the table of findings and the verdict."""
    protocols = ", ".join(one.name for one in subject.protocols) or "no protocol"
    head = f"{report.clips} clips, {report.splits} splits: {protocols}"
    parts: list[RenderableType] = [Text(printable(head)), ""]
    for kind, meaning in KINDS.items():
        found = [finding for finding in report.findings if finding.kind == kind]
        if found:
            parts.extend((Text(f"{kind.replace('_', ' ')}: {len(found)} ({meaning})", "bold"), *_rows(found), ""))
    return Group(*parts, Text(verdict(report, subject), "bold green" if report.clean else "bold red"))


def verdict(report: AuditReport, subject: Subject) -> str:
    """Return the verdict as a sentence."""
    if not report.clean:
        marked = "" if subject.speaker_independent else "; the protocol is marked speaker-dependent"
        return f"{report.verdict}{marked}"
    if not report.splits:
        return f"{report.verdict}: there is no split that could leak; name a --protocol"
    what = "no speaker and no recording" if report.verdict == "clean" else "nothing that was compared"
    return f"{report.verdict}: {what} is on both sides of any of {report.splits} splits"


def _rows(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    table = grid(Column(width=13), Column(width=5, justify="right"), Column(overflow="fold"))
    for finding in findings[:SHOWN]:
        similarity = f"{finding.similarity:.2f}" if finding.kind.endswith("duplicate") else ""
        table.add_row(
            Text(f"  {finding.severity}", STYLES[finding.severity]), similarity, Text(printable(finding.detail))
        )
    yield table
    if len(findings) > SHOWN:
        yield Text(f"  and {len(findings) - SHOWN} more: --json lists all", "dim")
