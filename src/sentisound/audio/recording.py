"""Reading a recording: its parts one behind the other, one of its tracks, and of that all channels or one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

from sentisound import deadline
from sentisound.audio import pyav_reader, soundfile_reader
from sentisound.audio.completeness import lacks_end_mark, present_share
from sentisound.audio.limits import Limits
from sentisound.audio.mixdown import Mixdown
from sentisound.audio.parts import behind, parts_of
from sentisound.audio.promises import check_promises
from sentisound.audio.reading import PLAIN, Reading
from sentisound.audio.sniff import Kind, locate
from sentisound.audio.source import Opened
from sentisound.audio.track import Track, UnreadableError
from sentisound.audio.waveform import Origin, Waveform
from sentisound.errors import AudioError, AudioTooLong, AudioTooShort, MissingCodec, UndecodableAudio

Reader = Callable[[BinaryIO, Kind, int | None], AbstractContextManager[Track]]

READERS: Mapping[str, Reader] = {
    "soundfile": soundfile_reader.open_track,
    "pyav": pyav_reader.open_track,
}

PROMISE_SLACK_S, PROMISE_SLACK = 0.1, 0.01
"""A header may promise this much more than there is (seconds, and share): padding, not a missing end."""
RAW = Kind("raw", ("soundfile",), "")
MAX_TRIED = 8
"""Silent tracks of one file that are decoded before it counts as silent."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What one way through a file gave."""

    waveform: Waveform
    mixdown: Mixdown
    number: int
    tracks: int


class Recording:
    """A file that is read once, or again where that was the wrong track, or channels that cancel each other.

    Parameters
    ----------
    found : Opened
    rate_hz : int or None
        Rate of the result in Hz; None keeps that of the file.
    limits : Limits
    into : binary file, optional
        Where the samples of the result are collected.
    reading : Reading

    Raises
    ------
    UndecodableAudio
        When it is no sound that we know.
    """

    def __init__(
        self,
        found: Opened,
        rate_hz: int | None,
        limits: Limits,
        into: BinaryIO | None = None,
        reading: Reading = PLAIN,
    ) -> None:
        self._found, self._rate_hz, self._limits, self._into, self._reading = found, rate_hz, limits, into, reading
        self._kind, start = (RAW, 0) if reading.raw else locate(found.stream, found.name)
        self._parts = parts_of(behind(found.stream, start), self._kind)

    def waveform(self) -> Waveform:
        """Return the sound: of the track that was asked for, or of the first that is not silent.

        Raises
        ------
        AudioError
            When it cannot be decoded, or breaks a limit.
        """
        number = self._reading.track
        read = self._heard(self._read(number)) if number is None else self._read(number)
        notes: tuple[str, ...] = ()
        if number is None and read.tracks > 1:
            notes = (f"the file has {read.tracks} audio tracks; number {read.number} was analysed",)
        note, channel = channels_note(read.mixdown)
        if note:
            notes += (note,)
        if channel is not None:
            read = self._read(read.number, channel)
        wave = read.waveform
        return replace(wave, origin=replace(wave.origin, notes=(*wave.origin.notes, *notes))) if notes else wave

    def promised_s(self) -> float | None:
        """Return how long all parts are by their headers, in seconds; None where one does not tell.

        Raises
        ------
        AudioError
            When it cannot be opened.
        """
        total_s = 0.0
        for part in self._parts:
            with ExitStack() as stack:
                promised_s = self._open(part, None, stack).promised_s
            if promised_s is None:
                return None
            total_s += promised_s
        return total_s

    def _heard(self, read: _Read) -> _Read:
        """Return this, or where its track is silent, another one that is not."""
        if read.tracks == 1 or not read.waveform.is_silent:
            return read
        for number in range(1, min(read.tracks, MAX_TRIED) + 1):
            if number == read.number:
                continue
            try:
                other = self._read(number)
            except AudioError:  # that one is no better
                continue
            if not other.waveform.is_silent:
                return other
        return self._read(read.number)  # what it is collected in has been written over

    def _read(self, number: int | None, channel: int | None = None) -> _Read:
        """Decode all parts, one behind the other."""
        if self._into is not None:
            self._into.seek(0)
            self._into.truncate()
        read: tuple[Mixdown, Track] | None = None
        notes: list[str] = []
        for part in self._parts:
            with ExitStack() as stack:
                try:
                    track = self._open(part, number, stack)
                except UndecodableAudio:
                    if read is None:
                        raise
                    notes.append(f"what follows after {read[0].duration_s:.1f} s cannot be decoded")
                    break
                if read is None:
                    read = self._mixdown(track, channel), track
                mixdown, first = read
                if (track.rate_hz, track.channels) != (first.rate_hz, first.channels):
                    notes.append(f"what follows after {mixdown.duration_s:.1f} s has another rate or other channels")
                    break
                notes += self._add(track, part, mixdown)
        assert read is not None  # there is a first part  # noqa: S101
        mixdown, first = read
        return _Read(self._finished(mixdown, first, notes), mixdown, first.number, first.tracks)

    def _mixdown(self, track: Track, channel: int | None) -> Mixdown:
        name = self._found.name
        return Mixdown(track.rate_hz, track.channels, self._rate_hz, self._limits, name, self._into, channel)

    def _open(self, part: BinaryIO, number: int | None, stack: ExitStack) -> Track:
        """Try the readers of this kind in turn; ``stack`` closes the track."""
        name, kind = self._found.name, self._kind
        check_promises(part, kind, name)
        reasons: list[str] = []
        missing = ""
        for reader in kind.readers:
            try:
                return stack.enter_context(self._reader(reader)(part, kind, number))
            except UnreadableError as error:
                reasons.append(str(error))
                if not kind.retry:
                    break
            except MissingCodec as error:
                missing = str(error)
        if not reasons:
            raise MissingCodec(f"{name} is {kind.name}, which {missing}")
        hint = f" (perhaps it {missing})" if missing else ""
        raise UndecodableAudio(f"{name} starts like {kind.name} but cannot be decoded: {'; '.join(reasons)}{hint}")

    def _reader(self, name: str) -> Reader:
        raw = self._reading.raw
        return partial(soundfile_reader.open_track, raw=raw) if raw else READERS[name]

    def _add(self, track: Track, part: BinaryIO, mixdown: Mixdown) -> list[str]:
        """Decode a part; return what is to be told of it."""
        check_length(track, mixdown)
        before_s = mixdown.duration_s
        for block in track.blocks:
            deadline.check()
            mixdown.add(block)
        if not mixdown.frames and track.faults:
            raise UndecodableAudio(f"{self._found.name} is damaged, no sample of it can be decoded: {track.faults[0]}")
        missing = self._missing_part(track, part, mixdown.duration_s - before_s)
        return [*track.notes, missing] if missing else track.notes

    def _missing_part(self, track: Track, part: BinaryIO, decoded_s: float) -> str:
        """Say in words what is missing from the sound; empty when it is all there."""
        promised_s = track.promised_s or decoded_s
        share = present_share(part, self._kind)
        if 0 < share < 1:
            promised_s = decoded_s / share
        if decoded_s < promised_s - max(PROMISE_SLACK_S, PROMISE_SLACK * promised_s):
            return f"the file ends early: decoded {decoded_s:.1f} of {promised_s:.1f} seconds"
        if track.faults:
            return f"the file is damaged, parts of it may be missing: {track.faults[0]}"
        return "the file has no end mark, it may end early" if lacks_end_mark(part, self._kind) else ""

    def _finished(self, mixdown: Mixdown, track: Track, notes: list[str]) -> Waveform:
        return finished(mixdown, self._kind.name, track.codec, track.channels, notes)


