"""Where sound comes from: a path, bytes or a binary file object, made into one seekable stream with a name to show."""

from __future__ import annotations

import io
import os
import select
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from sentisound import deadline
from sentisound.audio.given import HOW
from sentisound.audio.limits import Limits
from sentisound.audio.sniff import sniff
from sentisound.errors import (
    AudioNotFound,
    AudioTooLarge,
    EmptyAudio,
    NoRoom,
    SentiSoundError,
    UndecodableAudio,
)

AudioSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""What can be decoded: a path, the bytes of a file, or a binary file object (it need not be seekable)."""

SPOOL_BYTES = 4_000_000  # a stream up to this size is kept in memory, a longer one in a temporary file
COPY_BYTES = 1 << 18
WRITER_S = 10.0
"""How long a named pipe is waited for that nobody has opened to write; who has may take any time."""
LOOK_S = 0.1
MAX_SHOWN = 200  # characters of a name that a message repeats


class Readable(Protocol):
    """What can be read from start to end."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A seekable stream at its start, and what messages call it."""

    stream: BinaryIO
    name: str


def shown(name: str) -> str:
    """Return a name as a message may show it: quoted, shortened, control characters escaped."""
    return repr(name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}…")


@contextmanager
def opened(source: AudioSource, limits: Limits, *, raw: bool = False) -> Iterator[Opened]:
    """Open any source for reading from its start.

    A file object is copied from where it stands, so that an error of its own surfaces here and not within a decoder.
    What is no sound by its first bytes is not copied to its end, unless it is said to be ``raw``.

    Raises
    ------
    AudioNotFound
        When the path leads to no readable file.
    AudioTooLarge
        When there are more bytes than ``limits.max_bytes``.
    EmptyAudio
        When there are no bytes.
    UndecodableAudio
        When a file object was opened in text mode, or a long stream does not begin as sound does.
    NoRoom
        When a stream is too long for memory, and the folder for temporary files cannot hold it.
    TypeError
        When the source is none of the types above.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        yield _from_bytes(source, limits)
    elif isinstance(source, str | os.PathLike):
        with _from_path(os.fspath(source), limits, raw=raw) as found:
            yield found
    elif hasattr(source, "read"):
        name = getattr(source, "name", None)
        with _spooled(source, shown(name) if isinstance(name, str) else "the stream given", limits, raw=raw) as found:
            yield found
    else:
        raise TypeError(f"{type(source).__name__} is no sound; {HOW}")


def _from_bytes(content: bytes | bytearray | memoryview, limits: Limits) -> Opened:
    name = "the data given"
    size = content.nbytes if isinstance(content, memoryview) else len(content)
    _check_size(size, name, limits)
    return Opened(io.BytesIO(content), name)


@contextmanager
def _from_path(path: str, limits: Limits, *, raw: bool) -> Iterator[Opened]:
    name = shown(path)
    with _open_file(path, name) as stream:
        status = os.fstat(stream.fileno())
        if stat.S_ISREG(status.st_mode):
            _check_size(status.st_size, name, limits)
            yield Opened(stream, name)
        else:  # a pipe: no size, no seeking
            with _spooled(_Pipe(stream.fileno(), name), name, limits, raw=raw) as found:
                yield found


def _open_file(path: str, name: str) -> BinaryIO:
    try:
        _check_form(path, name)
        return open(path, "rb", opener=_open_without_waiting)
    except AudioNotFound:
        raise
    except IsADirectoryError:
        raise AudioNotFound(f"{name} is a folder, not a sound file") from None
    except PermissionError:
        raise AudioNotFound(f"{name} may not be read: permission denied") from None
    except FileNotFoundError:
        raise AudioNotFound(f"{name} does not exist") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise AudioNotFound(f"{name} cannot be opened: {getattr(error, 'strerror', None) or error}") from None


def _check_form(path: str, name: str) -> None:
    """Refuse what never ends or cannot be opened: a device, a socket."""
    mode = os.stat(path).st_mode  # noqa: PTH116 - a Path would take more time than the look
    for form, words in ((stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"), (stat.S_ISSOCK, "a socket")):
        if form(mode):
            raise AudioNotFound(f"{name} is {words}, not a sound file")


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a named pipe that nobody writes to would be waited for until somebody does."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class _Pipe:
    """A pipe opened without waiting; reading it waits for who writes to it, and not for ever for somebody to begin."""

    def __init__(self, file: int, name: str) -> None:
        self._file, self._name = file, name
        self._until_s = time.monotonic() + WRITER_S
        self._begun = False

    def read(self, size: int) -> bytes:
        while True:
            there_is_something = bool(select.select([self._file], [], [], LOOK_S)[0])
            try:
                chunk = os.read(self._file, size)
            except BlockingIOError:  # somebody has opened it, and takes time
                self._begun = True
            else:
                if there_is_something or self._begun:
                    self._begun = True
                    return chunk
                self._check_wait()
            deadline.check()

    def _check_wait(self) -> None:
        if time.monotonic() > self._until_s:
            raise AudioNotFound(f"{self._name} is a pipe that nobody has written to for {WRITER_S:g} s")


@contextmanager
def _spooled(stream: Readable, name: str, limits: Limits, *, raw: bool) -> Iterator[Opened]:
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - closing it may fail as well
    try:
        size = _fill(spool, stream, name, limits, raw=raw)
        _check_size(size, name, limits)
        spool.seek(0)
        yield Opened(cast("BinaryIO", spool), name)
    finally:
        with suppress(OSError):
            spool.close()


def _fill(
    spool: tempfile.SpooledTemporaryFile[bytes], stream: Readable, name: str, limits: Limits, *, raw: bool
) -> int:
    """Copy a stream; return how many bytes it has, or where it has too many, those until that was seen."""
    size = 0
    for chunk in _chunks(stream, name):
        if size <= SPOOL_BYTES < size + len(chunk) and not raw:
            sniff(cast("BinaryIO", spool), name)  # what is no sound is not copied to its end
            spool.seek(0, os.SEEK_END)
        size += len(chunk)
        if size > limits.max_bytes:  # stop here: the stream may have no end
            break
        try:
            spool.write(chunk)
        except OSError as error:
            reason = error.strerror or error
            raise NoRoom(f"{name} cannot be copied into the folder for temporary files: {reason}") from None
    return size


def _chunks(stream: Readable, name: str) -> Iterator[bytes]:
    try:
        while chunk := stream.read(COPY_BYTES):
            if not isinstance(chunk, bytes):
                raise UndecodableAudio(f"{name} gives text: open it in binary mode, 'rb'")
            yield chunk
    except SentiSoundError:  # some are an OSError or a ValueError too
        raise
    except UnicodeDecodeError:  # a text-mode file object over sound
        raise UndecodableAudio(f"{name} is opened in text mode: open it in binary mode, 'rb'") from None
    except (OSError, ValueError) as error:  # ValueError: a closed file
        raise AudioNotFound(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _check_size(size: int, name: str, limits: Limits) -> None:
    if size == 0:
        raise EmptyAudio(f"{name} holds no bytes")
    if size > limits.max_bytes:
        raise AudioTooLarge(f"{name} is larger than the {limits.max_bytes / 1e6:g} MB that are read at most")
