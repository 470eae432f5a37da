"""The tables and pictures of calibration, robustness and fairness: each figure in its place."""

from __future__ import annotations

import pytest

from sentisound.findings import Bin, Check, Fairness, Group, Risk, Robustness
from sentisound.learning.evaluation.document import Paragraph, Table, markdown
from sentisound.learning.evaluation.finding_pictures import calibration_picture, robustness_picture
from sentisound.learning.evaluation.sections import (
    calibration_diagram,
    curve_table,
    fairness_section,
    passed,
    robustness_diagram,
    robustness_section,
)

CURVE = [Bin(0.4, 0.35, 10), Bin(0.9, 0.95, 30)]
RISKS = [Risk(0.5, 0.0), Risk(1.0, 0.2)]
NOISE = Robustness("white_20db", "white noise, 20 dB", 0.6, 0.06, 0.92, 0.05, 0.9, "fail")
GAIN = Robustness("gain_up", "10 dB louder", 0.66, 0.0, 0.99, None, 0.95, "pass")
WOMEN = Group("female", 12, 720, True, 0.7, {"happy": 0.8, "sad": 0.6}, {"happy": 0.5})
MAN = Group("male", 1, 60, False, 0.6, {"happy": 0.7, "sad": 0.5}, {"happy": 0.5, "sad": 0.4})
SEX = Fairness("sex", [WOMEN, MAN], [Check("UAR", None, 0.075, "not judged")], "Too few men.")
PITCH = Fairness("pitch", [WOMEN, WOMEN], [Check("UAR", 0.0, 0.075, "pass")])


def tables(blocks: list) -> dict[str, Table]:
    return {block.header[0]: block for block in blocks if isinstance(block, Table)}


def words(blocks: list) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


def test_a_condition_has_its_figures_its_thresholds_and_its_verdict():
    blocks = robustness_section([NOISE, GAIN])
    noise, gain = tables(blocks)["condition"].rows
    assert noise == ("white noise, 20 dB", "60.0", "6.0", "5.0", "92.0", "90.0", "FAIL")
    assert gain == ("10 dB louder", "66.0", "0.0", "", "99.0", "95.0", "pass")
    assert "1 of 2 passed." in words(blocks)


def test_fairness_has_its_checks_then_its_groups_and_says_which_is_too_small():
    blocks = fairness_section([SEX, PITCH])
    found = tables(blocks)
    assert found["attribute"].rows == [
        ("sex", "UAR", "", "7.5", "not judged"),
        ("pitch", "UAR", "0.0", "7.5", "pass"),
    ]
    assert found["sex"].header[4:] == ("happy: recall %, precision %", "sad: recall %, precision %")
    assert found["sex"].rows[0] == ("female", "12", "720", "70.0", "80.0, 50.0", "60.0, -")
    assert found["sex"].rows[1][0] == "male (too few to judge)"
    assert "1 of 1 passed, 1 not judged." in words(blocks)
    assert "Too few men." in words(blocks)


def test_an_attribute_of_one_group_has_no_table():
    alone = fairness_section([Fairness("language", [WOMEN], [Check("UAR", None, 0.075, "not judged")], "Too few.")])
    assert [*tables(alone)] == ["attribute"]
    assert "There is one language only: female." in words(alone)


@pytest.mark.parametrize(
    ("verdicts", "text"),
    [
        (["pass", "fail", "pass"], "2 of 3 passed"),
        (["not judged"], "0 of 0 passed, 1 not judged"),
        ([], "0 of 0 passed"),
    ],
)
def test_verdicts_are_counted(verdicts: list, text: str):
    assert passed(verdicts) == text


def test_what_was_not_asked_for_gives_nothing():
    assert robustness_section([]) == fairness_section([]) == robustness_diagram("a", "a", []) == []


def test_the_curve_in_numbers():
    assert curve_table(CURVE).rows == [("40.0", "35.0", "10"), ("90.0", "95.0", "30")]


def test_pictures_are_png_the_same_each_time_and_others_for_other_figures():
    drawn = calibration_picture(CURVE, RISKS, "one")
    assert drawn.startswith(b"\x89PNG")
    assert drawn == calibration_picture(CURVE, RISKS, "one")
    assert drawn != calibration_picture(CURVE[:1], RISKS, "one")
    shown = robustness_picture([NOISE, GAIN], "one")
    assert shown.startswith(b"\x89PNG")
    assert shown != robustness_picture([GAIN], "one")


def test_pictures_are_drawn_of_a_model_without_errors_and_of_one_verdict_alone():
    assert calibration_picture([Bin(1.0, 1.0, 5)], [Risk(1.0, 0.0)], "perfect").startswith(b"\x89PNG")
    assert robustness_picture([GAIN], "one").startswith(b"\x89PNG")


def test_a_picture_has_a_file_of_its_protocol_and_words_for_those_who_cannot_see_it():
    picture = calibration_diagram("ravdess/luna5", "ravdess-luna5", CURVE, RISKS)
    assert picture.file == "calibration-ravdess-luna5.png"
    assert "ravdess/luna5" in picture.words
    (other,) = robustness_diagram("ravdess/luna5", "ravdess-luna5", [GAIN])
    assert "robustness-ravdess-luna5.png" in markdown([other])
