"""The report of a run whose figures are known: each number in its place, rounded and in percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentisound.corpora.protocols import protocol
from sentisound.learning.evaluation.document import Block, Heading, Paragraph, Picture, Table
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.report import Evaluated, choices, figure, overview, report, write_reports
from sentisound.learning.evaluation.runs import Config, RunFolder
from sentisound.learning.evaluation.summary import summarise

CLASSES = ["neutral", "happy", "sad"]
CONFIG = Config(
    name="small",
    title="A small recipe",
    protocols=["savee/loso"],
    seeds=[0, 1],
    adaptive=False,
    features="mfcc40",
    model="logistic regression",
    recipe={},
    created="2026-11-20",
    environment={"python": "3.13.0", "numpy": "2.3"},
    commit="0123456789ab",
)


def said(speaker: str, truth: Sequence[int], predicted: Sequence[int], seed: int = 0, **chosen: Any) -> Prediction:
    """Return the prediction of a fold that tests one speaker; every answer has the confidence 0.8."""
    return Prediction(
        key="k",
        split=speaker,
        seed=seed,
        classes=CLASSES,
        clips=[f"savee/{speaker}{n}" for n in range(len(truth))],
        speakers=[f"savee/{speaker}"] * len(truth),
        truth=[CLASSES[index] for index in truth],
        probabilities=[[0.8 if column == index else 0.1 for column in range(3)] for index in predicted],
        threshold=0.5,
        temperature=1.234,
        chosen=chosen,
        inner_uar=0.5678,
    )


ANN = said("ann", [0, 0, 1, 1], [0, 0, 1, 0], C=0.1)  # UAR 3/4
BOB = said("bob", [0, 1, 1, 1], [0, 1, 0, 0], C=1.0)  # UAR 2/3, WA 1/2


def evaluated(*found: Prediction, name: str = "savee/loso") -> Evaluated:
    return Evaluated(summarise(protocol(name), found), "clean")


BOTH = evaluated(ANN, BOB, replace(ANN, seed=1), replace(BOB, seed=1))


def words(blocks: Sequence[Block]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Paragraph))


def tables(blocks: Sequence[Block]) -> dict[str, Table]:
    """Return the tables by the name of their first column."""
    return {block.header[0]: block for block in blocks if isinstance(block, Table)}


@pytest.mark.parametrize(
    ("mean", "spread", "text"),
    [(0.648, 0.049, "64.8 ± 4.9"), (1, 0, "100.0 ± 0.0"), (0.00049, 0.0006, "0.0 ± 0.1"), (0.99951, 0, "100.0 ± 0.0")],
)
def test_a_figure_is_percent_with_one_digit(mean: float, spread: float, text: str):
    assert figure(mean, spread) == text


def test_the_overview_has_one_row_a_protocol_and_a_cell_for_each_column():
    table = overview(CONFIG, [BOTH, evaluated(ANN, BOB, name="random5")])
    assert {len(row) for row in table.rows} == {len(table.header)}
    first = dict(zip(table.header, table.rows[0], strict=True))
    assert (first["protocol"], first["sides"]) == ("savee/loso", "speaker-independent")
    assert first["folds x seeds"] == "2 x 2"
    assert (first["UAR %"], first["WA %"]) == ("70.8 ± 4.2", "62.5 ± 12.5")
    assert first["95 % interval"] == "66.7 to 75.0"
    assert (first["ECE %"], first["audit"]) == ("17.5", "clean")  # 0.05 of ann, 0.3 of bob
    assert table.rows[1][:3] == ("random5", "speaker-dependent", "2 x 1")


def test_adaptive_figures_say_so_in_the_overview_and_in_the_title():
    blocks = report(replace(CONFIG, adaptive=True), [BOTH])
    assert tables(blocks)["protocol"].rows[0][1] == "speaker-independent, speaker-adaptive"
    assert Heading(2, "savee/loso, speaker-independent, speaker-adaptive") in blocks


def test_the_report_opens_with_what_was_run():
    title, what, *_ = report(CONFIG, [BOTH])
    assert title == Heading(1, "A small recipe")
    assert what == Paragraph(
        "Recipe small: logistic regression on mfcc40. Seeds 0, 1. "
        "2026-11-20, commit 0123456789ab; python 3.13.0, numpy 2.3."
    )


def test_without_git_no_commit_is_named():
    assert "commit" not in words(report(replace(CONFIG, commit=""), [BOTH]))


def test_the_facts_are_those_of_the_summary():
    said_of = words(report(CONFIG, [BOTH]))
    assert "8 clips of 2 speakers tested, seeds 0, 1." in said_of
    assert "UAR 70.8 ± 4.2 % over 2 folds; all clips together 70.0 %, 95 % interval 66.7 to 75.0." in said_of
    assert "answers 100 % of the clips, 62.5 % of them rightly" in said_of
    assert "Audit: clean." in said_of


@pytest.mark.parametrize(("speakers", "coarse"), [(4, True), (5, False)])
def test_few_speakers_are_a_caveat(speakers: int, coarse: bool):
    found = evaluated(*(said(name, [0, 1], [0, 1]) for name in "abcde"[:speakers]))
    assert (f"With {speakers} speakers the interval is coarse." in words(report(CONFIG, [found]))) == coarse


def test_classes_are_counted_once_whatever_the_seeds_and_what_cannot_be_told_is_left_blank():
    table = tables(report(CONFIG, [BOTH]))["class"]
    assert table.rows == [
        ("neutral", "100.0", "50.0", "3"),
        ("happy", "40.0", "100.0", "5"),
        ("sad", "", "", "0"),  # never spoken and never answered
    ]


def test_confusions_are_percent_of_the_true_class():
    table = tables(report(CONFIG, [BOTH]))["true"]
    assert table.header == ("true", *CLASSES)
    assert table.rows == [
        ("neutral", "100.0", "0.0", "0.0"),
        ("happy", "60.0", "40.0", "0.0"),
        ("sad", "", "", ""),
    ]


def test_calibration_is_told_over_folds_and_for_all_clips_together():
    """All answers have the confidence 0.8: it ranks nothing, so each accuracy is that of all clips."""
    rows = {row[0]: row[1:] for row in tables(report(CONFIG, [BOTH]))["calibration"].rows}
    assert rows["calibration error (ECE) %"] == ("17.5 ± 12.5", "17.5")
    assert rows["accuracy, all answered %"] == rows["accuracy, the surest 80 % answered %"] == ("62.5 ± 12.5", "62.5")
    assert rows["area under the risk-coverage curve %"] == ("37.5 ± 12.5", "37.5")
    assert tables(report(CONFIG, [BOTH]))["mean confidence %"].rows == [("80.0", "62.5", "16")]


def test_what_was_not_asked_for_has_no_section():
    titles = {block.text for block in report(CONFIG, [BOTH]) if isinstance(block, Heading)}
    assert {"Calibration", "Confusions", "Folds"} <= titles
    assert not titles & {"Robustness", "Fairness"}


def test_each_fold_has_a_row():
    table = tables(report(CONFIG, [BOTH]))["fold tested"]
    assert table.rows[0] == ("ann", "0", "75.0", "56.8", "1.23", "C 0.1")
    assert table.rows[3] == ("bob", "1", "66.7", "56.8", "1.23", "C 1.0")


def test_the_most_frequent_choice_comes_first_and_no_choice_is_the_defaults():
    found = evaluated(ANN, BOB, said("cat", [0], [0]), replace(BOB, split="dan"))
    assert choices(found.summary) == "C 1.0 (2 times); C 0.1 (1 times); defaults (1 times)"
    several = evaluated(said("ann", [0], [0], C=1.0, kernel="rbf"))
    assert choices(several.summary) == "C 1.0, kernel rbf (1 times)"


def test_pictures_of_two_protocols_have_two_files_and_both_forms_are_written(tmp_path: Path):
    folder, results = RunFolder(tmp_path), [BOTH, evaluated(ANN, BOB, name="random5")]
    write_reports(folder, CONFIG, results)
    names = {path.name for path in tmp_path.iterdir()}
    drawn = {f"{kind}-{name}.png" for kind in ("confusion", "calibration") for name in ("savee-loso", "random5")}
    assert names == {"report.md", "report.html", *drawn}
    pictures = [block for block in report(CONFIG, results) if isinstance(block, Picture)]
    assert all((tmp_path / one.file).read_bytes() == one.png for one in pictures)
    assert "<title>small: A small recipe</title>" in (tmp_path / "report.html").read_text(encoding="utf-8")
