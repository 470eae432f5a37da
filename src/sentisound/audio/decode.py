"""Decoding: from a path, bytes, a stream or an array to a mono waveform; bad input ends in a ``SentiSoundError``."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sentisound.audio.limits import DEFAULT_LIMITS, Limits
from sentisound.audio.mixdown import Mixdown, check_target
from sentisound.audio.reading import PLAIN, Reading
from sentisound.audio.recording import Recording, channels_note, finished
from sentisound.audio.source import AudioSource, Opened, opened
from sentisound.audio.track import BLOCK_FRAMES, scaled
from sentisound.audio.waveform import RATE_HZ, Waveform
from sentisound.errors import AudioError, EmptyAudio, UndecodableAudio

__all__ = ["Limits", "decode", "from_array", "promised_s"]


def decode(
    source: AudioSource,
    *,
    rate_hz: int | None = RATE_HZ,
    limits: Limits = DEFAULT_LIMITS,
    reading: Reading = PLAIN,
) -> Waveform:
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
    reading : Reading
        Which track, and what the samples of a file without a header are.

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
    with opened(source, limits, raw=reading.raw is not None) as found:
        return decode_opened(found, rate_hz, limits, reading=reading)


def decode_opened(
    found: Opened,
    rate_hz: int | None,
    limits: Limits = DEFAULT_LIMITS,
    into: BinaryIO | None = None,
    reading: Reading = PLAIN,
) -> Waveform:
    """Decode what is open already; the samples of the result lie in the file ``into``, where one is given.

    Raises what ``decode`` raises of its content, and what ``deadline.check`` does between blocks.
    """
    return Recording(found, rate_hz, limits, into, reading).waveform()


def promised_s(stream: BinaryIO) -> float | None:
    """Return how long a sound is by its header, in seconds; None where that tells nothing, or it is no sound.

    The stream stands at its start before and after.
    """
    try:
        return Recording(Opened(stream, "the sound"), None, DEFAULT_LIMITS).promised_s()
    except AudioError:
        return None
    finally:
        stream.seek(0)


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
    mixdown = _mixed(frames, rate_hz, target_rate_hz, limits)
    note, channel = channels_note(mixdown)
    if channel is not None:
        mixdown = _mixed(frames, rate_hz, target_rate_hz, limits, channel)
    return finished(mixdown, "array", str(array.dtype), frames.shape[1], [note] if note else [])


def _mixed(
    frames: NDArray[np.generic], rate_hz: int, target_rate_hz: int | None, limits: Limits, channel: int | None = None
) -> Mixdown:
    mixdown = Mixdown(rate_hz, frames.shape[1], target_rate_hz, limits, "the array", channel=channel)
    try:
        for start in range(0, len(frames), BLOCK_FRAMES):
            mixdown.add(scaled(frames[start : start + BLOCK_FRAMES]))
    except TypeError as error:
        raise UndecodableAudio(f"the array cannot be sound: {error}") from None
    return mixdown


def _frames_first(array: NDArray[np.generic]) -> NDArray[np.generic]:
    if array.ndim not in (1, 2):
        raise UndecodableAudio(f"the array has {array.ndim} dimensions; sound has (n,), (n, channels) or (channels, n)")
    if not array.size:
        raise EmptyAudio("the array holds no samples")
    if array.ndim == 1:
        return array[:, np.newaxis]
    return array.T if array.shape[0] < array.shape[1] else array
