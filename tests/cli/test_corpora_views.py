"""The views of corpora, as a pipe sees them: what a check and statistics show, and what they keep to themselves."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from sentisound.cli.corpora_views import SHOWN, checked, counted, document, listing
from sentisound.corpora.check import CheckReport, Count, Finding
from sentisound.corpora.registry import CORPORA
from sentisound.corpora.stats import CorpusStats, Group, Spread


def console() -> Console:
    return Console(file=io.StringIO(), width=200, markup=False, emoji=False, highlight=False)


def said(what: RenderableType, out: Console) -> list[str]:
    out.print(what)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def check_seen(*findings: Finding, counts: tuple[Count, ...] = (), left_out: int = 0, every: bool = False) -> list[str]:
    report = CheckReport("mine", "My corpus", "/somewhere", 7, findings, counts, left_out)
    return said(checked(report, out := console(), every=every), out)


def cells(lines: list[str]) -> list[list[str]]:
    return [line.split() for line in lines]


def test_a_whole_corpus_shows_its_total_and_no_group_that_fits():
    lines = check_seen(counts=(Count("all", "clips", 7, 7), Count("speaker", "anna", 7, 7)))
    assert ["clips", "7", "7"] in cells(lines)
    assert not any("anna" in line for line in lines)
    assert lines[-1] == "My corpus is complete: 7 clips, every one of them decoded"


def test_a_group_that_does_not_fit_is_shown_with_what_was_expected():
    counts = (Count("all", "clips", 7, 9), Count("speaker", "anna", 3, 5), Count("label", "sad", 4, 4))
    lines = check_seen(counts=counts)
    assert ["clips", "7", "9"] in cells(lines)
    assert ["speaker", "anna", "3", "5"] in cells(lines)
    assert not any("sad" in line for line in lines)
    assert sum("clips" in line.split()[:1] for line in lines if line) == 1, "the total is shown once"
    assert lines[-1] == "My corpus is damaged or incomplete: the counts differ"


def test_what_nobody_expects_is_a_dash():
    assert ["clips", "7", "-"] in cells(check_seen(counts=(Count("all", "clips", 7, None),)))


def test_kinds_come_gravest_first_whatever_the_order_they_were_found_in():
    lines = check_seen(Finding("copy", "c.wav"), Finding("silent", "s.wav"), Finding("missing", "m"))
    heads = [line.split(":")[0] for line in lines if line.startswith("1 ")]
    assert heads == ["1 missing", "1 silent", "1 copy"]
    assert lines[-1].endswith("incomplete: 1 missing, 1 silent"), "a copy does no harm"


@pytest.mark.parametrize(("count", "every", "shown"), [(10, False, 10), (13, False, 10), (13, True, 13)])
def test_the_first_ten_of_a_kind_are_shown_unless_all_are_asked_for(count: int, every: bool, shown: int):
    assert SHOWN == 10
    lines = check_seen(*(Finding("silent", f"{n}.wav") for n in range(count)), every=every)
    assert sum(line.endswith(".wav") for line in lines) == shown
    assert [line for line in lines if "--all" in line] == ["  and 3 more; --all shows them"] * (shown < count)


def test_a_detail_stands_in_brackets_behind_its_file():
    lines = check_seen(Finding("truncated", "a.wav", "2.1 of 3.0 s"), Finding("truncated", "b.wav"))
    assert "  a.wav  (2.1 of 3.0 s)" in lines
    assert "  b.wav" in lines


def test_what_was_left_out_is_told_where_there_is_any():
    assert "5 files are left out: song, video or labels that are not learned" in check_seen(left_out=5)
    assert not any("left out" in line for line in check_seen())


def test_a_file_name_is_text_and_no_markup_and_no_escape():
    lines = check_seen(Finding("unexpected", "[bold]\x1b[2J\nx[/bold].wav"))
    assert "  [bold]_[2J_x[/bold].wav" in lines


def stats(*groups: Group, texts: int = 0, left_out: int = 0) -> CorpusStats:
    spread, level = Spread(2.25, 1.0, 4.0), Spread(-21.04, -30.0, -18.0)
    return CorpusStats("mine", "My corpus", 12, texts, 5400.0, spread, level, groups, left_out, (), ())


def group(by: str, name: str) -> Group:
    return Group(by, name, 3, 75.5, Spread(2.5, 1.0, 4.06), Spread(-21.04, -30.0, -18.0))


def test_the_summary_gives_hours_and_the_median_with_its_range():
    (summary, *_) = said(counted(stats(), out := console()), out)
    assert summary == (
        "My corpus: 12 clips, 1.50 hours; a clip lasts 2.2 (1.0 to 4.0) s at -21.0 (-30.0 to -18.0) dB (median, range)"
    )
    (summary, *_) = said(counted(stats(texts=4), out := console()), out)
    assert "1.50 hours, 4 texts; a clip" in summary


def test_a_group_is_a_row_under_its_kind_of_group():
    lines = said(counted(stats(group("label", "sad"), group("speaker", "anna")), out := console()), out)
    label = next(i for i, row in enumerate(cells(lines)) if row[:1] == ["label"])
    assert " ".join(cells(lines)[label + 1]) == "sad 3 1:15 2.50 1.0 to 4.1 -21.0 -30.0 to -18.0"
    assert [row[0] for row in cells(lines) if row and row[0] in {"label", "speaker", "sex", "language"}] == [
        "label",
        "speaker",
        "sex",
        "language",
    ]
    speaker = next(i for i, row in enumerate(cells(lines)) if row[:1] == ["speaker"])
    assert lines[speaker + 1].startswith("anna ")


def test_a_speaker_without_a_name_is_not_told():
    lines = said(counted(stats(group("speaker", "")), out := console()), out)
    assert any(line.startswith("not told ") for line in lines)


def test_files_that_cannot_be_used_point_to_the_check():
    lines = said(counted(stats(left_out=2), out := console()), out)
    assert lines[-1] == "2 files or rows cannot be used; `sentisound corpora check` tells why"


def test_only_a_folder_of_the_corpuss_name_is_here(tmp_path: Path):
    (tmp_path / "savee").mkdir()
    (tmp_path / "tess").write_text("a file, no folder", encoding="utf-8")
    assert document(CORPORA["savee"], tmp_path)["here"] is True
    assert document(CORPORA["tess"], tmp_path)["here"] is False
    assert document(CORPORA["savee"], None)["here"] is False
    lines = said(listing([CORPORA["savee"], CORPORA["tess"]], tmp_path, out := console()), out)
    here = [row[row.index("yes" if "yes" in row else "-")] for row in cells(lines)[1:]]
    assert here == ["yes", "-"]
    assert f" {CORPORA['savee'].expected_clips} " in lines[1]
