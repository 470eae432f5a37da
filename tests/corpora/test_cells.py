"""Cells: what stands for nothing, and the ways in which sexes, languages and times are written."""

from __future__ import annotations

import pytest

from sentisound.corpora.cells import language, sex, time_s, told


@pytest.mark.parametrize("cell", ["", "  ", "nan", "NaN", "None", "NULL", "N/A", "<NA>", "NaT", "-", "?", "unknown"])
def test_nothing_is_written_in_many_ways(cell: str):
    assert told(cell) == ""
    assert sex(cell) == language(cell) == ""
    assert time_s(cell) is None


@pytest.mark.parametrize(
    ("cell", "meaning"), [("F", "female"), ("w", "female"), (" Male ", "male"), ("diverse", None), ("1", None)]
)
def test_a_sex_is_female_male_or_not_understood(cell: str, meaning: str | None):
    assert sex(cell) == meaning


@pytest.mark.parametrize(
    ("cell", "code"),
    [("EN", "en"), ("en-GB", "en"), ("zh_Hant_TW", "zh"), ("deu", "deu"), ("English", None), ("e", None)],
)
def test_a_language_is_its_code(cell: str, code: str | None):
    assert language(cell) == code


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("1.2", 1.2),
        ("1,2", 1.2),  # a decimal comma
        (".5", 0.5),
        ("12", 12.0),
        ("1.2e1", 12.0),
        ("3e-1", 0.3),
        ("0 days 00:00:01.200000", 1.2),  # audformat
        ("0 days", 0.0),
        ("1 days 00:00:01", 86_401.0),
        ("00:16:16,059", 976.059),  # MELD
        ("01:02.5", 62.5),
    ],
)
def test_times_are_seconds_or_a_clock(cell: str, seconds: float):
    assert time_s(cell) == pytest.approx(seconds)


@pytest.mark.parametrize("cell", ["-1", "inf", "soon", "-1 days +23:59:59", "1:2:3:4", "1,2,3"])
def test_what_is_no_time_is_told(cell: str):
    with pytest.raises(ValueError, match=r"write seconds, as 1\.2"):
        time_s(cell)
