"""Preparing sounds in processes beside this one, where what a stranger sent can do no harm.

Such a process may take so much memory and time, and its death costs nobody else anything. The samples come back in a
file in memory, which this process maps: an hour is 230 MB, and most of it is looked at a few seconds at a time.

Each sound is tried as a short one first. What is too long for that, whatever its header says, is prepared by other
processes: a few hours at a time would keep everybody else's seconds waiting.
"""

from __future__ import annotations

import io
import mmap
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeAlias

from sentisound import deadline
from sentisound.audio.decode import decode_opened, promised_s
from sentisound.audio.limits import Limits
from sentisound.audio.preparation import Prepared, described
from sentisound.audio.reading import PLAIN, Reading
from sentisound.audio.source import AudioSource, Opened, opened
from sentisound.audio.waveform import RATE_HZ, Origin, Span, Waveform, mapped
from sentisound.errors import (
    AudioError,
    AudioTooLarge,
    AudioTooLong,
    DeadlineExceeded,
    MemoryLimitExceeded,
    UndecodableAudio,
    WorkerDied,
)
from sentisound.results import Quality
from sentisound.workers import Workers

MEMORY_BYTES = 256_000_000
"""What preparing a sound may take beside its samples; an hour of any usual format takes a tenth."""
DECODE_S = 120.0
"""How long it may take; an hour takes some ten seconds."""
SHORT_S = 60.0
"""Length of a short sound."""
DECODE_SHORT_S = 20.0
"""How long that of a short sound may take: a hundred times what it takes."""
PROBE_S = 10.0
"""How long looking at a header may take."""
SENT_BYTES = 1_000_000
"""A sound up to this size goes through the pipe; of a larger one the process gets the file."""
BUFFER_BYTES = 1 << 18

Sent: TypeAlias = tuple[str, bytes | None]
"""What messages call a sound, and its content, where that is not in a file."""


