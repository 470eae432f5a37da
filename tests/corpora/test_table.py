"""Tables as people and programs write them: separators, quotes, empty lines, columns nobody asked for."""

from __future__ import annotations

import pytest

from sentisound.corpora.table import Table, read_table
from sentisound.errors import BadManifest


def cells(table: Table) -> list[tuple[str, str]]:
    return [(row["path"], row["label"]) for _, row in table.rows]


@pytest.mark.parametrize(
    "text",
    [
        "path,label\na.wav,sad\nb.wav,calm\n",
        "path;label\r\na.wav;sad\r\nb.wav;calm\r\n",
        "path\tlabel\ra.wav\tsad\rb.wav\tcalm",
        "sep=;\npath;label\na.wav;sad\nb.wav;calm\n",
        "\n\r\n  \npath,label\n\na.wav,sad\n,,\n\nb.wav,calm\n\n",
        ",path,label\n0,a.wav,sad\n1,b.wav,calm\n",
        '"path",\'label\'\n"a.wav",sad\nb.wav,"calm"\n',
        "label,mood,FILE\nsad,good,a.wav\ncalm,bad,b.wav\n",
        "path,label,,\na.wav,sad,,\nb.wav,calm,,\n",
    ],
    ids=["commas", "crlf", "old Mac", "sep=", "empty lines", "index", "quotes", "order", "trailing commas"],
)
def test_the_same_rows_are_read_however_they_are_written(text: str):
    assert cells(read_table("t.csv", text)) == [("a.wav", "sad"), ("b.wav", "calm")]


def test_names_that_hold_separators_and_line_breaks_are_quoted():
    table = read_table("t.csv", 'path,label\n"a, ""b"".wav",sad\n"c\nd.wav",calm\ne.wav,sad\n')
    assert cells(table) == [('a, "b".wav', "sad"), ("c\nd.wav", "calm"), ("e.wav", "sad")]
    assert [number for number, _ in table.rows] == [2, 4, 5]


def test_rows_are_numbered_as_the_file_has_them():
    assert [number for number, _ in read_table("t.csv", "sep=;\n\npath;label\n\na.wav;sad\n").rows] == [5]


def test_columns_of_audformat_and_others_are_known_by_their_names():
    table = read_table("t.csv", "file,start,end,emotion,gender,age\na.wav,0,1,sad,female,30\n")
    assert table.columns == ("path", "start", "end", "label", "sex")
    assert table.ignored == ("age",)


def test_our_own_name_of_a_column_goes_before_another():
    table = read_table("t.csv", "path,file,label,emotion\na.wav,x.wav,sad,calm\n")
    assert cells(table) == [("a.wav", "sad")]
    assert table.ignored == ("file", "emotion")


@pytest.mark.parametrize("header", ["path,label,Label", "file,filename,label", "path,label,begin,onset"])
def test_a_column_that_is_there_twice_is_refused_by_name(header: str):
    with pytest.raises(BadManifest, match=r"has a column twice: (label|path|start); it needs each once"):
        read_table("t.csv", f"{header}\na.wav,sad,x,y\n")


def test_columns_that_are_not_used_may_be_there_twice():
    assert read_table("t.csv", "path,label,note,note\na.wav,sad,x,y\n").ignored == ("note", "note")


def test_a_row_with_more_cells_than_columns_is_marked():
    assert read_table("t.csv", "path,label\na, b.wav,sad\nc.wav,sad,\n").crowded == {2}
