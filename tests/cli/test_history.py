"""`sentisound history`: list, show, export, import and purge what was analysed."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sentisound.history.entry import Entry
from sentisound.history.store import History
from sentisound.settings import Settings

ROWS = """timestamp,filename,predicted_emotion,confidence,top_3_probabilities
2024-01-15 14:30:25,a.wav,happy,0.85,"{""happy"": 0.85}"
2024-01-15 14:30:26,b.wav,cheerful-ish,0.85,"{""happy"": 0.85}"
2024-01-15 14:30:27,c.wav,sad,0.5,{}
"""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake):
    """Keep analyses in a history of the test's own; ``kept(fake.heard(...), owner=..., age=timedelta)``."""
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path / "data"))

    def add(
        emotion: str = "happy", confidence: float = 0.7, name: str = "clip.wav", age=timedelta(0), **options
    ) -> Entry:
        made = fake.heard(emotion, confidence, name)
        object.__setattr__(made, "created", datetime.now(UTC) - age)
        entry = Entry.of(made, **options)
        with History.open(Settings.load()) as history:
            history.add_entries([entry])
        return entry

    return add


def test_list_shows_the_newest_first(run, kept):
    old = kept("sad", 0.3, "old.wav", timedelta(hours=1))
    new = kept("angry", 0.92, "new.wav")
    said = run("history", "list").stdout.splitlines()
    assert said[0].split() == ["id", "time", "file", "emotion", "sure"]
    assert [line.split()[0] for line in said[1:]] == [new.id, old.id]
    assert said[1].split()[-3:] == ["angry", "92", "%"]
    assert said[2].split()[-3:] == ["sad?", "30", "%"]  # not sure


def test_list_of_nothing_says_so(run):
    assert run("history", "list").stdout == "nothing here\n"


def test_a_longer_history_says_how_long(run, kept):
    for _ in range(3):
        kept()
    result = run("history", "list", "--limit", 2)
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr == "2 of 3; more with --limit\n"
    assert run("history", "list", "--limit", 3).stderr == ""


def test_list_selects(run, kept):
    sad = kept("sad", name="Müller.wav", age=timedelta(days=2))
    happy = kept("happy")
    border = (datetime.now(UTC) - timedelta(days=1)).isoformat()

    def listed(*options: str) -> list[str]:
        return [json.loads(line)["id"] for line in run("history", "list", "--json", *options).stdout.splitlines()]

    assert listed() == [happy.id, sad.id]
    assert listed("--emotion", "sadness") == [sad.id]  # an alias
    assert listed("--text", "MÜLLER") == [sad.id]
    assert listed("--from", border) == [happy.id]
    assert listed("--to", border) == [sad.id]
    assert listed("--model", "other@1") == []


def test_a_hostile_name_stays_on_its_line(run, kept):
    kept(name="\x1b[2J\n[red]x.wav")
    said = run("history", "list").stdout
    assert "_[2J_[red]x.wav" in said
    assert "\x1b" not in said
    assert len(said.splitlines()) == 2


def test_a_long_name_keeps_its_end_in_a_terminal(run, kept):
    kept(name="the_first_of_a_hundred_recordings_of_the_day_17.wav")
    (_, line) = run("history", "list", env={"COLUMNS": "90"}).stdout.splitlines()
    assert "_the_day_17.wav" in line
    assert len(line) <= 90


def test_show_tells_the_whole_story(run, kept):
    entry = kept("angry", 0.91, "call.wav", sha256="ab" * 32)
    said = run("history", "show", entry.id).stdout
    assert said.startswith("call.wav\nangry, 91 %\n")
    for word in ("neutral", "sad", entry.id, "3.2 s", "fake@1.0.0", "ab" * 32):
        assert word in said
    assert json.loads(run("history", "show", entry.id, "--json").stdout) == json.loads(entry.document)


def test_show_of_an_unknown_id_is_exit_1(run):
    result = run("history", "show", "an_unknown")
    assert result.exit_code == 1
    assert result.stderr == ("error: There is no such analysis: there is no analysis 'an_unknown' in the history\n")


def test_export_is_csv_or_json_lines(run, kept):
    kept("sad", 0.61, "تسجيل.wav")
    (row,) = csv.DictReader(io.StringIO(run("history", "export").stdout, newline=""))
    assert (row["filename"], row["predicted_emotion"], row["confidence"]) == ("تسجيل.wav", "sad", "0.61")
    (line,) = run("history", "export", "--format", "json").stdout.splitlines()
    assert json.loads(line)["file"] == "تسجيل.wav"
    assert run("history", "export", "--emotion", "happy").stdout.count("\n") == 1


