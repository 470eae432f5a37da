"""The original systems' CSV: their files come in, ours go out, and the columns lose nothing on the way."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sentisound.errors import BadHistoryFile
from sentisound.history import exchange, store
from sentisound.history.entry import Entry
from sentisound.history.exchange import COLUMNS, csv_pages, import_csv
from sentisound.history.store import History
from sentisound.settings import Settings

HEADER = "timestamp,filename,predicted_emotion,confidence,top_3_probabilities\r\n"
TOP = '"{""happy"": 0.85, ""sad"": 0.10, ""angry"": 0.05}"'
FILES = ["تسجيل.wav", "=1+1.wav", "'=1.wav", "＝1+1.wav", " @1.wav", 'a,b"c\nd.wav', "<script>.wav", "x" * 300]
ROW = f"2024-01-15 14:30:25,recording_20240115_143025.wav,happy,0.85,{TOP}\r\n"


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch):
    """Local time is Berlin's."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


def exported(history: History) -> str:
    return "".join(csv_pages(history.pages()))


def row(**cells: str) -> str:
    good = dict(zip(COLUMNS, ("2024-01-15 14:30:25", "a.wav", "happy", "0.85", '{"happy": 0.85}'), strict=True))
    text = io.StringIO()
    csv.writer(text).writerow((good | cells).values())
    return text.getvalue()


@pytest.mark.usefixtures("berlin")
def test_a_file_of_an_original_system_comes_in_and_goes_out_as_it_was(history: History):
    done = import_csv(history, lines(HEADER + ROW))
    assert (done.added, done.known, done.broken) == (1, 0, ())
    (entry,) = history.page().entries
    assert entry.created == datetime(2024, 1, 15, 13, 30, 25, tzinfo=UTC)
    assert (entry.file, entry.emotion, entry.confidence) == ("recording_20240115_143025.wav", "happy", 0.85)
    assert entry.top_3 == '{"happy": 0.85, "sad": 0.10, "angry": 0.05}'
    assert exported(history) == HEADER + ROW


@pytest.mark.usefixtures("berlin")
def test_an_imported_row_has_the_document_of_an_analysis(history: History, heard):
    import_csv(history, lines(HEADER + ROW))
    (entry,) = history.page().entries
    document = json.loads(entry.document)
    assert set(document) == set(heard().to_dict())
    assert document["scores"] == {"happy": 0.85, "sad": 0.10, "angry": 0.05}
    assert (document["id"], document["created"]) == (entry.id, "2024-01-15T13:30:25Z")
    assert (document["model"], document["quality"], document["segments"]) == (None, None, [])


def test_our_export_comes_in_elsewhere_and_goes_out_the_same(history: History, heard, tmp_path: Path):
    for minute, name in enumerate(FILES):
        history.add(heard("sad", 0.123456, minutes=minute, file=name))
    text = exported(history)
    with History.open(Settings.load(data_dir=tmp_path / "elsewhere")) as other:
        assert import_csv(other, lines(text)).added == len(FILES)
        assert exported(other) == text
        assert {entry.file for entry in other.page().entries} == {entry.file for entry in history.page().entries}


def test_the_same_file_again_adds_nothing_and_twins_within_it_stay_two(history: History):
    text = HEADER + ROW + ROW + row()
    assert import_csv(history, lines(text)).added == 3
    again = import_csv(history, lines(text))
    assert (again.added, again.known) == (0, 3)
    longer = import_csv(history, lines(text + row(filename="new.wav")))
    assert (longer.added, longer.known) == (1, 3)
    assert history.count() == 4


