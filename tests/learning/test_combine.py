"""An ensemble of runs: the mean of what models say, on the same clips only, kept as a run like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kept_runs import SURE, UNSURE, said, written
from sentisound.errors import BadRun
from sentisound.learning.evaluation.combine import combine, pooled
from sentisound.learning.evaluation.compare import compare
from sentisound.learning.evaluation.runs import RunFolder


def test_the_mean_is_of_logarithms_so_a_sure_member_outweighs_an_unsure_one():
    together = pooled([said(SURE), said(UNSURE)]).probability_rows()
    odds = np.sqrt(np.array(SURE) / (1 - np.array(SURE)) * np.array(UNSURE) / (1 - np.array(UNSURE)))
    assert together[:, 1] == pytest.approx(odds / (1 + odds), abs=1e-6)
    assert together.sum(axis=1) == pytest.approx(1)


def test_a_chance_of_nothing_stays_a_number():
    assert np.isfinite(pooled([said([0, 0, 1, 1]), said([1, 0, 1, 1])]).probability_rows()).all()


def test_unlike_members_that_err_on_other_clips_are_right_together(tmp_path: Path):
    first = [said([0.1, 0.6, 0.9, 0.9]), said([0.1, 0.1, 0.4, 0.9], "bob")]
    second = [said([0.1, 0.1, 0.9, 0.4]), said([0.6, 0.1, 0.9, 0.9], "bob")]
    runs = [written(tmp_path / "first", first), written(tmp_path / "second", second)]
    out = RunFolder(tmp_path / "both")
    (result,) = combine(runs, out)
    assert result.summary.mean.uar == 1
    assert all(run.results()[0].uar == 0.75 for run in runs)
    assert compare(runs[0], out)[0].difference.value == pytest.approx(0.25)
    assert out.config().title == "Ensemble of first (1 seed), second (1 seed)"
    assert "nothing was fitted" in (out.path / "report.md").read_text()


def test_all_seeds_of_a_member_count(tmp_path: Path):
    seeds = [said([0.1, 0.6, 0.9, 0.9], seed=0), said([0.1, 0.2, 0.9, 0.9], seed=1)]
    other = [said([0.1, 0.5, 0.9, 0.9])]
    out = RunFolder(tmp_path / "both")
    (result,) = combine([written(tmp_path / "two", seeds), written(tmp_path / "one", other)], out)
    odds = (0.6 / 0.4 * 0.2 / 0.8 * 1) ** (1 / 3)
    assert result.summary.predictions[0].probability_rows()[1, 1] == pytest.approx(odds / (1 + odds), abs=1e-6)


def test_other_clips_are_refused(tmp_path: Path):
    one = written(tmp_path / "one", [said(SURE)])
    other = replace(said(SURE), clips=[f"savee/x{n}" for n in range(4)])
    with pytest.raises(BadRun, match="different clips"):
        combine([one, written(tmp_path / "other", [other])], RunFolder(tmp_path / "both"))
    with pytest.raises(BadRun, match="fold ann"):
        pooled([said(SURE), other])


def test_a_protocol_that_one_lacks_is_refused(tmp_path: Path):
    one, other = written(tmp_path / "one", [said(SURE)]), written(tmp_path / "other", [said(SURE)], "tess/loso")
    with pytest.raises(BadRun, match="protocol in common"):
        combine([one, other], RunFolder(tmp_path / "both"))
    with pytest.raises(BadRun, match="tess/loso"):
        combine([one, one], RunFolder(tmp_path / "both"), ["tess/loso"])
    assert not (tmp_path / "both").exists()
