"""Paths, bytes and streams: what can be opened, and the words where it cannot."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest

from sentisound.audio import Limits, decode
from sentisound.audio.source import SPOOL_BYTES, opened, shown
from sentisound.errors import AudioNotFound, AudioTooLarge, EmptyAudio, UndecodableAudio

ROOT_READS_ALL = hasattr(os, "geteuid") and os.geteuid() == 0


class Stream:
    """A file object with ``read`` alone, as a network connection has."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 1_000))  # gives less than asked for


def test_all_sources_give_the_same(encoded, tmp_path):
    content = encoded("wav16")
    path = tmp_path / "tone.wav"
    path.write_bytes(content)
    with path.open("rb") as file:
        sources = (path, str(path), content, bytearray(content), memoryview(content), io.BytesIO(content), file)
        results = [decode(source).samples.tobytes() for source in (*sources, Stream(content))]
    assert len(set(results)) == 1


def test_a_stream_is_read_from_where_it_stands(encoded, is_tone):
    stream = io.BytesIO(b"header of a protocol" + encoded("flac"))
    stream.seek(20)
    is_tone(decode(stream))


def test_long_streams_go_to_disk_and_are_the_same(encoded):
    content = encoded("wav16") + bytes(SPOOL_BYTES)
    with opened(Stream(content), Limits()) as found:
        assert found.stream.read() == content


def test_an_endless_stream_stops_at_the_cap():
    class Endless:
        given = 0

        def read(self, size: int) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(AudioTooLarge, match=r"the stream given is larger than the 1 MB"):
        decode(endless, limits=Limits(max_bytes=1_000_000))
    assert endless.given < 2_000_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_named_pipe_is_read(encoded, is_tone, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(encoded("wav16"),))
    writer.start()
    is_tone(decode(path))
    writer.join()


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(AudioNotFound, match=r"/nowhere\.wav' does not exist"):
        decode(tmp_path / "nowhere.wav")
    with pytest.raises(AudioNotFound, match="is a folder, not a sound file"):
        decode(tmp_path)
    with pytest.raises(AudioNotFound, match="cannot be opened: embedded null"):
        decode("a\0b.wav")
    with pytest.raises(AudioNotFound, match="cannot be opened: File name too long"):
        decode("x" * 5_000)
    with pytest.raises(FileNotFoundError):  # what a caller who does not know us catches
        decode("../../x.wav")


@pytest.mark.skipif(ROOT_READS_ALL, reason="root may read all files")
def test_forbidden_files(tmp_path):
    path = tmp_path / "secret.wav"
    path.write_bytes(b"RIFF")
    path.chmod(0)
    with pytest.raises(AudioNotFound, match="permission denied"):
        decode(path)


def test_forbidden_files_also_where_root_runs_the_tests(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AudioNotFound, match=r"'secret\.wav' may not be read: permission denied"):
        decode("secret.wav")


def test_streams_in_text_mode_or_closed(encoded, tmp_path):
    path = tmp_path / "tone.wav"
    path.write_bytes(encoded("wav16"))
    with path.open(encoding="utf-8") as text, pytest.raises(UndecodableAudio, match="binary mode, 'rb'"):
        decode(text)
    with pytest.raises(UndecodableAudio, match="gives text"):
        decode(io.StringIO("words"))
    with path.open("rb") as closed:
        pass
    with pytest.raises(AudioNotFound, match=r"tone\.wav' cannot be read: .*closed file"):
        decode(closed)


def test_a_stream_that_breaks():
    class Broken:
        name = "socket"

        def read(self, _: int) -> bytes:
            raise ConnectionResetError(104, "Connection reset by peer")

    with pytest.raises(AudioNotFound, match="'socket' cannot be read: Connection reset by peer"):
        decode(Broken())


@pytest.mark.parametrize("source", [None, 5, 1.5, [1, 2], object()])
def test_what_is_no_source_is_a_mistake_of_the_caller(source):
    with pytest.raises(TypeError, match="a path, bytes or a binary file"):
        decode(source)


def test_files_are_closed_after_an_error(tmp_path):
    path = tmp_path / "empty.wav"
    path.touch()
    with pytest.raises(EmptyAudio):  # an open file would raise a ResourceWarning, which is an error here
        decode(path)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plain.wav", "'plain.wav'"),
        ("a\nb.wav", r"'a\nb.wav'"),
        ("\x1b[31m.wav", r"'\x1b[31m.wav'"),
        ("\u202egnp.wav", r"'\u202egnp.wav'"),
        ("Größe.wav", "'Größe.wav'"),
        ("\udcff.wav", r"'\udcff.wav'"),
    ],
)
def test_names_are_shown_without_control_characters(name, safe):
    assert shown(name) == safe
    assert shown(name).isprintable()


def test_long_names_are_shortened():
    assert len(shown("x" * 5_000)) < 210
