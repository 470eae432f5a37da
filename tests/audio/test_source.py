"""Paths, bytes and streams: what can be opened, and the words where it cannot."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from sentisound.audio import Limits, decode, source
from sentisound.audio.source import SPOOL_BYTES, opened, shown
from sentisound.deadline import Deadline, limit
from sentisound.errors import AudioNotFound, AudioTooLarge, DeadlineExceeded, EmptyAudio, UndecodableAudio

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


def test_forbidden_files_also_where_root_runs_the_tests(monkeypatch, tmp_path):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "secret.wav").write_bytes(b"RIFF")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(AudioNotFound, match=r"secret\.wav' may not be read: permission denied"):
        decode(tmp_path / "secret.wav")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_that_nobody_writes_to_is_told(monkeypatch, tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    monkeypatch.setattr(source, "WRITER_S", 0.3)
    with pytest.raises(AudioNotFound, match=r"pipe\.wav' is a pipe that nobody has written to for 0\.3 s"):
        decode(tmp_path / "pipe.wav")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_who_writes_to_a_pipe_may_take_time(encoded, is_tone, monkeypatch, tmp_path):
    path, content = tmp_path / "pipe", encoded("wav16")
    os.mkfifo(path)
    monkeypatch.setattr(source, "WRITER_S", 0.3)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            for part in (content[:100], content[100:]):
                time.sleep(0.8)
                pipe.write(part)

    writer = threading.Thread(target=write)
    writer.start()
    is_tone(decode(path))
    writer.join()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_waited_for_until_the_deadline(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with limit(Deadline(0.2)), pytest.raises(DeadlineExceeded):
        decode(tmp_path / "pipe")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="devices are of Unix")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/random"])
def test_devices_and_sockets_are_no_sound_files(device):
    with pytest.raises(AudioNotFound, match="is a device, not a sound file"):
        decode(device)
    path = Path(tempfile.mkdtemp(dir="/tmp"), "s.wav")  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))
        with pytest.raises(AudioNotFound, match="is a socket, not a sound file"):
            decode(path)
    path.unlink()
    path.parent.rmdir()


def test_a_long_stream_that_is_no_sound_is_not_copied_to_its_end():
    class Endless:
        given = 0

        def read(self, size: int) -> bytes:
            self.given += size
            return b"words " * (size // 6)

    endless = Endless()
    with pytest.raises(UndecodableAudio, match="the stream given is text"):
        decode(endless)
    assert endless.given < 2 * source.SPOOL_BYTES


FULL = """
import io, resource, sys
from sentisound.audio.decode import decode
from sentisound.errors import NoRoom
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))
class Pipe:
    def __init__(self, content):
        self.read = io.BytesIO(content).read
try:
    decode(Pipe(sys.stdin.buffer.read()))
except NoRoom as error:
    print(error)
"""


def test_a_full_folder_for_temporary_files_is_told(soundfile_bytes):
    long = soundfile_bytes(np.zeros(3_000_000, np.float32), 16_000, "WAV", "PCM_16")
    run = subprocess.run([sys.executable, "-c", FULL], input=long, capture_output=True, check=True)
    assert run.stdout.startswith(b"the stream given cannot be copied into the folder for temporary files: ")
    assert not run.stderr


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
    with pytest.raises(TypeError, match="give a path, bytes, a binary file"):
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
