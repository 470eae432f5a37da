"""Transcribers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sentisound.engine_errors import EngineMissing
from sentisound.settings import Settings
from sentisound.transcription.remote import Remote
from sentisound.transcription.sphinx import Sphinx
from sentisound.transcription.transcriber import Transcriber
from sentisound.transcription.whisper import Whisper

TRANSCRIBERS: Mapping[str, Callable[[Settings], Transcriber]] = {
    "sphinx": Sphinx.of,
    "whisper": Whisper.of,
    "remote": Remote.of,
}
"""How each engine is made from the settings; a model is loaded when it is first needed."""


def transcriber(settings: Settings) -> Transcriber:
    """Return the transcriber that the settings name.

    Raises
    ------
    EngineMissing
        When it is off, not installed or not set up.
    """
    if settings.transcriber == "off":
        raise EngineMissing("transcription is switched off (SENTISOUND_TRANSCRIBER=off)")
    return TRANSCRIBERS[settings.transcriber](settings)
