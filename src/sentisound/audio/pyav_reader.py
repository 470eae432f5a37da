"""Reads what libav knows, through PyAV (extra ``codecs``): m4a, mp4, webm, mkv, aac, amr, wma, mp3 and more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np

from sentisound.audio.sniff import Kind
from sentisound.audio.track import BLOCK_FRAMES, Block, Track, UnreadableError, scaled
from sentisound.audio.waveform import RATE_HZ
from sentisound.errors import MissingCodec

PYAV_ERRORS = (ValueError, LookupError)
"""PyAV's own on damaged files, beside libav's: a stream that appears half-way is an ``IndexError`` in its demuxer."""
MAX_PLANES = 8  # AV_NUM_DATA_POINTERS
PLANE_TYPES = {
    "u8p": np.uint8,
    "s16p": np.int16,
    "s32p": np.int32,
    "s64p": np.int64,
    "fltp": np.float32,
    "dblp": np.float64,
}
MIN_GAP_S, MAX_GAP_S = 0.2, 600.0
"""Time stamps are rounded, and guessed where packets are of any length; what jumps far is another clock."""
DEFAULT = 1  # AV_DISPOSITION_DEFAULT
MAX_BAD_PACKETS = 1000  # in a row: beyond, the rest of the file is no sound


def _av() -> ModuleType:
    try:
        import av
    except ImportError:
        raise MissingCodec(
            "needs an optional decoder: pip install '.[codecs]' in a clone (its wheels carry GPL parts: NOTICE)"
        ) from None
    av.logging.set_level(None)  # libav would write about damaged files to stderr
    return av


@cache
def _options() -> dict[str, str]:
    """Return options that keep libav from decoding pictures to see what they are: a tag may hold hundreds."""
    names = _av().codec.codecs_available
    return {"codec_whitelist": ",".join(sorted(name for name in names if _is_of_sound(name)))}


def _is_of_sound(codec: str) -> bool:
    av = _av()
    try:
        return bool(av.codec.Codec(codec, "r").type == "audio")
    except ValueError:  # libav can write it and not read it
        return False


@contextmanager
def open_track(stream: BinaryIO, kind: Kind, number: int | None = None) -> Iterator[Track]:
    """Open an audio track in a seekable stream; pictures are passed over.

    Parameters
    ----------
    stream : binary stream
    kind : Kind
    number : int, optional
        Which of the audio tracks, counted from 1. Where not given: the first that can be decoded, and of these one that
        the file marks as its default.

    Raises
    ------
    UnreadableError
        When libav cannot open it, or finds no sound in it; the message says why.
    MissingCodec
        When PyAV is not installed.
    """
    av = _av()
    with _container(av, stream, kind) as container:
        order = _order(container, number)
    reasons: list[str] = []
    for index in order:
        with _container(av, stream, kind) as container:
            try:
                track = _track(av, container, container.streams.audio[index], kind)
            except UnreadableError as error:
                reasons.append(f"track {index + 1}: {error}" if len(order) > 1 else str(error))
                continue
            track.number, track.tracks = index + 1, len(container.streams.audio)
            track.notes += [f"not heard: {reason}" for reason in reasons]
            yield track
            return
    raise UnreadableError("; ".join(reasons))


@contextmanager
def _container(av: ModuleType, stream: BinaryIO, kind: Kind) -> Iterator[Any]:
    stream.seek(0)
    try:
        # "r" said aloud: PyAV would take the mode of a spooled stream, "w+b", and open it for writing
        container = av.open(stream, "r", format=kind.demuxer, options=_options(), metadata_errors="replace")
    except (av.FFmpegError, *PYAV_ERRORS) as error:
        raise UnreadableError(_reason(error)) from None
    with container:
        if not container.streams.audio:
            raise UnreadableError("it has no audio track")
        yield container


def _order(container: Any, number: int | None) -> list[int]:
    """Return which audio tracks to try, counted from 0, in turn."""
    streams = container.streams.audio
    if number is None:
        return sorted(range(len(streams)), key=lambda index: not streams[index].disposition & DEFAULT)
    if not 1 <= number <= len(streams):
        raise UnreadableError(f"it has {len(streams)} audio tracks, and none is number {number}")
    return [number - 1]


def _track(av: ModuleType, container: Any, stream: Any, kind: Kind) -> Track:
    if stream.codec_context is None:
        raise UnreadableError("nothing here decodes its codec")
    faults: list[str] = []
    frames = _frames(av, container, stream, faults)
    first = next(frames, None)  # the header may lie about rate and channels, as HE-AAC's does; a frame does not
    if first is None and faults:
        raise UnreadableError(faults[0])
    track = Track(
        codec=stream.codec_context.name,
        rate_hz=first.sample_rate if first else RATE_HZ,
        channels=first.layout.nb_channels if first else 1,
        promised_s=_promised_s(container, stream) if kind.honest_length else None,
        blocks=iter(()),
        faults=faults,
    )
    if first:
        clock = Clock(_start_s(container, stream), first.sample_rate, is_kept=kind.has_times)
        track.blocks = _blocks(chain((first,), frames), clock, track)
    return track


def _start_s(container: Any, stream: Any) -> float:
    """Return the time stamp at which the media begins, in seconds: tracks may begin later."""
    starts = [one.start_time * one.time_base for one in container.streams if one.start_time is not None]
    return float(min(starts)) if starts and len(container.streams) > 1 else _own_start_s(stream)


def _own_start_s(stream: Any) -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time is not None else 0.0


def _promised_s(container: Any, stream: Any) -> float | None:
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and len(container.streams) == 1:  # else it may be the length of the pictures
        return float(container.duration / 1_000_000)  # libav counts microseconds
    return None


def _frames(av: ModuleType, container: Any, stream: Any, faults: list[str]) -> Iterator[Any]:
    """Decode packet by packet, passing over damaged ones as players do."""
    bad_packets = 0
    packets = container.demux(stream)
    while bad_packets < MAX_BAD_PACKETS:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, *PYAV_ERRORS) as error:
            faults.append(_reason(error))
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
            bad_packets = 0
        except (av.FFmpegError, *PYAV_ERRORS) as error:
            bad_packets += 1
            if _reason(error) not in faults:
                faults.append(_reason(error))


class Clock:
    """Keeps samples at the times that the media gives them: silence stands where a track begins late or has a hole.

    Parameters
    ----------
    start_s : float
        Time stamp at which the media begins, in seconds.
    rate_hz : int
    is_kept : bool
        Whether the time stamps are worth it.
    """

    def __init__(self, start_s: float, rate_hz: int, *, is_kept: bool) -> None:
        self._start_s, self.rate_hz, self._is_kept = start_s, rate_hz, is_kept
        self._frames = 0

    def silence_before(self, frame: Any) -> int:
        """Return how many frames of silence belong before one, and count both."""
        missing = 0
        if self._is_kept and frame.pts is not None and frame.time_base is not None:
            due_s = float(frame.pts * frame.time_base) - self._start_s
            gap_s = due_s - self._frames / self.rate_hz
            if MIN_GAP_S < gap_s < MAX_GAP_S:
                missing = round(gap_s * self.rate_hz)
            elif abs(gap_s) > MIN_GAP_S:
                self._start_s += gap_s  # the stamps jump, as where recordings were joined
        self._frames += missing + frame.samples
        return missing


def _blocks(frames: Iterator[Any], clock: Clock, track: Track) -> Iterator[Block]:
    for frame in frames:
        if frame.sample_rate != clock.rate_hz:
            track.faults.append(f"its sample rate changes from {clock.rate_hz} to {frame.sample_rate} Hz")
            return
        missing = clock.silence_before(frame)
        for start in range(0, missing, BLOCK_FRAMES):
            yield np.zeros((min(BLOCK_FRAMES, missing - start), track.channels), np.float32)
        try:
            yield _samples(frame)
        except (TypeError, *PYAV_ERRORS) as error:
            track.faults.append(_reason(error))
            return


def _samples(frame: Any) -> Block:
    """Return a frame's samples, shape (frames, channels), float32.

    Not by ``to_ndarray`` where each channel has its plane: PyAV (18.1) counts the planes up to a null pointer, which
    there is none behind the eighth; it then reads foreign memory, and a 7.1 file ends the process.
    """
    channels = frame.layout.nb_channels
    if not frame.format.is_planar:
        return _scaled(np.reshape(_packed(frame), (-1, channels)))
    if channels > MAX_PLANES:
        raise ValueError(f"its sound has {channels} channels; at most {MAX_PLANES} can be read from this format")
    dtype = PLANE_TYPES[frame.format.name]
    planes = [np.frombuffer(plane, dtype, frame.samples) for plane in frame.planes[:channels]]
    return _scaled(planes[0][:, np.newaxis] if channels == 1 else np.stack(planes, axis=1))


def _packed(frame: Any) -> np.ndarray:
    """Return the samples of a frame without planes; PyAV knows no 64-bit integers."""
    if frame.format.name == "s64":
        return np.frombuffer(frame.planes[0], np.int64, frame.samples * frame.layout.nb_channels)
    samples: np.ndarray = frame.to_ndarray()
    return samples


def _scaled(samples: np.ndarray) -> Block:
    """Scale 64-bit integers here: an array of them, as Python makes it of a list, is on another scale."""
    return (samples * 2.0**-63).astype(np.float32) if samples.dtype == np.int64 else scaled(samples)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
