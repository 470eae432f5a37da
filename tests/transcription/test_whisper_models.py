"""Where whisper's models come from: a folder, the cache, or a hub, here one on a loopback socket."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from sentisound.engine_errors import EngineMissing, EngineUnavailable
from sentisound.transcription.whisper_models import find, logged


def nothing(*_: int) -> None:
    """Follow no download."""


def test_a_folder_is_used_as_it_is(tiny_whisper: Path, tmp_path: Path):
    assert find(str(tiny_whisper), tmp_path, nothing) == tiny_whisper


def test_a_folder_without_weights_is_told_without_its_path(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(EngineMissing, match=r"no model\.bin in the folder 'mine'"):
        find(str(tmp_path / "mine"), tmp_path, nothing)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path):
    with pytest.raises(EngineMissing, match=r"'huge'; there are .*base.*large-v3"):
        find("huge", tmp_path, nothing)


def test_a_name_is_downloaded_once_with_progress_and_found_in_the_cache_then(hub, tmp_path: Path):
    told: list[tuple[int, int]] = []
    folder = find("base", tmp_path, lambda done, total: told.append((done, total)), hub.url)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == hub.files
    size = sum(map(len, hub.files.values()))
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    hub.asked.clear()
    assert find("base", tmp_path, nothing, hub.url) == folder
    assert hub.asked == []


def test_a_repository_that_is_not_there_is_told(hub, tmp_path: Path):
    with pytest.raises(EngineMissing, match="no whisper model at someone/else"):
        find("someone/else", tmp_path, nothing, hub.url)


def test_no_network_is_told_and_the_next_try_gets_it(hub, tmp_path: Path):
    with pytest.raises(EngineUnavailable, match="cannot be downloaded"):
        find("base", tmp_path, nothing, "http://127.0.0.1:9")
    assert find("base", tmp_path, nothing, hub.url).is_dir()


def test_a_log_is_told_now_and_then(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    fetched = logged("base")
    for done in range(0, 145_000_001, 1_000_000):
        fetched(done, 145_000_000)
    assert len(caplog.messages) == 10
    assert "base: 15 of 145 MB" in caplog.text
