"""`sentisound analyze` with a fake engine: options, forms of output, exit codes, and one bad file among good ones."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

Sounds = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("opened")


def json_lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_one_file_is_shown_in_full_and_plain(run, sounds: Sounds):
    result = run("analyze", sounds(a="happy 0.7") / "a.wav")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == "happy, 70 %"
    assert "\x1b" not in result.output
    assert "╭" not in result.output
    assert result.stderr == ""


def test_doubt_is_no_failure(run, sounds: Sounds):
    result = run("analyze", sounds(a="sad 0.3") / "a.wav")
    assert result.exit_code == 0
    assert "not sure (low confidence): probably sad, 30 %" in result.stdout


def test_one_bad_file_is_one_message_and_exit_1(run, sounds: Sounds):
    path = sounds(a="bad") / "a.wav"
    result = run("analyze", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"error: {path}: This is not sound that can be decoded: it starts with 'bad'\n"


def test_a_bad_file_does_not_stop_the_others(run, sounds: Sounds):
    result = run("analyze", sounds(a="happy 0.7", b="bad", c="bug", d="silent", e="sad 0.3", f="angry 0.9"))
    rows = result.stdout.splitlines()[1:]
    assert [row.split()[1] for row in rows] == ["happy", "error", "error", "error", "sad?", "angry"]
    assert "please report it: ZeroDivisionError: division by zero" in rows[2]
    assert result.exit_code == 1
    assert result.stderr == "6 sounds: 2 answered, 1 not sure, 3 failed\n"


def test_what_no_other_file_could_cure_stops_everything(run, sounds: Sounds):
    result = run("analyze", sounds(a="happy 0.7", b="settings", c="angry 0.9"))
    assert result.exit_code == 2
    assert "angry" not in result.stdout
    assert result.stderr == "error: A setting is wrong: SENTISOUND_VAD: there is no detector 'x'\n"


def test_ctrl_c_keeps_what_was_shown(run, sounds: Sounds):
    result = run("analyze", sounds(a="happy 0.7", b="interrupt", c="angry 0.9"), "--csv")
    assert (result.exit_code, result.stderr) == (130, "")
    assert [line.split(",")[2] for line in result.stdout.splitlines()] == ["emotion", "happy"]


def test_a_file_that_is_not_there_is_an_input_that_failed(run, sounds: Sounds):
    result = run("analyze", sounds(a="happy 0.7") / "a.wav", "nowhere.wav", "--json")
    good, bad = json_lines(result.stdout)
    assert (good["emotion"], bad["path"]) == ("happy", "nowhere.wav")
    assert result.exit_code == 1


def test_json_is_one_object_a_line_and_errors_are_said_beside_it(run, sounds: Sounds):
    folder = sounds(a="happy 0.7", b="bad")
    result = run("analyze", folder, "--json")
    good, bad = json_lines(result.stdout)
    assert (good["file"], good["emotion"], len(good["segments"])) == ("a.wav", "happy", 2)
    assert bad["error"]["code"] == "not_audio"
    assert result.stderr.splitlines()[0].startswith(f"error: {folder / 'b.wav'}: This is not sound")
    assert result.exit_code == 1


def test_csv_reads_back(run, sounds: Sounds):
    folder = sounds(a="happy 0.7", b="bad", c="sad 0.3 noisy")
    result = run("analyze", folder, "--csv")
    good, bad, unsure = csv.DictReader(io.StringIO(result.stdout), strict=True)
    assert (good["file"], good["emotion"], float(good["happy"])) == (str(folder / "a.wav"), "happy", 0.7)
    assert (bad["emotion"], bad["error"]) == ("", "not_audio: it starts with 'bad'")
    assert (unsure["abstained"], unsure["warnings"]) == ("true", "noisy")


def test_csv_with_segments_has_a_row_for_each(run, sounds: Sounds):
    result = run("analyze", sounds(a="happy 0.7"), "--csv", "--segments")
    assert [row["start"] for row in csv.DictReader(io.StringIO(result.stdout))] == ["0.5", "61.25"]


def test_segments_in_text(run, sounds: Sounds):
    folder = sounds(a="happy 0.7")
    assert "1:01.25 - 1:02.50  sad" in run("analyze", folder / "a.wav", "--segments").stdout
    assert "1:01.25" not in run("analyze", folder / "a.wav").stdout


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_quiet_says_nothing_beside_the_output(form: list[str], run, sounds: Sounds):
    result = run("analyze", sounds(a="happy 0.7", b="bad"), "--quiet", *form)
    assert (result.exit_code, result.stderr) == (1, "")


def test_a_directory_without_sound_says_so(run, tmp_path: Path):
    result = run("analyze", tmp_path)
    assert result.exit_code == 1
    assert "the directory holds no sound files" in result.stderr


def test_standard_input(run):
    result = run("analyze", "-", "--json", input=b"angry 0.8")
    (document,) = json_lines(result.stdout)
    assert (document["path"], document["file"], document["emotion"]) == ("-", "stdin", "angry")


def test_options_become_settings(opened, run, sounds: Sounds):
    path = sounds(a="happy 0.7") / "a.wav"
    run("analyze", path, "--model", "french", "--vad", "silero", "--max-duration", "12.5")
    (settings,) = opened
    assert (settings.model, settings.vad, settings.max_duration_s) == ("french", "silero", 12.5)


def test_the_environment_counts_where_no_option_is_given(opened, run, sounds: Sounds):
    path = sounds(a="happy 0.7") / "a.wav"
    run("analyze", path, "--vad", "energy", env={"SENTISOUND_MODEL": "french", "SENTISOUND_VAD": "silero"})
    (settings,) = opened
    assert (settings.model, settings.vad) == ("french", "energy")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.wav", "--json", "--csv"],
        ["a.wav", "--vad", "psychic"],
        ["a.wav", "--max-duration", "0"],
        ["a.wav", "--max-duration", "-1"],
        ["a.wav", "--max-duration", "nan"],
        ["a.wav", "--max-duration", "long"],
        ["a.wav", "--no-such-option"],
        ["-", "-"],
    ],
)
def test_wrong_usage_is_exit_2_and_nothing_is_opened(arguments: list[str], opened, run):
    result = run("analyze", *arguments)
    assert (result.exit_code, result.stdout, opened) == (2, "", [])
    assert "rror" in result.stderr


def test_a_wrong_setting_names_its_variable(run):
    result = run("analyze", "a.wav", env={"SENTISOUND_MAX_FILE_MB": "lots"})
    assert result.exit_code == 2
    assert result.stderr.startswith("error: A setting is wrong: SENTISOUND_MAX_FILE_MB:")


def test_two_files_of_one_name_are_told_apart(run, tmp_path: Path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.wav").write_text("happy 0.7")
    paths = [document["path"] for document in json_lines(run("analyze", tmp_path, "--json").stdout)]
    assert paths == [str(tmp_path / "x" / "a.wav"), str(tmp_path / "y" / "a.wav")]
