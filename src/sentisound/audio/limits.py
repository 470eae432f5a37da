"""The limits that decoding keeps: how large, how long, how many channels; the service fills them from the settings."""

from __future__ import annotations

from dataclasses import dataclass

MIN_RATE_HZ, MAX_RATE_HZ = 2_000, 768_000
"""Sample rates outside this range belong to no recording of speech: the header is wrong."""

MAX_MEAN_SAMPLES_PER_S = 320_000
"""Samples of all channels that are decoded for each second of the longest sound: six channels at 48 kHz, and some."""
SHORTEST_CAP_S = 60.0


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

    @property
    def max_samples(self) -> int:
        """Most samples of all channels together: time and memory go with them, and not with the seconds alone."""
        return int(MAX_MEAN_SAMPLES_PER_S * max(SHORTEST_CAP_S, self.max_duration_s))


DEFAULT_LIMITS = Limits()
