"""The protocol of an interpreter."""

from __future__ import annotations

from typing import Protocol

from sentisound.results import Analysis
from sentisound.words import Interpretation


class Interpreter(Protocol):
    """Puts an analysis into sentences; safe to share between threads."""

    def interpret(self, analysis: Analysis) -> Interpretation:
        """Say what an analysis may mean.

        Raises
        ------
        EngineError
            When there is no interpretation.
        """
