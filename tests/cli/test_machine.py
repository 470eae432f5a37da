"""JSON Lines and CSV: what programs read back is what was analysed, whatever the files are called."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, strategies as st

from sentisound.cli.inputs import Input
from sentisound.cli.machine import Csv, JsonLines, row
from sentisound.cli.outcome import Failure, Outcome
from sentisound.cli.terminal import console

LABELS = ("neutral", "happy", "sad", "angry")
FAILURE = Failure("not_audio", "This is not sound", "it is a poem")
any_text = st.text(alphabet=st.characters(), max_size=30)


def json_line(capsys: pytest.CaptureFixture[str], outcome: Outcome) -> dict:
    JsonLines(console()).show(outcome)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    return json.loads(said)


def csv_rows(capsys: pytest.CaptureFixture[str], *outcomes: Outcome, segments: bool = False) -> list[dict[str, str]]:
    reporter = Csv(console(), LABELS, segments=segments)
    reporter.start()
    for outcome in outcomes:
        reporter.show(outcome)
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""), strict=True))


def test_a_json_line_is_the_analysis_and_the_path_it_came_from(fake, capsys):
    analysis = fake.heard("happy", 0.7, "a.wav")
    assert json_line(capsys, Outcome(Input("x/a.wav"), analysis)) == {"path": "x/a.wav", **analysis.to_dict()}


def test_a_json_line_of_a_failure_carries_code_title_and_detail(capsys):
    assert json_line(capsys, Outcome(Input("x/a.wav"), FAILURE)) == {
        "path": "x/a.wav",
        "file": "x/a.wav",
        "error": {"code": "not_audio", "title": "This is not sound", "detail": "it is a poem"},
    }


@pytest.mark.parametrize(
    "path", ["a\nb.wav", "\x1b[2J.wav", "[red]x[/red].wav", ":smile:.wav", 'quo"te,\t.wav', "笑😀"]
)
def test_json_keeps_any_name_exactly(path: str, fake, capsys):
    assert json_line(capsys, Outcome(Input(path), fake.heard("happy", 0.7, "a")))["path"] == path
    assert json_line(capsys, Outcome(Input(path), FAILURE))["path"] == path


def test_json_spells_out_bytes_that_are_no_text(fake, capsys):
    """A lone surrogate is no Unicode text: strict parsers refuse a document that holds one."""
    document = json_line(capsys, Outcome(Input("r\udcff.wav"), fake.heard("happy", 0.7, "a")))
    assert document["path"] == "r\\udcff.wav"
    assert document["path"].encode("utf-8")


def test_the_header_is_the_documented_one(capsys):
    Csv(console(), LABELS).start()
    assert capsys.readouterr().out == (
        "file,duration,emotion,confidence,abstained,reason,valence,arousal,neutral,happy,sad,angry,warnings,error\n"
    )
    Csv(console(), LABELS, segments=True).start()
    assert capsys.readouterr().out.startswith("file,start,end,duration,emotion,")


def test_a_row_is_the_analysis(fake, capsys):
    analysis = fake.heard("sad", 0.3, "a.wav", ("noisy", "clipped, a lot"))
    (cells,) = csv_rows(capsys, Outcome(Input("x/a.wav"), analysis))
    assert (cells["file"], cells["emotion"], cells["reason"]) == ("x/a.wav", "sad", "low_confidence")
    assert (cells["abstained"], cells["warnings"], cells["error"]) == ("true", "noisy; clipped, a lot", "")
    assert float(cells["duration"]) == 3.25
    assert float(cells["confidence"]) == pytest.approx(0.3)
    assert {label: float(cells[label]) for label in LABELS} == analysis.scores.to_dict()
    assert float(cells["valence"]) == pytest.approx(analysis.scores.valence, abs=1e-3)


def test_a_failure_is_a_row_with_nothing_but_the_error(capsys):
    (cells,) = csv_rows(capsys, Outcome(Input("a.wav"), FAILURE))
    assert cells.pop("file") == "a.wav"
    assert cells.pop("error") == "not_audio: it is a poem"
    assert set(cells.values()) == {""}


def test_with_segments_each_stretch_has_its_row_with_its_own_scores(fake, capsys):
    rows = csv_rows(capsys, Outcome(Input("a.wav"), fake.heard("happy", 0.7, "a.wav")), segments=True)
    assert [(cells["start"], cells["end"], cells["emotion"]) for cells in rows] == [
        ("0.5", "1.5", "happy"),
        ("61.25", "62.5", "sad"),
    ]
    assert [float(cells["sad"]) for cells in rows] == pytest.approx([0.1, 0.55])


def test_with_segments_no_sound_is_lost(fake, capsys):
    """A sound without speech, and a failure, have no segments: they have a row without times."""
    from dataclasses import replace

    silent = replace(fake.heard("happy", 0.7, "a.wav"), segments=(), reason="no_speech")
    rows = csv_rows(capsys, Outcome(Input("a.wav"), silent), Outcome(Input("b.wav"), FAILURE), segments=True)
    assert [(cells["file"], cells["start"], cells["reason"]) for cells in rows] == [
        ("a.wav", "", "no_speech"),
        ("b.wav", "", ""),
    ]
    assert rows[1]["error"] == "not_audio: it is a poem"
    assert all(None not in cells and None not in cells.values() for cells in rows)


def test_a_cell_that_a_spreadsheet_would_run_is_guarded():
    assert row(("=cmd|' /C calc'!A0", "＝1+1.wav", " =1.wav")) == "'=cmd|' /C calc'!A0,'＝1+1.wav,' =1.wav"


def test_a_number_stays_a_number():
    assert row(("-1+1", -0.25, 3, True, None)) == "'-1+1,-0.25,3,true,"


@given(any_text, any_text)
def test_no_name_and_no_message_breaks_a_row(name: str, detail: str):
    line = row((name, 0.5, detail))
    (cells,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert len(cells) == 3
    assert cells[1] == "0.5"
    assert len(line.splitlines()) == 1
    assert not cells[0].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert line.encode("utf-8")
