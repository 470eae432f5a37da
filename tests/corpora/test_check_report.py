"""What a report says of its findings: the verdict's words, what does no harm, and the JSON."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sentisound.corpora.check import HARMLESS, KINDS, CheckReport, Count, Finding, Kind, check
from sentisound.corpora.manifest import read_manifest


def _report(*kinds: Kind, counts: tuple[Count, ...] = (), clips: int = 3) -> CheckReport:
    findings = tuple(Finding(kind, f"{number}.wav") for number, kind in enumerate(kinds))
    return CheckReport("own", "My voices", "/data/own", clips, findings, counts, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_alone_makes_a_corpus_incomplete_unless_it_does_no_harm(kind: Kind):
    report = _report(kind)
    assert report.complete is (kind in {"copy", "format", "repeat"})
    assert report.exit_code == (0 if kind in HARMLESS else 1)
    assert ("damaged" in report.verdict) is (kind not in HARMLESS)


def test_the_verdict_counts_by_kind_the_gravest_first():
    report = _report("silent", "missing", "copy", "silent", "unexpected")
    assert report.verdict == "My voices is damaged or incomplete: 1 missing, 1 unexpected, 2 silent"


def test_harmless_findings_are_not_in_the_verdict():
    assert _report("copy", "repeat").verdict == "My voices is complete: 3 clips, every one of them decoded"


@pytest.mark.parametrize(("found", "expected", "fits"), [(3, 3, True), (2, 3, False), (4, 3, False), (4, None, True)])
def test_a_count_fits_when_it_is_what_is_expected_or_nothing_is(found: int, expected: int | None, fits: bool):
    count = Count("label", "sad", found, expected)
    assert count.fits is fits
    assert _report(counts=(count,)).complete is fits


def test_one_wrong_count_among_right_ones_is_enough():
    counts = (Count("all", "clips", 3, 3), Count("label", "sad", 1, 2), Count("label", "angry", 2, None))
    assert _report(counts=counts).verdict == "My voices is damaged or incomplete: the counts differ"


def test_the_json_says_what_the_report_says():
    report = _report("missing", counts=(Count("speaker", "03", 2, None),))
    assert report.to_dict() == {
        "corpus": "own",
        "root": "/data/own",
        "complete": False,
        "verdict": "My voices is damaged or incomplete: 1 missing",
        "clips": 3,
        "left_out": 0,
        "notes": [],
        "counts": [{"group": "speaker", "name": "03", "found": 2, "expected": None}],
        "findings": [{"kind": "missing", "path": "0.wav", "detail": ""}],
    }


def test_a_clip_outside_the_tables_folder_is_told_by_its_whole_path(tmp_path: Path, sound: Callable[..., None]):
    sound(tmp_path / "own" / "good.wav")
    outside = tmp_path / "elsewhere" / "bad.wav"
    outside.parent.mkdir()
    outside.write_bytes(b"RIFF")
    (tmp_path / "own" / "t.csv").write_text(f"path,label\ngood.wav,sad\n{outside},sad\n")
    (finding,) = check(read_manifest(tmp_path / "own" / "t.csv").corpus, tmp_path / "own").findings
    assert (finding.kind, finding.path) == ("undecodable", str(outside))


@pytest.mark.parametrize(
    ("speaker", "label", "kind"), [("x", "sad", "repeat"), ("y", "sad", "duplicate"), ("x", "calm", "duplicate")]
)
def test_one_sound_for_two_people_or_two_labels_is_grave(
    speaker: str, label: str, kind: Kind, tmp_path: Path, sound: Callable[..., None]
):
    sound(tmp_path / "a.wav")
    shutil.copy(tmp_path / "a.wav", tmp_path / "b.wav")
    (tmp_path / "t.csv").write_text(f"path,label,speaker\na.wav,sad,x\nb.wav,{label},{speaker}\n")
    report = check(read_manifest(tmp_path / "t.csv").corpus, tmp_path)
    (finding,) = report.findings
    assert finding == Finding(kind, "b.wav", "the same file as a.wav")
    assert report.complete is (kind == "repeat")


def test_a_table_expects_of_labels_and_speakers_only_their_total(tmp_path: Path, sound: Callable[..., None]):
    for seed, name in enumerate("ab"):
        sound(tmp_path / f"{name}.wav", seed)
    (tmp_path / "t.csv").write_text("path,label,speaker\na.wav,sad,x\nb.wav,calm,y\n")
    report = check(read_manifest(tmp_path / "t.csv").corpus, tmp_path)
    assert report.complete
    assert report.counts == (
        Count("all", "clips", 2, 2),
        Count("all", "speakers", 2, 2),
        Count("label", "calm", 1, None),
        Count("label", "sad", 1, None),
        Count("speaker", "x", 1, None),
        Count("speaker", "y", 1, None),
    )
