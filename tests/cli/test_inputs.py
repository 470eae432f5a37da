"""FILE arguments: files, directories searched for sound, standard input, and all that a file system can hold."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import pytest

from sentisound.cli.inputs import STDIN, SUFFIXES, Input, expand
from sentisound.errors import AudioError, AudioNotFound


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def names(found: list[Input], root: Path) -> list[str]:
    return [str(Path(one.path).relative_to(root)) for one in found]


def test_a_file_named_is_taken_whatever_its_suffix_and_whether_it_is_there_or_not():
    assert expand(["speech.txt", "nowhere.wav", "./-"]) == [Input("speech.txt"), Input("nowhere.wav"), Input("./-")]


def test_a_directory_is_searched_to_its_depths_and_sorted(tmp_path: Path):
    root = tree(tmp_path, "b.wav", "a.FLAC", "notes.txt", "sub/deep/c.opus", "sub/b.mp3", "wav")
    assert names(expand([str(root)]), root) == ["a.FLAC", "b.wav", "sub/b.mp3", "sub/deep/c.opus"]


def test_hidden_files_and_folders_are_left_out_but_a_hidden_folder_named_is_searched(tmp_path: Path):
    root = tree(tmp_path / ".hidden", "a.wav", ".b.wav", ".cache/c.wav", "._a.wav")
    assert names(expand([str(root)]), root) == ["a.wav"]


def test_the_order_of_the_arguments_is_kept(tmp_path: Path):
    root = tree(tmp_path, "z/1.wav", "a/2.wav")
    assert names(expand([str(root / "z"), str(root / "a")]), root) == ["z/1.wav", "a/2.wav"]


def test_a_directory_without_sound_says_so(tmp_path: Path):
    (only,) = expand([str(tree(tmp_path, "readme.md"))])
    assert only.path == str(tmp_path)
    with pytest.raises(AudioNotFound, match="no sound files"):
        only.open()


def test_a_link_to_nothing_is_told_about_and_a_loop_of_links_ends(tmp_path: Path):
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert names(expand([str(tmp_path)]), tmp_path) == ["gone.wav"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_found_by_chance_is_left_alone_and_one_named_is_taken(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.wav")
    (only,) = expand([str(tmp_path)])
    assert only.problem is not None
    assert expand([str(tmp_path / "pipe.wav")]) == [Input(str(tmp_path / "pipe.wav"))]


def test_a_folder_that_cannot_be_read_is_told_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def walk(top, onerror):
        onerror(PermissionError(13, "Permission denied", f"{top}/secret"))
        yield top, [], ["a.wav"]

    tree(tmp_path, "a.wav")
    monkeypatch.setattr(os, "walk", walk)
    sound, secret = expand([str(tmp_path)])
    assert sound.problem is None
    with pytest.raises(AudioError, match="cannot be read: Permission denied"):
        secret.open()


def test_a_name_too_long_for_the_file_system_is_left_to_the_engine():
    assert expand(["x" * 5000]) == [Input("x" * 5000)]


def test_standard_input_is_read_once_only():
    with pytest.raises(click.UsageError, match="once"):
        expand([STDIN, STDIN])


def test_a_terminal_is_no_sound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with pytest.raises(click.UsageError, match="is a terminal"):
        expand([STDIN])


def test_standard_input_has_a_name_for_people():
    assert Input(STDIN).name == "stdin"
    assert Input("./-").name == "./-"


def test_the_suffixes_cover_the_formats_of_the_contract():
    assert {".wav", ".mp3", ".m4a", ".flac", ".ogg", ".webm", ".opus", ".mp4", ".aiff"} <= SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in SUFFIXES)
