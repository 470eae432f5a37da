"""The protocol of a transcriber, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sentisound.audio.waveform import Span, Waveform
from sentisound.words import Transcript

Progress = Callable[[float], None]
"""Takes the share of the work that is done, 0..1."""
Fetched = Callable[[int, int], None]
"""Takes how many bytes of how many are downloaded."""


class Transcriber(Protocol):
    """Writes down what is said; safe to share between threads."""

    def prepare(self, fetched: Fetched) -> None:
        """Get what the engine needs, from the network where it has to be; done at once where all is here.

        Raises
        ------
        EngineError
            When that cannot be had.
        """

    def transcribe(
        self, waveform: Waveform, spans: Sequence[Span], language: str | None, progress: Progress
    ) -> Transcript:
        """Write down what is said.

        Parameters
        ----------
        waveform : Waveform
        spans : sequence of Span
            The utterances; where there are none the transcript is empty.
        language : str or None
            ISO 639 code, with or without a region; None leaves it to the engine.
        progress : callable
            What it raises ends the work.

        Raises
        ------
        EngineError
            When there is no transcript.
        """


def primary(language: str) -> str:
    """Return the language of a tag without its region: ``en`` of ``en-GB``."""
    return language.partition("-")[0].lower()
