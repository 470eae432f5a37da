"""Turns blocks of any rate and number of channels into one mono waveform, in the memory of the result alone."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import soxr
from numpy.typing import NDArray

from sentisound.audio.channels import Channels
from sentisound.audio.limits import MAX_RATE_HZ, MIN_RATE_HZ, Limits
from sentisound.audio.track import Block
from sentisound.audio.waveform import Samples, mapped
from sentisound.errors import AudioTooLong, EmptyAudio, SettingsError, UndecodableAudio

ABSURD = 1e12
"""A sample beyond this is no sample; infinities and NaN are not below it either."""
MAX_PEAK = 8.0
"""Floats above eight times full scale were written on another scale, most often that of int16."""
MAX_BAD_SHARE = 0.5
QUALITY = "HQ"  # soxr: 20 bit, passband to 0.913 of the lower Nyquist frequency


def check_target(rate_hz: int) -> None:
    """Check a sample rate that a caller asks for.

    Raises
    ------
    SettingsError
        When it is outside ``MIN_RATE_HZ`` .. ``MAX_RATE_HZ``.
    """
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise SettingsError(f"rate_hz is {rate_hz}; it goes from {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz")


class Mixdown:
    """Collects blocks of (frames, channels), mixes them to mono, resamples and mends them on the way.

    Parameters
    ----------
    rate_hz : int
        Rate of the blocks in Hz.
    channels : int
        Number of channels of the blocks.
    target_rate_hz : int or None
        Rate of the result in Hz; None keeps ``rate_hz``.
    limits : Limits
        What is accepted.
    name : str
        What messages call the sound.
    into : binary file, optional
        Where the samples are collected, at its start, instead of in the memory of this process; ``finish`` maps it.
    channel : int, optional
        The only channel to take, counted from 0, instead of the mean of all.

    Raises
    ------
    UndecodableAudio
        When the rate or the number of channels belong to no recording of speech.
    """

    def __init__(
        self,
        rate_hz: int,
        channels: int,
        target_rate_hz: int | None,
        limits: Limits,
        name: str,
        into: BinaryIO | None = None,
        channel: int | None = None,
    ) -> None:
        if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
            raise UndecodableAudio(f"{name} has a sample rate of {rate_hz} Hz; {MIN_RATE_HZ} to {MAX_RATE_HZ} can be")
        if not 1 <= channels <= limits.max_channels:
            raise UndecodableAudio(f"{name} has {channels} channels; at most {limits.max_channels} can be")
        self.rate_hz = rate_hz
        self.target_rate_hz = target_rate_hz or rate_hz
        self.frames = 0
        self.notes: list[str] = []
        self.limits, self.name = limits, name
        self.channels = Channels(channels, rate_hz) if channels > 1 and channel is None else None
        self._channels, self._channel = channels, channel
        self._bad, self._total = 0, 0
        self._mono: _Memory | _File = _Memory() if into is None else _File(into)
        same = self.target_rate_hz == rate_hz
        self._resampler = None if same else soxr.ResampleStream(rate_hz, self.target_rate_hz, 1, quality=QUALITY)

    @property
    def duration_s(self) -> float:
        """Seconds collected so far."""
        return self.frames / self.rate_hz

    def add(self, block: Block) -> None:
        """Add a block of shape (frames, channels), float32.

        Raises
        ------
        AudioTooLong
            When more than ``limits.max_duration_s`` have been collected, or more samples than ``limits.max_samples``.
        """
        if not block.size:
            return
        self.frames += len(block)
        self._total += block.size
        if self.duration_s > self.limits.max_duration_s:
            raise AudioTooLong(f"{self.name} is longer than the {self.limits.max_duration_s:g} s analysed at most")
        if self._total > self.limits.max_samples:
            raise self.too_many()
        block = self._mended(block)
        self._append(np.ascontiguousarray(self._mixed(block)))

    def _mixed(self, block: Block) -> NDArray[np.float32]:
        if self.channels is None:
            return block[:, self._channel or 0]
        mono: NDArray[np.float32] = block.mean(axis=1, dtype=np.float32)
        self.channels.add(block, mono)
        return mono

    def too_many(self) -> AudioTooLong:
        """Return the error for a sound that has more samples than are decoded."""
        most_s = self.limits.max_samples / (self.rate_hz * self._channels)
        return AudioTooLong(
            f"{self.name} has {self._channels} channels at {self.rate_hz} Hz; of that at most {most_s:.0f} s are "
            "analysed: send it with fewer channels or at a lower rate"
        )

    def finish(self) -> Samples:
        """Return all samples, shape (n,), float32, and fill ``notes`` with what was mended.

        Raises
        ------
        EmptyAudio
            When no sample was added.
        UndecodableAudio
            When most samples were not numbers.
        """
        if not self.frames:
            raise EmptyAudio(f"{self.name} holds a header and no samples")
        if self._resampler is not None:
            self._mono.append(self._resampler.resample_chunk(np.empty(0, np.float32), last=True))
        self._note_bad_share()
        return self._on_scale(self._mono.samples())

    def _append(self, mono: NDArray[np.float32]) -> None:
        self._mono.append(mono if self._resampler is None else self._resampler.resample_chunk(mono))

    def _mended(self, block: Block) -> Block:
        if max(float(block.max()), -float(block.min())) < ABSURD:  # False for NaN as well
            return block
        good = np.abs(block) < ABSURD
        self._bad += block.size - int(np.count_nonzero(good))
        return np.where(good, block, np.float32(0))

    def _note_bad_share(self) -> None:
        if not self._bad:
            return
        share = self._bad / self._total
        if share > MAX_BAD_SHARE:
            raise UndecodableAudio(f"{self.name} is damaged: {share:.0%} of its samples are not numbers")
        words = f"{share:.2%}" if share >= 1e-4 else "less than 0.01%"
        self.notes.append(f"{words} of the samples are not numbers and count as silence")

    def _on_scale(self, samples: Samples) -> Samples:
        peak = max(float(samples.max(initial=0)), -float(samples.min(initial=0)))
        if peak > MAX_PEAK:
            samples /= np.float32(peak)
            self.notes.append(f"samples far above full scale (peak {peak:.4g}) were scaled down to a peak of 1")
        return samples


class _Memory:
    """Collects samples in memory: one bytearray grows in place; blocks would need twice the memory to be joined."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def append(self, samples: Samples) -> None:
        self._bytes += samples.data

    def samples(self) -> Samples:
        return np.frombuffer(self._bytes, np.float32)


class _File:
    """Collects samples in a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def append(self, samples: Samples) -> None:
        self._file.write(samples.data)

    def samples(self) -> Samples:
        self._file.flush()
        size = self._file.tell()
        return mapped(self._file.fileno(), size) if size else np.empty(0, np.float32)