def test_the_same_file_is_anothers_own(history: History):
    import_csv(history, lines(HEADER + ROW), owner="a")
    assert import_csv(history, lines(HEADER + ROW), owner="b").added == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (row(timestamp="yesterday"), "timestamp 'yesterday' is not of the form 2024-01-15 14:30:25"),
        (row(timestamp="1969-12-30 00:00:00"), "is before 1970"),
        (row(timestamp="0001-01-01"), "timestamp"),
        (row(timestamp="0001-01-01T00:00+23:59"), "timestamp"),
        (row(timestamp="9999-12-31T23:59:59-23:59"), "timestamp"),
        (row(timestamp="9999-06-01 00:00:00"), "after 9998"),
        (row(predicted_emotion="joyful-ish"), "'joyful-ish' is not an emotion known here"),
        (row(confidence="high"), "confidence 'high' is not a number"),
        (row(confidence="nan"), "is not within 0 and 1"),
        (row(confidence="1.5"), "is not within 0 and 1"),
        (row(top_3_probabilities="happy: 0.85"), "is not a JSON object"),
        (row(top_3_probabilities="[1]"), "is not a JSON object"),
        (row(top_3_probabilities='{"happy": 2}'), "is not within 0 and 1"),
        (row(top_3_probabilities="[" * 5000), "is not a JSON object"),
        (row(filename="\udcff.wav"), "it is not UTF-8"),
        ("2024-01-15 14:30:25,a.wav\r\n", "it has 2 cells where 5 are needed"),
        (row(filename="x" * 140_000), "field larger than field limit"),
    ],
)
def test_a_broken_row_is_told_with_its_line_and_the_rest_comes_in(sqlite_settings, broken: str, reason: str):
    with History.open(sqlite_settings) as history:
        done = import_csv(history, lines(HEADER + ROW + broken + row(filename="after.wav")))
        assert done.added == history.count() == 2
    (told,) = done.broken
    assert told.line == 3
    assert reason in told.reason


def test_lines_are_those_of_the_file_also_after_a_name_of_two(sqlite_settings):
    with History.open(sqlite_settings) as history:
        text = HEADER + row(filename="two\nlines.wav") + "\r\n" + row(confidence="-1")
        assert [broken.line for broken in import_csv(history, lines(text)).broken] == [5]
        assert history.page().entries[0].file == "two\nlines.wav"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + ROW,
        (HEADER + ROW).replace("\r\n", "\n"),
        " Timestamp , Filename,Predicted_Emotion,confidence,top_3_probabilities\n" + ROW,
        f"note,top_3_probabilities,confidence,predicted_emotion,filename,timestamp\n,{TOP},0.85,Happiness,a.wav,2024-01-15\n",
        HEADER + ROW.replace("happy,", "HAPPY,"),
        HEADER + ROW.replace("14:30:25", "14:30:25.123456+05:30"),
    ],
)
def test_files_of_other_programs_are_read_too(sqlite_settings, text: str):
    with History.open(sqlite_settings) as history:
        assert import_csv(history, lines(text)).broken == ()
        assert history.page().entries[0].emotion == "happy"


@pytest.mark.parametrize("text", ["", "\n", "a poem", "timestamp,filename\n", "x" * 200_000, "\0"])
def test_what_is_no_history_is_refused(sqlite_settings, text: str):
    with History.open(sqlite_settings) as history:
        with pytest.raises(BadHistoryFile, match="its first line"):
            import_csv(history, lines(text))
        assert history.count() == 0


def test_a_long_file_passes_in_batches(history: History, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange, "BATCH", 10)
    monkeypatch.setattr(store, "BATCH", 10)
    text = HEADER + "".join(row(filename=f"{number}.wav") for number in range(35))
    assert import_csv(history, lines(text)).added == 35
    assert len(list(csv_pages(history.pages()))) == 4
    assert exported(history).count("\r\n") == 36


def test_an_empty_history_is_a_header(history: History):
    assert exported(history) == HEADER


@pytest.mark.usefixtures("berlin")
def test_an_hour_that_comes_twice_keeps_its_text(history: History, heard):
    history.add(heard(created=datetime(2026, 10, 25, 0, 30, tzinfo=UTC)))
    history.add(heard(created=datetime(2026, 10, 25, 1, 30, tzinfo=UTC)))
    assert exported(history).count("2026-10-25 02:30:00") == 2


def test_top_3_is_written_as_the_originals_write_it(heard):
    assert Entry.of(heard("happy", 0.85)).top_3 == '{"happy": 0.85, "neutral": 0.05, "sad": 0.05}'
