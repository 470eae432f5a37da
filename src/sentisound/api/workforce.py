"""The workforce: processes that decode, recognise and draw for the server; light, so as to start before the rest."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

from sentisound.errors import SettingsError
from sentisound.settings import Settings
from sentisound.workers import Processes

WORK = (
    "sentisound.recognition.recognizer",
    "sentisound.audio.preparation_apart",
    "av",
    "sentisound.features.sets",
    "sentisound.insight.charts",
    "sentisound.api.warm",
)
"""Modules of what they do; the last one after all the others."""


def workforce(settings: Settings) -> AbstractContextManager[Processes | None]:
    """Return the processes, which run while the block does; None where the server's own threads do their work.

    Raises
    ------
    SettingsError
        When this machine has none.
    """
    count = (os.cpu_count() or 1) if settings.workers is None else settings.workers
    try:
        return Processes(count, WORK) if count else nullcontext()
    except (ImportError, OSError) as error:  # no semaphores: /dev/shm is not there
        raise SettingsError(f"SENTISOUND_WORKERS: no processes can be started here ({error}); set it to 0") from None
