"""``sentisound corpora``: the list, the check with its exit code, the statistics and their pictures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.corpora.registry import CORPORA
from sentisound.testing import speech_like


def _clip(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speech_like(0.5, 16_000, np.random.default_rng(seed)), 16_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a table of three good clips of two speakers."""
    rows = []
    for seed, (speaker, label) in enumerate([("anna", "sad"), ("anna", "angry"), ("ben", "sad")]):
        _clip(tmp_path / "clips" / f"{speaker}_{label}.wav", seed)
        rows.append(f"clips/{speaker}_{label}.wav,{label},{speaker}")
    (tmp_path / "own.csv").write_text("\n".join(["path,label,speaker", *rows]))
    return tmp_path


def test_the_list_tells_what_is_here(run, tmp_path: Path):
    (tmp_path / "emodb").mkdir()
    lines = run("corpora", "list", "--corpora", tmp_path).stdout.splitlines()
    assert len(lines) == 1 + len(CORPORA)
    assert {line.split()[0] for line in lines[1:] if "  yes  " in line} == {"emodb"}
    assert "CC BY-NC-SA 4.0" in lines[1]


def test_the_list_as_json_has_every_fact(run):
    entries = json.loads(run("corpora", "list", "--json").stdout)
    assert [entry["name"] for entry in entries] == list(CORPORA)
    for entry in entries:
        assert entry["citation"]
        assert entry["layout"]
        assert entry["here"] is False


def test_a_whole_table_passes(run, folder: Path):
    result = run("corpora", "check", folder / "own.csv", "--jobs", "1")
    assert result.exit_code == 0
    assert "own.csv is complete: 3 clips" in result.stdout


def test_damage_is_told_and_fails(run, folder: Path):
    (folder / "clips" / "ben_sad.wav").write_bytes(b"<html>")
    shutil.copy(folder / "clips" / "anna_sad.wav", folder / "clips" / "anna_angry.wav")
    result = run("corpora", "check", folder / "own.csv", "--jobs", "1")
    assert result.exit_code == 1
    assert "clips/ben_sad.wav" in result.stdout
    assert "damaged or incomplete: 1 duplicate, 1 undecodable" in result.stdout


def test_the_report_as_json(run, folder: Path):
    (folder / "clips" / "ben_sad.wav").write_bytes(b"")
    result = run("corpora", "check", folder / "own.csv", "--json", "--jobs", "1")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["findings"][0]["kind"] == "too short"
    assert report["counts"][0] == {"group": "all", "name": "clips", "found": 3, "expected": 3}


def test_a_half_download_shows_some_and_all_when_asked(run, tmp_path: Path):
    _clip(tmp_path / "wav" / "03a01Fa.wav", 0)
    short = run("corpora", "check", tmp_path, "--jobs", "1")
    assert short.exit_code == 1
    assert "534 missing" in short.stdout
    assert "and 524 more; --all shows them" in short.stdout
    every = run("corpora", "check", tmp_path, "--all", "--jobs", "1").stdout
    assert len(every.splitlines()) > 534
    assert "  16b10Wb" in every


def test_renamed_files_need_to_be_told_what_they_were(run, tmp_path: Path):
    _clip(tmp_path / "one.wav", 0)
    unknown = run("corpora", "check", tmp_path)
    assert unknown.exit_code == 2
    assert "--as NAME" in unknown.stderr
    told = run("corpora", "check", tmp_path, "--as", "savee", "--jobs", "1")
    assert told.exit_code == 1
    assert "480 missing, 1 unexpected" in told.stdout


def test_a_hostile_name_cannot_repaint_the_terminal(run, tmp_path: Path):
    _clip(tmp_path / "wav" / "03a01Fa.wav", 0)
    _clip(tmp_path / "wav" / "\x1b[2J\nfake.wav", 1)
    said = run("corpora", "check", tmp_path, "--jobs", "1").stdout
    assert "\x1b" not in said
    assert "_[2J_fake.wav" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "nowhere"), "neither a corpus"),
        (("check", "emodb"), "SENTISOUND_CORPORA"),
        (("stats", "emodb", "--corpora", "nowhere"), "no audio file"),
        (("check", "none.csv"), "cannot be read"),
        (("check", ".", "--as", "nope"), "there is no corpus 'nope'"),
    ],
)
def test_what_cannot_be_found_is_wrong_usage(run, arguments: tuple[str, ...], words: str):
    result = run("corpora", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_statistics_are_a_table(run, folder: Path):
    said = run("corpora", "stats", folder / "own.csv", "--jobs", "1").stdout
    assert said.startswith("own.csv: 3 clips")
    rows = {line.split()[0]: line.split()[1] for line in said.splitlines() if line.split()}
    assert (rows["sad"], rows["angry"], rows["anna"], rows["ben"], rows["unknown"]) == ("2", "1", "2", "1", "3")


def test_statistics_as_json_and_pictures(run, folder: Path):
    result = run("corpora", "stats", folder / "own.csv", "--json", "--out", folder / "pictures", "--jobs", "1")
    assert json.loads(result.stdout)["clips"] == 3
    assert "8 pictures" in result.stderr
    assert (folder / "pictures" / "labels.png").stat().st_size > 3_000


def test_the_folder_of_corpora_comes_from_the_environment(run, tmp_path: Path):
    _clip(tmp_path / "savee" / "AudioData" / "DC" / "a01.wav", 0)
    said = run("corpora", "stats", "savee", "--jobs", "1", env={"SENTISOUND_CORPORA": str(tmp_path)}).stdout
    assert said.startswith("SAVEE: 1 clips")


def test_a_map_of_labels_and_an_encoding_are_of_tables(run, folder: Path):
    (folder / "letters.csv").write_text("path,label,speaker\nclips/anna_sad.wav,T,anna\nclips/anna_angry.wav,W,anna\n")
    (folder / "map.toml").write_text('T = "sad"\nW = "angry"\n')
    letters = run("corpora", "check", folder / "letters.csv", "--jobs", "1")
    assert letters.exit_code == 1
    assert "'W' is one letter, which means different emotions in different corpora" in letters.stdout
    assert "say what they mean with --labels FILE" in letters.stdout
    mapped = ("--labels", folder / "map.toml", "--encoding", "utf-8", "--jobs", "1")
    assert "letters.csv is complete: 2 clips" in run("corpora", "check", folder / "letters.csv", *mapped).stdout
    assert "letters.csv: 2 clips" in run("corpora", "stats", folder / "letters.csv", *mapped).stdout
    audited = run("corpora", "audit", "--manifest", folder / "letters.csv", "--labels", folder / "map.toml")
    assert "2 clips" in audited.stdout
    for command in (("check", folder), ("stats", "emodb"), ("audit",)):
        refused = run("corpora", *command, "--labels", folder / "map.toml")
        assert refused.exit_code == 2
        assert "--labels and --encoding are of a table" in refused.stderr


def test_a_hostile_column_cannot_repaint_the_terminal(run, folder: Path):
    (folder / "t.csv").write_text("path,label,\x1b[2J\nclips/anna_sad.wav,sad,x\n")
    for command in ("check", "stats"):
        done = run("corpora", command, folder / "t.csv", "--jobs", "1")
        assert "\x1b" not in done.stdout + done.stderr
        assert "columns that are not used: _[2J" in done.stdout + done.stderr
