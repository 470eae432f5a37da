"""The exhibit: one analysis with the sound and the model that it is about; pictures and reports are drawn of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from sentisound.audio.waveform import Waveform
from sentisound.card import Card
from sentisound.errors import SoundNotKept
from sentisound.results import Analysis

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Exhibit:
    """All that a picture or a report shows."""

    analysis: Analysis
    waveform: Waveform | None
    """None where the sound is no longer at hand."""
    card: Card | None
    """None where the model is no longer at hand."""
    sha256: str | None = None
    """Hexadecimal digest of the file as it was sent; None where there was no file."""

    @property
    def sound(self) -> Waveform:
        """The sound.

        Raises
        ------
        SoundNotKept
            When it is no longer at hand.
        """
        if self.waveform is None:
            raise SoundNotKept(f"the sound of {self.analysis.id} is not kept, so its picture cannot be drawn any more")
        return self.waveform


def sha256_of(source: bytes | BinaryIO) -> str:
    """Return the SHA-256 of bytes, or of a binary file from its start; the file then stands at its start again."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    digest = hashlib.sha256()
    source.seek(0)
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
    source.seek(0)
    return digest.hexdigest()
