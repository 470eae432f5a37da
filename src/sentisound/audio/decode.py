"""Decoding: from a path, bytes, a stream or an array to a mono waveform; bad input ends in a ``SentiSoundError``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sentisound import deadline
from sentisound.audio import pyav_reader, soundfile_reader
from sentisound.audio.completeness import lacks_end_mark, present_share
from sentisound.audio.limits import DEFAULT_LIMITS, Limits
from sentisound.audio.mixdown import Mixdown, check_target
from sentisound.audio.promises import check_promises
from sentisound.audio.sniff import Kind, sniff
from sentisound.audio.source import AudioSource, Opened, opened
from sentisound.audio.track import BLOCK_FRAMES, Track, UnreadableError, scaled
from sentisound.audio.waveform import RATE_HZ, Origin, Waveform
from sentisound.errors import AudioError, AudioTooLong, AudioTooShort, EmptyAudio, MissingCodec, UndecodableAudio

__all__ = ["Limits", "decode", "from_array", "promised_s"]

Reader = Callable[[BinaryIO, Kind], AbstractContextManager[Track]]

READERS: Mapping[str, Reader] = {
    "soundfile": soundfile_reader.open_track,
    "pyav": pyav_reader.open_track,
}

PROMISE_SLACK_S, PROMISE_SLACK = 0.1, 0.01
"""A header may promise this much more than there is (seconds, and share): padding, not a missing end."""


def decode(source: AudioSource, *, rate_hz: int | None = RATE_HZ, limits: Limits = DEFAULT_LIMITS) -> Waveform:
    """Decode sound of any common format, mix it to mono and resample it.

    The format is told by content. Decoding is done block by block: memory stays near that of the result.

    Parameters
    ----------
    source : str, os.PathLike, bytes, bytearray, memoryview or binary file object
        A path, the content of a file, or a stream (also one that cannot seek), read from where it stands.
    rate_hz : int or None
        Rate of the result in Hz; None keeps the rate of the source.
    limits : Limits
        What is accepted.

    Returns
    -------
    Waveform
        float32, full scale -1..1; ``origin.notes`` tells what had to be mended.

    Raises
    ------
    AudioNotFound
        When there is no readable file.
    AudioTooLarge, AudioTooLong, AudioTooShort
        When a limit is not kept.
    EmptyAudio
        When there are no bytes, or a header and no samples.
    UndecodableAudio
        When the content is no sound that can be decoded.
    MissingCodec
        When the format needs the extra ``codecs``.
    SettingsError
        When ``rate_hz`` is out of range.
    """
    if rate_hz is not None:
        check_target(rate_hz)
    with opened(source, limits) as found:
        return decode_opened(found, rate_hz, limits)


def decode_opened(
    found: Opened, rate_hz: int | None, limits: Limits = DEFAULT_LIMITS, into: BinaryIO | None = None
) -> Waveform:
    """Decode what is open already; the samples of the result lie in the file ``into``, where one is given.

    Raises what ``decode`` raises of its content, and what ``deadline.check`` does between blocks.
    """
    kind = sniff(found.stream, found.name)
    with ExitStack() as stack:
        track = _open_track(found, kind, stack)
        mixdown = Mixdown(track.rate_hz, track.channels, rate_hz, limits, found.name, into)
        return _read(track, found, kind, mixdown)


def promised_s(stream: BinaryIO) -> float | None:
    """Return how long a sound is by its header, in seconds; None where that tells nothing, or it is no sound.

    The stream stands at its start before and after.
    """
    with ExitStack() as stack:
        stack.callback(stream.seek, 0)
        try:
            kind = sniff(stream, "the sound")
            return _open_track(Opened(stream, "the sound"), kind, stack).promised_s
        except AudioError:
            return None


def from_array(
    samples: ArrayLike, rate_hz: int, *, target_rate_hz: int | None = RATE_HZ, limits: Limits = DEFAULT_LIMITS
) -> Waveform:
    """Make a waveform of samples that are already in memory.

    Parameters
    ----------
    samples : array_like
        Shape (n,), (n, channels) or (channels, n): the smaller dimension counts as channels. Integers (int8, int16,
        int32, uint8) are scaled by their type, floating point is kept.
    rate_hz : int
        Rate of the samples in Hz.
    target_rate_hz : int or None
        Rate of the result in Hz; None keeps ``rate_hz``.
    limits : Limits
        What is accepted; ``max_bytes`` does not apply.

    Raises
    ------
    UndecodableAudio
        When the shape, the type or the rate are none that sound has.
    EmptyAudio, AudioTooLong, AudioTooShort
        As for ``decode``.
    SettingsError
        When ``target_rate_hz`` is out of range.
    """
    if target_rate_hz is not None:
        check_target(target_rate_hz)
    array = np.asarray(samples)
    frames = _frames_first(array)
    mixdown = Mixdown(rate_hz, frames.shape[1], target_rate_hz, limits, "the array")
    try:
        for start in range(0, len(frames), BLOCK_FRAMES):
            mixdown.add(scaled(frames[start : start + BLOCK_FRAMES]))
    except TypeError as error:
        raise UndecodableAudio(f"the array cannot be sound: {error}") from None
    return _finished(mixdown, "array", str(array.dtype), frames.shape[1])


def _frames_first(array: NDArray[np.generic]) -> NDArray[np.generic]:
    if array.ndim not in (1, 2):
        raise UndecodableAudio(f"the array has {array.ndim} dimensions; sound has (n,), (n, channels) or (channels, n)")
    if not array.size:
        raise EmptyAudio("the array holds no samples")
    if array.ndim == 1:
        return array[:, np.newaxis]
    return array.T if array.shape[0] < array.shape[1] else array


def _open_track(found: Opened, kind: Kind, stack: ExitStack) -> Track:
    """Try the readers of this kind in turn; ``stack`` closes the track."""
    check_promises(found.stream, kind, found.name)
    reasons: list[str] = []
    missing = ""
    for reader in kind.readers:
        try:
            return stack.enter_context(READERS[reader](found.stream, kind))
        except UnreadableError as error:
            reasons.append(str(error))
            if not kind.retry:
                break
        except MissingCodec as error:
            missing = str(error)
    if not reasons:
        raise MissingCodec(f"{found.name} is {kind.name}, which {missing}")
    hint = f" (perhaps it {missing})" if missing else ""
    raise UndecodableAudio(f"{found.name} starts like {kind.name} but cannot be decoded: {'; '.join(reasons)}{hint}")


def _read(track: Track, found: Opened, kind: Kind, mixdown: Mixdown) -> Waveform:
    _check_promise(track, mixdown)
    for block in track.blocks:
        deadline.check()
        mixdown.add(block)
    if not mixdown.frames and track.faults:
        raise UndecodableAudio(f"{found.name} is damaged, no sample of it can be decoded: {track.faults[0]}")
    note = _missing_part(track, found.stream, kind, mixdown.duration_s)
    return _finished(mixdown, kind.name, track.codec, track.channels, note)


def _check_promise(track: Track, mixdown: Mixdown) -> None:
    """Refuse what is too long by its header before any of it is decoded."""
    promised_s, limits = track.promised_s or 0.0, mixdown.limits
    if promised_s > limits.max_duration_s:
        words = f"{mixdown.name} is {promised_s:.0f} s long by its header"
        raise AudioTooLong(f"{words}; at most {limits.max_duration_s:g} s are analysed")
    if promised_s * track.rate_hz * track.channels > limits.max_samples:
        raise mixdown.too_many()


def _missing_part(track: Track, stream: BinaryIO, kind: Kind, decoded_s: float) -> str:
    """Say in words what is missing from the sound; empty when it is all there."""
    promised_s = track.promised_s or decoded_s
    share = present_share(stream, kind)
    if 0 < share < 1:
        promised_s = decoded_s / share
    if decoded_s < promised_s - max(PROMISE_SLACK_S, PROMISE_SLACK * promised_s):
        return f"the file ends early: decoded {decoded_s:.1f} of {promised_s:.1f} seconds"
    if track.faults:
        return f"the file is damaged, parts of it may be missing: {track.faults[0]}"
    return "the file has no end mark, it may end early" if lacks_end_mark(stream, kind) else ""


def _finished(mixdown: Mixdown, container: str, codec: str, channels: int, note: str = "") -> Waveform:
    samples = mixdown.finish()
    if mixdown.duration_s < mixdown.limits.min_duration_s:
        words = (
            f"{mixdown.name} holds {mixdown.duration_s:.3f} s of sound; at least {mixdown.limits.min_duration_s:g} s"
        )
        raise AudioTooShort(f"{words} are needed{f' ({note})' if note else ''}")
    notes = (note, *mixdown.notes) if note else tuple(mixdown.notes)
    return Waveform(samples, mixdown.target_rate_hz, Origin(container, codec, mixdown.rate_hz, channels, notes))
