"""The parts of a view: names made safe, bars to an eighth of a column, scales, numbers, consoles."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from sentisound.cli.terminal import (
    QuietConsole,
    ascii_only,
    bar,
    clock,
    console,
    fitted,
    gauge,
    percent,
    printable,
    show,
    verdict,
)


@given(st.text(alphabet=st.characters()))
def test_any_name_becomes_one_encodable_line_of_the_same_length(name: str):
    safe = printable(name)
    assert len(safe) == len(name)
    assert len(safe.splitlines()) <= 1
    assert safe.encode("utf-8").decode("utf-8") == safe
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in safe)


def test_an_honest_name_stays_as_it_is():
    assert printable("Gespräch 3 [final] – 笑い😀.wav") == "Gespräch 3 [final] – 笑い😀.wav"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\nb", "a\rb", "\u202egnp.wav", "\udcff", "\u2028", "\x9b31m", "\x07"])
def test_what_repaints_breaks_or_turns_a_line_is_taken_out(hostile: str):
    assert "_" in printable(hostile)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"])), st.integers(2, 40))
def test_a_fitted_name_fits_and_keeps_its_end(name: str, columns: int):
    shown = fitted(name, columns)
    assert cell_len(shown) <= columns
    assert shown == name or name.endswith(shown[1:])


def test_a_wide_character_counts_two_columns():
    assert fitted("笑い笑い.wav", 8) == "…い.wav"


@pytest.mark.parametrize(("share", "drawn"), [(0, ""), (1, "████"), (0.5, "██"), (1 / 32, "▏"), (0.25 + 4 / 32, "█▌")])
def test_a_bar_is_exact_to_an_eighth_of_a_column(share: float, drawn: str):
    assert bar(share, 4) == drawn


@given(st.floats(0, 1), st.integers(1, 40))
def test_a_bar_never_outgrows_its_columns(share: float, columns: int):
    assert len(bar(share, columns)) <= columns
    assert set(bar(share, columns, plain=True)) <= {"#"}
    assert len(bar(share, columns, plain=True)) == round(share * columns)


@pytest.mark.parametrize(("value", "drawn"), [(-1, "●─┼──"), (0, "──●──"), (1, "──┼─●"), (0.5, "──┼●─"), (7, "──┼─●")])
def test_a_gauge_marks_its_value_between_minus_one_and_one(value: float, drawn: str):
    assert gauge(value, half=2) == drawn


def test_a_gauge_without_block_characters():
    assert gauge(-0.5, half=2, plain=True) == "-o|--"


def test_numbers_as_people_read_them():
    assert [percent(share) for share in (0, 0.714, 0.999, 1)] == ["0 %", "71 %", "100 %", "100 %"]
    assert [clock(s) for s in (0, 1.5, 61.25, 59.999, 3661)] == ["0:00.00", "0:01.50", "1:01.25", "1:00.00", "61:01.00"]


def test_a_verdict_in_words():
    assert verdict("happy", 0.71, None).plain == "happy, 71 %"
    assert verdict("happy", 0.31, "low_confidence").plain == "not sure (low confidence): probably happy, 31 %"
    assert verdict("sad", 0.9, "too_short").plain == "not sure (too little speech): probably sad, 90 %"


def test_markup_emoji_codes_and_numbers_stay_text(capsys: pytest.CaptureFixture[str]):
    console().print("[red]:smile:[/red] 42")
    assert capsys.readouterr().out == "[red]:smile:[/red] 42\n"


def test_what_is_no_terminal_gets_whole_lines_without_padding(capsys: pytest.CaptureFixture[str]):
    show(console(), Text("word " * 100))
    assert capsys.readouterr().out == "word " * 99 + "word\n"


def test_the_width_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "44")
    assert console().width == 44


@pytest.mark.parametrize(("encoding", "plain"), [("ascii", True), ("latin-1", True), ("utf-8", False)])
def test_block_characters_are_for_encodings_that_have_them(encoding: str, plain: bool):
    assert ascii_only(Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))) is plain


def test_a_closed_pipe_is_left_to_the_command_line():
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        QuietConsole(file=Closed()).print("x")
