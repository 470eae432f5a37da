"""Where sound comes from: a path, bytes or a binary file object, made into one seekable stream with a name to show."""

from __future__ import annotations

import io
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from sentisound.audio.limits import Limits
from sentisound.errors import AudioNotFound, AudioTooLarge, EmptyAudio, UndecodableAudio

AudioSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""What can be decoded: a path, the bytes of a file, or a binary file object (it need not be seekable)."""

SPOOL_BYTES = 4_000_000  # a stream up to this size is kept in memory, a longer one in a temporary file
COPY_BYTES = 1 << 18
MAX_SHOWN = 200  # characters of a name that a message repeats


@dataclass(frozen=True, slots=True)
class Opened:
    """A seekable stream at its start, and what messages call it."""

    stream: BinaryIO
    name: str


def shown(name: str) -> str:
    """Return a name as a message may show it: quoted, shortened, control characters escaped."""
    return repr(name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}…")


@contextmanager
def opened(source: AudioSource, limits: Limits) -> Iterator[Opened]:
    """Open any source for reading from its start.

    A file object is copied from where it stands, so that an error of its own surfaces here and not within a decoder.

    Raises
    ------
    AudioNotFound
        When the path leads to no readable file.
    AudioTooLarge
        When there are more bytes than ``limits.max_bytes``.
    EmptyAudio
        When there are no bytes.
    UndecodableAudio
        When a file object was opened in text mode.
    TypeError
        When the source is none of the types above.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        yield _from_bytes(source, limits)
    elif isinstance(source, str | os.PathLike):
        with _from_path(os.fspath(source), limits) as found:
            yield found
    elif hasattr(source, "read"):
        name = getattr(source, "name", None)
        with _spooled(source, shown(name) if isinstance(name, str) else "the stream given", limits) as found:
            yield found
    else:
        raise TypeError(f"sound is a path, bytes or a binary file, not {type(source).__name__}; arrays: from_array()")


def _from_bytes(content: bytes | bytearray | memoryview, limits: Limits) -> Opened:
    name = "the data given"
    size = content.nbytes if isinstance(content, memoryview) else len(content)
    _check_size(size, name, limits)
    return Opened(io.BytesIO(content), name)


@contextmanager
def _from_path(path: str, limits: Limits) -> Iterator[Opened]:
    name = shown(path)
    with _open_file(path, name) as stream:
        status = os.fstat(stream.fileno())
        if stat.S_ISREG(status.st_mode):
            _check_size(status.st_size, name, limits)
            yield Opened(stream, name)
        else:  # a pipe or a device: no size, no seeking
            with _spooled(stream, name, limits) as found:
                yield found


def _open_file(path: str, name: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except IsADirectoryError:
        raise AudioNotFound(f"{name} is a folder, not a sound file") from None
    except PermissionError:
        raise AudioNotFound(f"{name} may not be read: permission denied") from None
    except FileNotFoundError:
        raise AudioNotFound(f"{name} does not exist") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise AudioNotFound(f"{name} cannot be opened: {getattr(error, 'strerror', None) or error}") from None


@contextmanager
def _spooled(stream: BinaryIO, name: str, limits: Limits) -> Iterator[Opened]:
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        size = 0
        for chunk in _chunks(stream, name):
            size += len(chunk)
            if size > limits.max_bytes:  # stop here: the stream may have no end
                break
            spool.write(chunk)
        _check_size(size, name, limits)
        spool.seek(0)
        yield Opened(cast("BinaryIO", spool), name)


def _chunks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        while chunk := stream.read(COPY_BYTES):
            if not isinstance(chunk, bytes):
                raise UndecodableAudio(f"{name} gives text: open it in binary mode, 'rb'")
            yield chunk
    except UnicodeDecodeError:  # a text-mode file object over sound
        raise UndecodableAudio(f"{name} is opened in text mode: open it in binary mode, 'rb'") from None
    except (OSError, ValueError) as error:  # ValueError: a closed file
        if isinstance(error, UndecodableAudio):
            raise
        raise AudioNotFound(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _check_size(size: int, name: str, limits: Limits) -> None:
    if size == 0:
        raise EmptyAudio(f"{name} holds no bytes")
    if size > limits.max_bytes:
        raise AudioTooLarge(f"{name} is larger than the {limits.max_bytes / 1e6:g} MB that are read at most")
