"""Why an engine of transcription or interpretation gave nothing: a branch of the tree in ``errors``."""

from __future__ import annotations

from sentisound.errors import SentiSoundError


class EngineError(SentiSoundError):
    """An engine of transcription or interpretation gave nothing; the analysis stands without it."""

    code = "engine"
    status = 503
    title = "An engine gave nothing"


class EngineMissing(EngineError, ImportError):
    """The engine is not installed, not set up, or switched off."""

    code = "engine_missing"
    title = "The engine is not there"


class EngineUnavailable(EngineError, ConnectionError):
    """The engine cannot be reached, is too slow, or has too much to do."""

    code = "engine_unavailable"
    title = "The engine cannot be reached at the moment"


class EngineRefused(EngineError, PermissionError):
    """The engine is there and does not do what was asked."""

    code = "engine_refused"
    title = "The engine refused"

    def __init__(self, message: str, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status
        """What it answered, where it speaks HTTP."""


class LanguageUnsupported(EngineError, ValueError):
    """The engine does not know the language that was asked for."""

    code = "language_unsupported"
    title = "The engine does not know this language"


class EngineAnswerInvalid(EngineError, ValueError):
    """The engine answered, and its answer is not of the form that can be trusted."""

    code = "engine_answer_invalid"
    title = "The engine's answer cannot be used"


class EngineFailed(EngineError, RuntimeError):
    """The engine broke down at its work."""

    code = "engine_failed"
    title = "The engine broke down"
