"""The limits that decoding keeps: how large, how long, how many channels; the service fills them from the settings."""

from __future__ import annotations

from dataclasses import dataclass

MIN_RATE_HZ, MAX_RATE_HZ = 2_000, 768_000
"""Sample rates outside this range belong to no recording of speech: the header is wrong."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What decoding accepts; anything beyond is refused before it costs memory."""

    max_bytes: int = 2_000_000_000
    """Largest input, in bytes as given (not decoded)."""
    max_duration_s: float = 3600.0
    """Longest sound once decoded, in seconds; counted while decoding, whatever the header says."""
    min_duration_s: float = 0.1
    """Shortest sound that one analysis can use, in seconds."""
    max_channels: int = 64


DEFAULT_LIMITS = Limits()
