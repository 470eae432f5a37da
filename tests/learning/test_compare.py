"""Two runs on the same clips: who is better where, and what may not be compared at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sentisound.corpora.protocols import protocol
from sentisound.errors import BadRun
from sentisound.learning.evaluation.compare import compare, paired
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.evaluation.summary import summarise, to_result

NAME = "savee/loso"
CLASSES = ["neutral", "happy"]


def said(speaker: str, truth: Sequence[int], predicted: Sequence[int], seed: int = 0) -> Prediction:
    """Return the prediction of a fold that tests one speaker."""
    return Prediction(
        key="k",
        split=speaker,
        seed=seed,
        classes=CLASSES,
        clips=[f"savee/{speaker}{n}" for n in range(len(truth))],
        speakers=[f"savee/{speaker}"] * len(truth),
        truth=[CLASSES[index] for index in truth],
        probabilities=[[0.9, 0.1] if index == 0 else [0.1, 0.9] for index in predicted],
        threshold=0.5,
        temperature=1.0,
        chosen={},
        inner_uar=0.5,
    )


TRUTH = [0, 0, 0, 1, 1, 1]
PERFECT = [said("ann", TRUTH, TRUTH), said("bob", TRUTH, TRUTH)]
HALF = [said("ann", TRUTH, [0] * 6), said("bob", TRUTH, [0] * 6)]
THIRD = [said("ann", TRUTH, [0, 0, 1, 1, 1, 0]), said("bob", TRUTH, TRUTH)]


def test_the_difference_is_second_minus_first():
    found = paired(NAME, HALF, PERFECT)
    assert (found.first_uar, found.second_uar, found.difference.value) == (0.5, 1.0, 0.5)
    assert (found.protocol, found.clips, found.speakers) == (NAME, 12, 2)


def test_a_difference_that_every_speaker_has_has_no_width():
    interval = paired(NAME, HALF, PERFECT).difference.interval
    assert (interval.low, interval.high) == pytest.approx((0.5, 0.5))


def test_a_difference_of_one_of_two_speakers_is_between_none_and_all_of_it():
    """Ann is worse by 1/3, Bob not at all; a draw has Ann never, once or twice."""
    found = paired(NAME, THIRD, PERFECT)
    assert found.difference.value == pytest.approx(1 / 6)
    interval = found.difference.interval
    assert (interval.low, interval.high) == pytest.approx((0, 1 / 3))
    assert found.difference.p_value == pytest.approx(0.5, abs=0.05)  # a quarter of the draws shows none, both sides


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        ([1, 0, 0, 1, 1, 1], TRUTH, 1.0),  # one clip: a coin thrown once
        ([1, 1, 1, 0, 0, 1], TRUTH, 2 / 2**5),  # five clips, all one way
        ([1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0], 2 * (1 + 4) / 2**4),  # three against one
        ([1, 0, 0, 1, 1, 1], [0, 1, 0, 1, 1, 1], 1.0),  # one against one
        (TRUTH, TRUTH, 1.0),  # no clip differs
    ],
)
def test_mcnemar_is_a_coin_thrown_for_each_clip_that_only_one_gets_right(first, second, p: float):
    ann, bob = said("ann", TRUTH, first), said("ann", TRUTH, second)
    assert paired(NAME, [ann], [bob]).mcnemar_p == pytest.approx(p)


def test_clips_that_only_one_gets_right_are_counted_on_their_side():
    first = [said("ann", TRUTH, [1, 1, 1, 1, 1, 1])]
    second = [said("ann", TRUTH, [0, 0, 0, 1, 1, 0])]
    found = paired(NAME, first, second)
    assert (found.only_first_right, found.only_second_right) == (1, 3)


def test_clips_are_paired_on_the_first_seed_that_both_have():
    wrong, right = said("ann", TRUTH, [1 - t for t in TRUTH]), said("ann", TRUTH, TRUTH)
    first = [replace(wrong, seed=0), replace(right, seed=2), replace(wrong, seed=3)]
    second = [replace(right, seed=1), replace(right, seed=2), replace(right, seed=3)]
    found = paired(NAME, first, second)
    assert (found.only_first_right, found.only_second_right) == (0, 0)  # on seed 2 both are right
    assert (found.first_uar, found.second_uar) == (pytest.approx(1 / 3), 1.0)  # the shares are of all seeds


def test_a_run_of_more_seeds_is_not_worth_more():
    thrice = [replace(fold, seed=seed) for seed in (0, 1, 2) for fold in THIRD]
    found = paired(NAME, THIRD, thrice)
    assert found.difference.value == pytest.approx(0, abs=1e-12)
    assert found.second_uar == pytest.approx(found.first_uar)


def test_runs_without_a_common_seed_cannot_be_paired():
    with pytest.raises(BadRun, match="no seed in common") as refused:
        paired(NAME, PERFECT, [replace(fold, seed=1) for fold in PERFECT])
    assert refused.value.code == "bad_run"


@pytest.mark.parametrize(
    "other",
    [
        PERFECT[:1],
        PERFECT[::-1],
        [PERFECT[0], replace(PERFECT[1], split="both")],
        [PERFECT[0], replace(PERFECT[1], clips=[f"savee/x{n}" for n in range(6)])],
        [PERFECT[0], replace(PERFECT[1], truth=PERFECT[1].truth[::-1])],
        [replace(fold, classes=CLASSES[::-1]) for fold in PERFECT],
    ],
    ids=["a fold is missing", "other order", "other split", "other clips", "other labels", "other classes"],
)
def test_runs_on_other_data_are_refused(other: list[Prediction]):
    with pytest.raises(BadRun, match="under savee/loso the runs tested different clips"):
        paired(NAME, PERFECT, other)


def finished(path: Path, found: Sequence[Prediction], names: Sequence[str] = (NAME,)) -> RunFolder:
    """Return a run folder that holds these predictions under each protocol."""
    run = RunFolder(path)
    for name in names:
        for number, prediction in enumerate(found):
            run.keep(name, number, prediction)
    run.write_results([to_result(summarise(protocol(name), found), "clean", adaptive=False) for name in names])
    return run


def test_run_folders_are_compared_protocol_by_protocol(tmp_path: Path):
    names = (NAME, "random5")
    first, second = finished(tmp_path / "a", HALF, names), finished(tmp_path / "b", PERFECT, names[::-1])
    found = compare(first, second)
    assert [one.protocol for one in found] == list(names)  # in the order of the first
    assert found[0] == paired(NAME, HALF, PERFECT)


def test_runs_of_other_protocols_are_refused_and_both_are_named(tmp_path: Path):
    first, second = finished(tmp_path / "a", HALF), finished(tmp_path / "b", HALF, ["random5"])
    with pytest.raises(BadRun, match="savee/loso and random5"):
        compare(first, second)


def test_a_run_that_is_not_finished_is_refused(tmp_path: Path):
    with pytest.raises(BadRun, match=r"results\.json"):
        compare(finished(tmp_path / "a", HALF), RunFolder(tmp_path / "b"))
