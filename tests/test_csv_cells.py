"""No text in a CSV runs in a spreadsheet, none is changed by a way there and back, and there is one place for it."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from sentisound.csv_cells import csv_text, guarded, unguarded

SRC = Path(__file__).resolve().parents[1] / "src" / "sentisound"
SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
BLANKS = ("", " ", "  ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u202e", "\0", " \u3000\u200b")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("blank", BLANKS)
def test_a_sign_of_any_width_is_guarded_after_any_blank(blank: str, sign: str):
    cell = f"{blank}{sign}HYPERLINK(1).wav"
    assert guarded(cell) == f"'{cell}"
    assert unguarded(f"'{cell}") == cell


@pytest.mark.parametrize("start", ["\t", "\r", "\n", "\r\n", " \t"])
def test_what_may_end_the_cell_before_is_guarded(start: str):
    assert guarded(f"{start}a.wav") == f"'{start}a.wav"


@pytest.mark.parametrize("cell", ["a=1.wav", "ａ＝1", "1+1", "", " ", "'", "'tis.wav", "…-x", -0.25, 3, None, True])
def test_what_runs_nowhere_stays(cell: str | float | None):
    assert guarded(cell) == cell


starts = st.sampled_from(["", "'", "''", *SIGNS, *BLANKS, "\t", "\r", "'=", "' ＝"])


@given(starts, starts, st.text(alphabet=st.characters(codec="utf-8"), max_size=12))
def test_every_text_comes_back_from_a_file_as_it_was(first: str, second: str, rest: str):
    cell = first + second + rest
    ((written,),) = csv.reader(io.StringIO(csv_text([[cell]]), newline=""), strict=True) if cell else [("",)]
    assert unguarded(written) == cell
    assert not written.lstrip().startswith(tuple(SIGNS))


def test_nobody_else_writes_csv():
    writers = {"writer", "DictWriter"}
    for path in SRC.rglob("*.py"):
        named = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert not named & writers or path.name == "csv_cells.py", path