def channels_note(mixdown: Mixdown) -> tuple[str, int | None]:
    """Say what is to be told of the channels of what was mixed, and which one is to be taken alone, counted from 0."""
    channels = mixdown.channels
    if channels is None:
        return "", None
    if channels.cancel():
        number = channels.loudest
        return f"the channels cancel each other (opposite phase); channel {number + 1} alone was analysed", number
    if channels.differ():
        return "the two channels differ, perhaps two people; they were mixed, and the answer is for both", None
    return "", None


def check_length(track: Track, mixdown: Mixdown) -> None:
    """Refuse what is too long by its header before any of it is decoded.

    Raises
    ------
    AudioTooLong
    """
    promised_s, limits = track.promised_s or 0.0, mixdown.limits
    if promised_s > limits.max_duration_s:
        words = f"{mixdown.name} is {promised_s:.0f} s long by its header"
        raise AudioTooLong(f"{words}; at most {limits.max_duration_s:g} s are analysed")
    if promised_s * track.rate_hz * track.channels > limits.max_samples:
        raise mixdown.too_many()


def finished(mixdown: Mixdown, container: str, codec: str, channels: int, notes: list[str]) -> Waveform:
    """Return what was collected.

    Raises
    ------
    AudioTooShort
        When it is shorter than an analysis needs.
    EmptyAudio, UndecodableAudio
        As ``Mixdown.finish``.
    """
    samples = mixdown.finish()
    if mixdown.duration_s < mixdown.limits.min_duration_s:
        words = (
            f"{mixdown.name} holds {mixdown.duration_s:.3f} s of sound; at least {mixdown.limits.min_duration_s:g} s"
        )
        raise AudioTooShort(f"{words} are needed{f' ({notes[0]})' if notes else ''}")
    told = tuple(dict.fromkeys((*notes, *mixdown.notes)))
    return Waveform(samples, mixdown.target_rate_hz, Origin(container, codec, mixdown.rate_hz, channels, told))
