"""``sentisound combine``: a run of runs, and usage errors before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from kept_runs import SURE, UNSURE, said, written


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    written(tmp_path / "sure", [said(SURE)])
    written(tmp_path / "unsure", [said(UNSURE)])
    return tmp_path / "sure", tmp_path / "unsure"


def test_the_ensemble_is_a_run_that_can_be_compared(run, runs: tuple[Path, Path], tmp_path: Path):
    out = tmp_path / "both"
    told = run("combine", *runs, "--out", out).stdout
    assert "savee/loso" in told
    assert str(out) in told.replace("\n", "")
    assert (out / "report.html").is_file()
    assert "savee/loso         50.0          50.0        +0.0" in run("compare", runs[1], out).stdout


def test_one_run_is_no_ensemble(run, runs: tuple[Path, Path], tmp_path: Path):
    found = run("combine", runs[0], "--out", tmp_path / "both")
    assert found.exit_code == 2
    assert "two runs or more" in found.stderr


def test_a_run_is_not_written_over(run, runs: tuple[Path, Path]):
    found = run("combine", *runs, "--out", runs[0])
    assert found.exit_code == 2
    assert "name another folder" in found.stderr


def test_a_folder_without_a_run_is_named(run, runs: tuple[Path, Path], tmp_path: Path):
    found = run("combine", runs[0], tmp_path / "nothing", "--out", tmp_path / "both")
    assert found.exit_code == 2
    assert "nothing" in found.stderr
