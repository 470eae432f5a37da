"""The view of an audit: its table, and the verdict as a sentence for every way a report can end."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from sentisound.cli.audit_view import SHOWN, audited, verdict
from sentisound.corpora.audit_report import AuditReport, Finding, Kind, Place, Severity
from sentisound.corpora.audit_subject import Subject
from sentisound.corpora.protocols import PROTOCOLS, protocol

NO_PROTOCOL = Subject((), (), ())
INDEPENDENT = Subject((), (), (PROTOCOLS["savee/loso"],))
DEPENDENT = Subject((), (), (PROTOCOLS["savee/loso"], protocol("random5")))


def finding(
    kind: Kind = "near_duplicate", severity: Severity = "leak", similarity: float = 0.987, detail: str = "so it is"
) -> Finding:
    return Finding(kind, severity, Place("mine/a", "sad", ""), None, similarity, (), detail)


def report(*findings: Finding, splits: int = 4) -> AuditReport:
    return AuditReport(findings, 40, splits, audio=True)


def seen(made: AuditReport, subject: Subject = INDEPENDENT, width: int = 120) -> list[str]:
    out = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    out.print(audited(made, subject))
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("made", "subject", "sentence"),
    [
        (report(), INDEPENDENT, "clean: no speaker and no recording is on both sides of any of 4 splits"),
        (
            replace(report(), audio=False),
            INDEPENDENT,
            "clean (sound not compared): nothing that was compared is on both sides of any of 4 splits",
        ),
        (report(splits=0), NO_PROTOCOL, "clean: there is no split that could leak; name a --protocol"),
        (report(finding()), INDEPENDENT, "leak: 1 pair of copies on both sides"),
        (
            report(finding()),
            DEPENDENT,
            "leak: 1 pair of copies on both sides; the protocol is marked speaker-dependent",
        ),
    ],
)
def test_the_verdict_claims_no_more_than_was_looked_at(made: AuditReport, subject: Subject, sentence: str):
    assert verdict(made, subject) == sentence
    assert seen(made, subject)[-1] == sentence


def test_the_head_says_what_was_audited():
    assert seen(report())[0] == "40 clips, 4 splits: savee/loso"
    assert seen(report(), DEPENDENT)[0] == "40 clips, 4 splits: savee/loso, random5"
    assert seen(report(splits=0), NO_PROTOCOL)[0] == "40 clips, 0 splits: no protocol"


def test_kinds_have_a_head_with_their_number_worst_first():
    lines = seen(report(finding("equal_texts", "information"), finding(), finding(), finding("speaker_overlap")))
    heads = [line.split(" (")[0] for line in lines if " (" in line]
    assert heads == ["speaker overlap: 1", "near duplicate: 2", "equal texts: 1"]


@pytest.mark.parametrize(
    ("kind", "shown"), [("near_duplicate", True), ("exact_duplicate", True), ("label_conflict", False)]
)
def test_a_similarity_is_shown_of_copies_alone(kind: Kind, shown: bool):
    (row,) = [line for line in seen(report(finding(kind))) if "so it is" in line]
    assert row.split()[0] == "leak"
    assert ("0.99" in row) == shown


@pytest.mark.parametrize(("count", "more"), [(10, False), (12, True)])
def test_ten_of_a_kind_are_shown_and_the_rest_counted(count: int, more: bool):
    assert SHOWN == 10
    lines = seen(report(*(finding(detail=f"pair {number}.") for number in range(count))))
    assert sum("pair " in line and "leak " in line for line in lines[:-1]) == 10
    assert [line for line in lines if "--json" in line] == ["  and 2 more: --json lists all"] * more
    assert f"near duplicate: {count}" in " ".join(lines)


def test_a_long_detail_folds_within_its_column_and_loses_nothing():
    name = "x" * 100
    lines = seen(report(finding(detail=name)), width=60)
    assert all(len(line) <= 60 for line in lines)
    assert sum(line.count("x") for line in lines if not line.strip("x ") or "leak  " in line) == 100


def test_a_detail_with_control_characters_or_markup_is_text():
    assert any("[red]a_[2Jb_c[/red]" in line for line in seen(report(finding(detail="[red]a\x1b[2Jb\nc[/red]"))))
