"""The run folder gives back what was kept in it, and takes nothing else for it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sentisound.errors import BadRun
from sentisound.findings import Bin, Fairness, Group, Risk, Robustness
from sentisound.learning.evaluation.folds import Prediction
from sentisound.learning.evaluation.runs import PACKAGES, Config, Result, RunFolder, environment, slug, write_whole

NAME = "ravdess/luna5"
PREDICTION = Prediction(
    key="abc",
    split="2 5",
    seed=3,
    classes=["neutral", "happy"],
    clips=["ravdess/é", "ravdess/b"],
    speakers=["ravdess/01", "ravdess/02"],
    truth=["happy", "neutral"],
    probabilities=[[0.123456, 0.876544], [1.0, 0.0]],
    threshold=0.1 + 0.2,  # no short decimal
    temperature=1 / 3,
    chosen={"C": 0.1, "kernel": "rbf", "hidden_layer_sizes": [300, 20], "class_weight": None},
    inner_uar=2 / 3,
)
CONFIG = Config("small", "Small", [NAME], [3], False, "mfcc40", "svm", {"name": "small"}, "2026-11-20", {}, "")
RESULT = Result(NAME, True, False, "clean", 2, [3, 4], 8, 2, 0.5, 0.1, 0.6, 0.1, 0.4, 0.05, 0.9, 0.7, 1 / 3, 0.25, 0.75)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "deep" / "run")


def test_a_fold_comes_back_to_the_last_bit(run: RunFolder):
    run.keep(NAME, 0, PREDICTION)
    assert run.kept(NAME, 0, 3, "abc") == PREDICTION


def test_a_fold_is_a_file_whose_number_people_count_from_one(run: RunFolder):
    run.keep(NAME, 8, PREDICTION)
    run.keep(NAME, 9, PREDICTION)
    names = sorted(path.name for path in (run.path / "folds" / "ravdess-luna5").iterdir())
    assert names == ["09-seed3.json", "10-seed3.json"]  # and no draft beside them


@pytest.mark.parametrize(
    ("protocol", "number", "seed", "key"),
    [(NAME, 0, 3, "other"), (NAME, 1, 3, "abc"), (NAME, 0, 4, "abc"), ("ravdess/emobox6", 0, 3, "abc")],
    ids=["key", "fold", "seed", "protocol"],
)
def test_a_fold_is_not_taken_for_another(run: RunFolder, protocol: str, number: int, seed: int, key: str):
    run.keep(NAME, 0, PREDICTION)
    assert run.kept(protocol, number, seed, key) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"key": "abc"}'])
def test_a_damaged_fold_is_as_good_as_none(run: RunFolder, content: bytes):
    run.keep(NAME, 0, PREDICTION)
    (run.path / "folds" / "ravdess-luna5" / "01-seed3.json").write_bytes(content)
    assert run.kept(NAME, 0, 3, "abc") is None


def test_predictions_come_by_seed_and_then_by_fold(run: RunFolder):
    for seed in (4, 3):
        for number in (1, 0):
            run.keep(NAME, number, replace(PREDICTION, seed=seed, split=f"fold {number}"))
    found = run.predictions(RESULT)
    assert [(one.seed, one.split) for one in found] == [(3, "fold 0"), (3, "fold 1"), (4, "fold 0"), (4, "fold 1")]


@pytest.mark.parametrize("damaged", [False, True])
def test_a_result_whose_folds_are_not_all_there_cannot_be_used(run: RunFolder, damaged: bool):
    for seed in (3, 4):
        for number in (0, 1):
            run.keep(NAME, number, replace(PREDICTION, seed=seed))
    path = run.path / "folds" / "ravdess-luna5" / "02-seed4.json"
    path.write_text("{") if damaged else path.unlink()
    with pytest.raises(BadRun, match="lacks folds of ravdess/luna5"):
        run.predictions(RESULT)


def test_config_and_results_come_back(run: RunFolder):
    run.write_config(CONFIG)
    run.write_results([RESULT, replace(RESULT, protocol="random5")])
    assert run.config() == CONFIG
    assert run.results() == [RESULT, replace(RESULT, protocol="random5")]


def test_an_empty_folder_is_no_run_and_the_message_says_which(run: RunFolder):
    with pytest.raises(BadRun, match=r"deep/run' holds no config\.json"):
        run.config()
    run.write_config(CONFIG)
    with pytest.raises(BadRun, match=r"holds no results\.json.*not finished"):
        run.results()


@pytest.mark.parametrize("content", ["[]", "null", '{"name": 1}', "{"])
def test_a_config_of_something_else_is_refused(run: RunFolder, content: str):
    write_whole(run.path / "config.json", content)
    with pytest.raises(BadRun, match=r"config\.json' is not a run's") as refused:
        run.config()
    assert refused.value.code == "bad_run"


def test_a_result_that_lacks_a_figure_is_refused(run: RunFolder):
    run.write_results([RESULT])
    path = run.path / "results.json"
    (kept,) = json.loads(path.read_text())
    del kept["uar"]
    path.write_text(json.dumps([kept]))
    with pytest.raises(BadRun, match="is not a run's"):
        run.results()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("savee/loso", "savee-loso"),
        ("cross:cremad->tess", "cross-cremad-tess"),
        ("../../etc/passwd", "..-..-etc-passwd"),
        ("a b\tc", "a-b-c"),
        ("loco", "loco"),
    ],
)
def test_a_slug_never_leaves_its_folder(name: str, file: str):
    assert slug(name) == file
    assert "/" not in slug(name)


def test_a_file_is_written_where_there_was_no_folder_and_replaces_what_was_there(tmp_path: Path):
    path = tmp_path / "a" / "b" / "file"
    write_whole(path, "ü")
    assert path.read_bytes() == "ü".encode()
    write_whole(path, b"\x00\n\r\n")
    assert path.read_bytes() == b"\x00\n\r\n"  # bytes stay as they are
    assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_the_environment_names_all_that_figures_depend_on():
    import numpy

    found = environment()
    assert set(found) == {"python", "machine", *PACKAGES}
    assert found["numpy"] == numpy.__version__


def test_a_fold_comes_back_with_its_conditions_and_is_run_again_for_others(run: RunFolder):
    asked = replace(PREDICTION, conditions={"gain_up": PREDICTION.probabilities})
    run.keep(NAME, 0, asked)
    assert run.kept(NAME, 0, 3, "abc") == run.kept(NAME, 0, 3, "abc", ["gain_up"]) == asked
    assert run.kept(NAME, 0, 3, "abc", ["gain_up", "tone"]) is None
    assert asked.predicted("gain_up").tolist() == asked.predicted().tolist()


def test_a_fold_from_before_conditions_still_reads(run: RunFolder):
    run.keep(NAME, 0, PREDICTION)
    (path,) = run.path.rglob("*.json")
    document = json.loads(path.read_text())
    del document["conditions"]
    path.write_text(json.dumps(document))
    assert run.kept(NAME, 0, 3, "abc") == PREDICTION


def test_figures_from_before_calibration_still_read(run: RunFolder):
    run.write_results([RESULT])
    path = run.path / "results.json"
    document = json.loads(path.read_text())
    for name in ("wa_at_80", "aurc", "reliability", "risks", "robustness", "fairness"):
        del document[0][name]
    path.write_text(json.dumps(document))
    assert run.results() == [RESULT]
    assert RESULT.wa_at_80 is None


def test_findings_come_back_whole(run: RunFolder):
    found = replace(
        RESULT,
        reliability=[Bin(0.4, 0.35, 10)],
        risks=[Risk(1.0, 0.2)],
        robustness=[Robustness("gain_up", "10 dB louder", 0.63, 0.011, 0.943, None, 0.95, "fail")],
        fairness=[Fairness("sex", [Group("female", 2, 60, True, 0.7, {"happy": 0.8}, {})], [], "one group")],
    )
    run.write_results([found])
    assert run.results() == [found]