class PreparationApart:
    """Prepares sounds by processes of its own.

    Parameters
    ----------
    limits : Limits
    detector : str
        Name of the speech detector.
    workers : Workers
        The workers beside whose processes these are.
    """

    def __init__(self, limits: Limits, detector: str, workers: Workers) -> None:
        self._detector = detector
        self._short = _Pool(workers.limited(MEMORY_BYTES), limits.at_most(SHORT_S))
        self._long = _Pool(workers.limited(MEMORY_BYTES, "long sounds"), limits)

    def decode(self, source: AudioSource) -> Waveform:
        """Return a sound at the rate of analysis.

        Raises
        ------
        AudioError
            When it cannot be decoded, or takes too much time or memory.
        DeadlineExceeded, WorkCancelled
            When the current deadline has passed or was cancelled.
        """
        with opened(source, self._long.limits) as found, _file_in_memory() as result:
            return _waveform(result, *self._run(_decode, found, result))

    def prepare(self, source: AudioSource, max_duration_s: float | None = None, reading: Reading = PLAIN) -> Prepared:
        """Return all that is known of a sound before it is recognised; raises what ``decode`` does."""
        with opened(source, self._long.limits, raw=reading.raw is not None) as found, _file_in_memory() as result:
            answer = self._run(_prepare, found, result, self._detector, reading, max_duration_s=max_duration_s)
            origin, size_bytes, *known = answer
            return Prepared(_waveform(result, origin, size_bytes), *known)

    def promised_s(self, file: BinaryIO) -> float | None:
        """Return how long a sound is by its header, in seconds; None where that tells nothing, or it is no sound.

        The file stands at its start before and after.
        """
        with _file_in_memory() as unused:
            try:
                found: float | None = self._short.run(PROBE_S, _promise, Opened(file, "the sound"), unused)
            except AudioError:  # the analysis tells why
                found = None
        file.seek(0)
        return found

    def _run(
        self,
        function: Callable[..., Any],
        found: Opened,
        result: int,
        *more: Any,
        max_duration_s: float | None = None,
    ) -> Any:
        try:
            return self._short.at_most(max_duration_s).run(DECODE_SHORT_S, function, found, result, *more)
        except AudioTooLong:
            if max_duration_s is not None and max_duration_s <= SHORT_S:
                raise
        return self._long.at_most(max_duration_s).run(DECODE_S, function, found, result, *more)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Processes, and what they take."""

    workers: Workers
    limits: Limits

    def at_most(self, max_duration_s: float | None) -> _Pool:
        """Return the same processes, which take no longer sounds than this."""
        return replace(self, limits=self.limits.at_most(max_duration_s))

    def run(self, seconds: float, function: Callable[..., Any], found: Opened, result: int, *more: Any) -> Any:
        """Have a process call a function of this module with a sound; what it must not do is an error of the sound."""
        with _sent(found) as (sent, files):
            try:
                return self.workers.run_for(seconds, function, sent, self.limits, *more, files=(result, *files))
            except WorkerDied:
                raise UndecodableAudio(f"{found.name} cannot be decoded: the process that tries ends over it") from None
            except MemoryLimitExceeded:
                words = f"more than {MEMORY_BYTES / 1e6:.0f} MB of memory to be decoded"
                raise AudioTooLarge(f"{found.name} takes {words}") from None
            except DeadlineExceeded:
                reason = AudioTooLong(f"{found.name} takes more than {seconds:g} s to be decoded")
        deadline.check()  # whether it is the caller's time that is over
        raise reason


@contextmanager
def _sent(found: Opened) -> Iterator[tuple[Sent, list[int]]]:
    """Give a sound as a process gets it."""
    stream = found.stream
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size <= SENT_BYTES:
        yield (found.name, stream.read()), []
        return
    try:
        file = stream.fileno()
    except OSError:  # it lies in memory
        with _file_in_memory() as copy:
            _copy(stream, copy)
            yield (found.name, None), [copy]
        return
    position = os.lseek(file, 0, os.SEEK_CUR)
    try:
        yield (found.name, None), [file]
    finally:
        os.lseek(file, position, os.SEEK_SET)  # it is the other's position as well


def _copy(stream: BinaryIO, file: int) -> None:
    with open(file, "wb", closefd=False) as copy:
        while block := stream.read(BUFFER_BYTES):
            copy.write(block)


@contextmanager
def _file_in_memory() -> Iterator[int]:
    """Give an empty file that has no name; on Linux it is on no disk either."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("sound")
        try:
            yield file
        finally:
            os.close(file)
    else:
        with tempfile.TemporaryFile() as other:
            yield other.fileno()


def _waveform(result: int, origin: Origin, size_bytes: int) -> Waveform:
    return Waveform(mapped(result, size_bytes, mmap.ACCESS_READ), RATE_HZ, origin)


# what follows runs in the other process


def _decode(sent: Sent, limits: Limits, result: int, *files: int) -> tuple[Origin, int]:
    waveform = _decoded(sent, limits, result, *files)
    return waveform.origin, waveform.samples.nbytes


def _prepare(
    sent: Sent, limits: Limits, detector: str, reading: Reading, result: int, *files: int
) -> tuple[Origin, int, tuple[Span, ...], Quality, float]:
    waveform = _decoded(sent, limits, result, *files, reading=reading)
    found = described(waveform, detector)
    return waveform.origin, waveform.samples.nbytes, found.regions, found.quality, found.activity_s


def _promise(sent: Sent, limits: Limits, _: int, *files: int) -> float | None:  # noqa: ARG001 - as the others
    with _stream(sent, *files) as found:
        return promised_s(found.stream)


def _decoded(sent: Sent, limits: Limits, result: int, *files: int, reading: Reading = PLAIN) -> Waveform:
    with _stream(sent, *files) as found, open(result, "r+b", BUFFER_BYTES, closefd=False) as into:
        return decode_opened(found, RATE_HZ, limits, into, reading)


@contextmanager
def _stream(sent: Sent, *files: int) -> Iterator[Opened]:
    name, content = sent
    if content is not None:
        yield Opened(io.BytesIO(content), name)
    else:
        with open(files[0], "rb", BUFFER_BYTES, closefd=False) as stream:
            yield Opened(stream, name)
