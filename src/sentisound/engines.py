"""The engines of words as an analysis uses them: opened when first needed, and what fails in one costs nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar

from sentisound import deadline
from sentisound.audio.waveform import Span, Waveform
from sentisound.engine_errors import EngineError, EngineFailed
from sentisound.errors import WorkError
from sentisound.interpretation import registry as interpreters
from sentisound.interpretation.interpreter import Interpreter
from sentisound.results import Analysis
from sentisound.settings import Settings
from sentisound.transcription import registry as transcribers
from sentisound.transcription.transcriber import Fetched, Transcriber
from sentisound.words import Interpretation, Missing, Part, Transcript

log = logging.getLogger(__name__)

T = TypeVar("T")


class _Stopped(BaseException):
    """Whoever follows the progress wants the analysis to end; no failure of an engine."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class Engines:
    """The transcriber and the interpreter that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def _transcriber(self) -> Transcriber:
        return transcribers.transcriber(self.settings)

    @cached_property
    def _interpreter(self) -> Interpreter:
        return interpreters.interpreter(self.settings)

    def prepare(self, fetched: Fetched) -> Missing | None:
        """Get ready what transcription needs, a download included; return why that cannot be had."""
        outcome = _attempt("transcript", lambda: self._transcriber.prepare(fetched))
        return outcome if isinstance(outcome, Missing) else None

    def transcript(
        self, waveform: Waveform, spans: Sequence[Span], language: str | None, progress: Callable[[float], None]
    ) -> Transcript | Missing:
        """Return what is said, or why that is not known; what ``progress`` raises is raised."""

        def told(share: float) -> None:
            try:
                deadline.check()
                progress(share)
            except BaseException as error:  # noqa: BLE001 - raised again outside of the engine
                raise _Stopped(error) from None

        spoken = language or self.settings.language
        try:
            return _attempt("transcript", lambda: self._transcriber.transcribe(waveform, spans, spoken, told))
        except _Stopped as stopped:
            raise stopped.error from None

    def interpretation(self, analysis: Analysis) -> Interpretation | Missing:
        """Return what an analysis may mean, or why that is not said."""
        return _attempt("interpretation", lambda: self._interpreter.interpret(analysis))


def _attempt(part: Part, work: Callable[[], T]) -> T | Missing:
    try:
        return work()
    except WorkError:  # nobody waits for it, or it takes too long: no failure of the engine's
        raise
    except EngineError as error:
        log.warning("no %s: %s", part, error)
        return Missing(part, error.code, str(error))
    except Exception as error:  # a fault in an engine must not cost the analysis
        log.exception("no %s", part)
        return Missing(part, EngineFailed.code, f"the engine failed ({type(error).__name__}); please report it")
