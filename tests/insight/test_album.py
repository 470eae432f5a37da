"""The album: what is kept comes back, for a while, within bounds, and under no name that a client could choose."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.errors import PictureNotFound
from sentisound.insight.album import Album, remove_leftovers
from sentisound.insight.exhibit import Exhibit, sha256_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def album(tmp_path: Path, clock: Clock) -> Album:
    return Album(tmp_path / "pictures", max_age_s=60, clock=clock)


def test_an_exhibit_comes_back(album: Album, exhibit: Exhibit):
    back = album.find(album.keep(exhibit))
    assert back.analysis == exhibit.analysis
    assert back.sha256 == exhibit.sha256
    assert back.card.limits == exhibit.card.limits
    assert back.waveform.rate_hz == 16_000
    np.testing.assert_allclose(back.waveform.samples, exhibit.waveform.samples, atol=1e-4)


def test_keys_are_random_and_the_only_names_on_disk(album: Album, changed):
    keys = {album.keep(changed(file="../../etc/passwd")) for _ in range(3)}
    assert len(keys) == 3
    assert {path.name for path in album.folder.iterdir()} == keys
    assert all(len(key) == 32 for key in keys)


def test_only_the_owner_can_look(album: Album, exhibit: Exhibit):
    page = album.folder / album.keep(exhibit)
    assert stat.S_IMODE(page.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../x.wav", "a/b.wav", "", "x" * 300, "録音.wav"])
def test_the_last_file_of_a_name_is_found(album: Album, changed, name: str):
    album.keep(changed(file=name))
    second = album.keep(changed(file=name))
    album.keep(changed(file="another"))
    assert album.latest(name) == second


@pytest.mark.parametrize("key", ["", "..", "../..", "0" * 32, "/etc/passwd"])
def test_what_was_never_kept_is_not_found(album: Album, key: str):
    with pytest.raises(PictureNotFound):
        album.find(key)
    with pytest.raises(PictureNotFound):
        album.latest(key)


def test_what_is_too_old_is_gone(album: Album, exhibit: Exhibit, clock: Clock):
    key = album.keep(exhibit)
    clock.now += 61
    for look in (album.find, lambda key: album.made(key, "a.png"), lambda _: album.latest("clip.wav")):
        with pytest.raises(PictureNotFound):
            look(key)
    album.tidy()
    assert not list(album.folder.iterdir())


def test_looking_does_not_make_it_younger(album: Album, exhibit: Exhibit, clock: Clock):
    key = album.keep(exhibit)
    clock.now += 50
    album.find(key)
    clock.now += 11
    with pytest.raises(PictureNotFound):
        album.find(key)


def test_a_full_album_drops_what_was_looked_at_longest_ago(tmp_path: Path, exhibit: Exhibit):
    first = Album(tmp_path / "one", 60)
    size = sum(path.stat().st_size for path in (first.folder / first.keep(exhibit)).iterdir())
    album = Album(tmp_path / "two", 60, max_bytes=round(2.5 * size))
    old, older = album.keep(exhibit), album.keep(exhibit)
    album.find(old)
    newest = album.keep(exhibit)
    assert {path.name for path in album.folder.iterdir()} == {old, newest}
    with pytest.raises(PictureNotFound):
        album.find(older)


def test_what_is_made_counts_too(tmp_path: Path, exhibit: Exhibit):
    album = Album(tmp_path / "album", 60, max_bytes=500_000)
    key = album.keep(exhibit)
    album.make(key, "a.png", lambda _: b"x" * 600_000)
    album.tidy()
    assert not list(album.folder.iterdir())


def test_a_thing_is_made_once(album: Album, exhibit: Exhibit):
    key = album.keep(exhibit)
    assert album.made(key, "a.png") is None
    assert album.make(key, "a.png", lambda found: found.analysis.id.encode()) == exhibit.analysis.id.encode()
    assert album.made(key, "a.png") == exhibit.analysis.id.encode()
    assert sorted(path.name for path in (album.folder / key).iterdir()) == ["a.png", "exhibit.json", "sound.wav"]


def test_closing_removes_every_page(album: Album, exhibit: Exhibit):
    album.keep(exhibit)
    album.close()
    assert not list(album.folder.iterdir())


def test_a_folder_that_cannot_be_made_is_an_error_and_leaves_nothing(tmp_path: Path, exhibit: Exhibit):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotADirectoryError):
        Album(tmp_path / "file" / "album", 60).keep(exhibit)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), soundfile.LibsndfileError(2, "No space left: ")])
def test_a_full_disk_leaves_no_half_page(album: Album, exhibit: Exhibit, monkeypatch, error: Exception):
    def full(*_, **__):
        raise error

    monkeypatch.setattr("soundfile.SoundFile.write", full)
    with pytest.raises(OSError, match="No space"):
        album.keep(exhibit)
    assert not list(album.folder.iterdir())


def test_leftovers_of_a_killed_server_go_when_they_are_old_and_nothing_else(tmp_path: Path):
    old, young, strange = tmp_path / ("a" * 32), tmp_path / ("b" * 32), tmp_path / "notes"
    for folder in (old, young, strange):
        folder.mkdir()
        (folder / "sound.wav").write_bytes(b"x")
    for folder in (old, strange):
        os.utime(folder, (time.time() - 100, time.time() - 100))
    remove_leftovers(tmp_path, 60)
    assert sorted(path.name for path in tmp_path.iterdir() if path in (old, young, strange)) == ["b" * 32, "notes"]
    remove_leftovers(tmp_path / "nowhere", 60)


def test_the_hash_is_of_the_whole_file_wherever_it_stands(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    with path.open("rb") as file:
        file.read()
        digest = sha256_of(file)
        assert file.tell() == 0
    assert digest == sha256_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_long_sound_is_written_in_stretches(album: Album, exhibit: Exhibit, monkeypatch):
    monkeypatch.setattr("sentisound.audio.waveform.STRETCH", 7001)
    back = album.find(album.keep(exhibit))
    np.testing.assert_allclose(back.waveform.samples, exhibit.waveform.samples, atol=1e-4)