def test_export_and_import_are_inverse(run, kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept("sad", 0.61, "=1.wav")
    kept("happy", 0.7, "b.wav", timedelta(seconds=5))
    exported = run("history", "export").stdout_bytes
    file = tmp_path / "history.csv"
    file.write_bytes(exported)
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path / "elsewhere"))
    assert run("history", "import", file).stdout == "2 imported, 0 broken\n"
    assert run("history", "export").stdout_bytes == exported


def test_import_tells_broken_lines_and_imports_the_rest(run, tmp_path: Path):
    file = tmp_path / "prediction_history.csv"
    file.write_text(ROWS)
    result = run("history", "import", file)
    assert result.exit_code == 1
    assert result.stdout == "2 imported, 1 broken\n"
    assert result.stderr.startswith("line 3: 'cheerful-ish' is not an emotion known here")
    again = run("history", "import", file)
    assert again.stdout == "0 imported, 2 were there, 1 broken\n"
    said = run("history", "list").stdout.splitlines()
    identity = said[-1].split()[0]
    assert "imported" in run("history", "show", identity).stdout


def test_import_of_something_else_is_exit_1(run, tmp_path: Path):
    (tmp_path / "poem.csv").write_text("Roses are red\n")
    result = run("history", "import", tmp_path / "poem.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: The file is not a history: its first line lacks timestamp")
    assert run("history", "import", tmp_path / "none.csv").exit_code == 2


def test_purge_deletes_what_is_old_once_it_is_confirmed(run, kept):
    kept(age=timedelta(days=100))
    young = kept(age=timedelta(days=80))
    refused = run("history", "purge", "--older-than", "90d", input="n\n")
    assert refused.exit_code == 1
    assert "Delete 1 analyses for good?" in refused.stdout
    assert run("history", "purge", "--older-than", "90d", input="y\n").stdout.endswith("1 deleted\n")
    assert run("history", "purge", "--older-than", "90d").stdout == "0 deleted\n"  # nothing to ask about
    assert young.id in run("history", "list").stdout
    assert run("history", "purge", "--all", "--yes").stdout == "1 deleted\n"
    assert run("history", "list").stdout == "nothing here\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["purge"],
        ["purge", "--all", "--older-than", "1d"],
        ["purge", "--older-than", "soon"],
        ["purge", "--older-than", "-1d"],
        ["purge", "--older-than", "٣d"],
        ["list", "--from", "yesterday"],
        ["list", "--from", "0001-01-01T00:00+23:59"],
        ["export", "--to", "9999-12-31T23:59:59-23:59"],
        ["list", "--limit", "0"],
        ["export", "--format", "xml"],
        ["show"],
    ],
)
def test_wrong_usage_is_exit_2(run, arguments: list[str]):
    assert run("history", *arguments).exit_code == 2


@pytest.mark.parametrize(("age", "days"), [("48h", 2), ("3d", 3), ("2w", 14), ("1y", 365)])
def test_an_age_has_a_unit(run, kept, age: str, days: int):
    kept(age=timedelta(days=days, minutes=5))
    kept(age=timedelta(days=days, minutes=-5))
    assert run("history", "purge", "--older-than", age, "--yes").stdout == "1 deleted\n"


def test_an_unknown_emotion_lists_the_names(run):
    result = run("history", "list", "--emotion", "cheerful-ish")
    assert result.exit_code == 1
    assert "the names are neutral, calm" in result.stderr


def test_a_history_in_trouble_is_exit_1_and_says_what_to_do(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path / "file"))
    result = run("history", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: The history cannot be reached at the moment: ")
    assert "SENTISOUND_DATA_DIR" in result.stderr


def test_a_wrong_url_is_exit_2_without_its_password(run):
    result = run("history", "list", env={"SENTISOUND_DATABASE_URL": "mysql://me:hunter2@db/x"})
    assert result.exit_code == 2
    assert "hunter2" not in result.stderr
    assert "hunter2" not in run("settings", env={"SENTISOUND_DATABASE_URL": "postgresql://me:hunter2@db/x"}).stdout


def test_a_missing_extra_says_what_to_install(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "alembic", None)
    result = run("history", "list")
    assert result.exit_code == 2
    assert result.stderr.endswith("the history needs alembic: pip install '.[history]' in a clone\n")


def test_the_program_exports_into_a_pipe_in_any_locale(program, kept):
    kept(name="تسجيل.wav")
    done = program("history", "export", env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert "تسجيل.wav" in done.stdout.decode("utf-8")
    assert done.stderr == b""
