"""What the commands of the learning wing share: bars of progress, and where the corpora are."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentisound.cli.compare import _p
from sentisound.cli.steps import Steps, bars, corpora_folder
from sentisound.errors import CorpusNotFound


def test_the_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SENTISOUND_CORPORA", str(tmp_path / "set"))
    assert corpora_folder(None) == tmp_path / "set"
    assert corpora_folder(tmp_path / "said") == tmp_path / "said"


def test_without_a_folder_both_ways_to_name_one_are_told():
    with pytest.raises(CorpusNotFound, match=r"--corpora FOLDER or SENTISOUND_CORPORA=FOLDER"):
        corpora_folder(None)


def test_each_step_has_one_bar_that_follows_it():
    shown = bars()
    steps = Steps(shown)
    for step, done, total in (("hear", 1, 4), ("compare", 0, 2), ("hear", 3, 4), ("hear", 4, 4), ("compare", 1, 3)):
        steps(step, done, total)
    assert [(task.description, task.completed, task.total) for task in shown.tasks] == [
        ("hear", 4, 4),
        ("compare", 1, 3),
    ]
    assert [task.finished for task in shown.tasks] == [True, False]


def test_bars_are_on_standard_error_alone(capsys: pytest.CaptureFixture[str]):
    with bars() as shown:
        Steps(shown)("hear [not markup", 2, 2)
    told = capsys.readouterr()
    assert told.out == ""
    assert "2/2" in told.err


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.0, "1.0000"), (0.04996, "0.0500"), (0.0001, "0.0001"), (0.00009, "< 0.0001"), (0.0, "< 0.0001")],
)
def test_a_p_value_is_never_nought(value: float, shown: str):
    assert _p(value) == shown
