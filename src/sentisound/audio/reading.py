"""How a sound is to be read where its content does not tell: which of several tracks, what samples without a header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sentisound.audio.limits import MAX_RATE_HZ, MIN_RATE_HZ
from sentisound.errors import SettingsError

ENCODINGS: Mapping[str, tuple[str, str]] = {
    "s8": ("PCM_S8", "FILE"),
    "u8": ("PCM_U8", "FILE"),
    "s16le": ("PCM_16", "LITTLE"),
    "s16be": ("PCM_16", "BIG"),
    "s24le": ("PCM_24", "LITTLE"),
    "s24be": ("PCM_24", "BIG"),
    "s32le": ("PCM_32", "LITTLE"),
    "s32be": ("PCM_32", "BIG"),
    "f32le": ("FLOAT", "LITTLE"),
    "f32be": ("FLOAT", "BIG"),
    "f64le": ("DOUBLE", "LITTLE"),
    "f64be": ("DOUBLE", "BIG"),
    "mulaw": ("ULAW", "FILE"),
    "alaw": ("ALAW", "FILE"),
    "gsm": ("GSM610", "FILE"),
    "vox": ("VOX_ADPCM", "FILE"),
}
"""Encodings by the names that ffmpeg and sox use, and what libsndfile calls them: subtype and byte order."""
MAX_CHANNELS = 64


@dataclass(frozen=True, slots=True)
class RawFormat:
    """What headerless samples are."""

    rate_hz: int
    encoding: str
    """One of ``ENCODINGS``."""
    channels: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``RATE,ENCODING,CHANNELS``, such as ``8000,mulaw,1``; one channel where it is not said.

        Raises
        ------
        SettingsError
            When it is none.
        """
        rate, _, rest = text.partition(",")
        encoding, _, channels = rest.partition(",")
        encoding = encoding.strip().lower()
        try:
            found = cls(int(rate), encoding, int(channels or 1))
        except ValueError:
            raise SettingsError(f"{text!r} is no raw format; write RATE,ENCODING,CHANNELS: 8000,mulaw,1") from None
        if not MIN_RATE_HZ <= found.rate_hz <= MAX_RATE_HZ or not 1 <= found.channels <= MAX_CHANNELS:
            raise SettingsError(
                f"{text!r} is no raw format: rates go from {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, channels from 1 to "
                f"{MAX_CHANNELS}"
            )
        if encoding not in ENCODINGS:
            raise SettingsError(f"{encoding!r} is no encoding of raw samples; there are {', '.join(ENCODINGS)}")
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody says of a sound."""

    track: int | None = None
    """Which audio track, counted from 1; where not given, the first that can be decoded and is not silent."""
    raw: RawFormat | None = None
    """What its samples are, where it has no header."""

    @classmethod
    def of(cls, track: int | None = None, raw: str | None = None) -> Self:
        """Return what options say; ``raw`` is RATE,ENCODING,CHANNELS. Raises ``SettingsError``."""
        return cls(track, RawFormat.parse(raw) if raw else None)

    def __post_init__(self) -> None:
        if self.track is not None and self.track < 1:
            raise SettingsError(f"there is no audio track {self.track}; the first one is number 1")


PLAIN = Reading()
"""Its content tells all."""
