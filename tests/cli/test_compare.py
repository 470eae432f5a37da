"""``sentisound compare`` on two runs whose predictions are known clip by clip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sentisound.corpora.protocols import protocol
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.evaluation.summary import summarise, to_result

CLASSES = ["neutral", "happy"]
TRUTH = [0, 0, 0, 1, 1, 1]


def fold(speaker: str, predicted: Sequence[int]) -> Prediction:
    return Prediction(
        key="k",
        split=speaker,
        seed=0,
        classes=CLASSES,
        clips=[f"savee/{speaker}{n}" for n in range(len(TRUTH))],
        speakers=[f"savee/{speaker}"] * len(TRUTH),
        truth=[CLASSES[index] for index in TRUTH],
        probabilities=[[0.9, 0.1] if index == 0 else [0.1, 0.9] for index in predicted],
        threshold=0.5,
        temperature=1.0,
        chosen={},
        inner_uar=0.5,
    )


def written(path: Path, predicted: Sequence[int], name: str = "savee/loso") -> Path:
    """Write a finished run in which two speakers get the same predictions; return its folder."""
    run, folds = RunFolder(path), [fold(speaker, predicted) for speaker in ("ann", "bob")]
    for number, one in enumerate(folds):
        run.keep(name, number, one)
    run.write_results([to_result(summarise(protocol(name), folds), "clean", adaptive=False)])
    return path


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """Write a run that calls everything neutral: UAR 50 %."""
    return written(tmp_path / "half", [0] * 6)


@pytest.fixture
def perfect(tmp_path: Path) -> Path:
    return written(tmp_path / "perfect", TRUTH)


def test_the_row_is_the_second_less_the_first_in_percent(run, half: Path, perfect: Path):
    header, row = run("compare", half, perfect).stdout.splitlines()
    assert header.split()[:3] == ["protocol", "first", "UAR"]
    assert row.split()[:4] == ["savee/loso", "50.0", "100.0", "+50.0"]
    assert "+50.0 to +50.0" in row, "both speakers gain the same, so every draw of them does"
    assert "0 : 6 (McNemar p 0.0312)" in row  # 2 / 2 ** 6: six clips, all on one side


def test_turned_round_the_sign_turns(run, half: Path, perfect: Path):
    _, row = run("compare", perfect, half).stdout.splitlines()
    assert row.split()[:4] == ["savee/loso", "100.0", "50.0", "-50.0"]
    assert "-50.0 to -50.0" in row
    assert "6 : 0 (McNemar p 0.0312)" in row


def test_a_run_is_no_better_than_itself(run, half: Path):
    _, row = run("compare", half, half).stdout.splitlines()
    assert row.split()[1:4] == ["50.0", "50.0", "+0.0"]
    assert "0 : 0 (McNemar p 1.0000)" in row


def test_runs_of_other_protocols_are_wrong_usage_and_both_are_named(run, half: Path, tmp_path: Path):
    done = run("compare", half, written(tmp_path / "other", TRUTH, "random5"))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "savee/loso and random5" in done.stderr


def test_results_that_are_no_results_are_wrong_usage_and_named(run, half: Path, perfect: Path):
    (perfect / "results.json").write_text('[{"protocol": "savee/loso"}]', encoding="utf-8")
    done = run("compare", half, perfect)
    assert done.exit_code == 2
    assert "results.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_folders_are_needed(run, half: Path):
    done = run("compare", half)
    assert done.exit_code == 2
    assert "SECOND" in done.stderr
