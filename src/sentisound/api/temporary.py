"""The folder for temporary files, where uploads above 1 MB wait: the system's, or one in the data folder."""

from __future__ import annotations

import logging
import os
import tempfile

from sentisound.history.place import beside
from sentisound.settings import Settings

log = logging.getLogger(__name__)

FOLDER = "temporary"


def choose_folder(settings: Settings) -> str | None:
    """Make sure that the process and those that it starts have a folder for temporary files, and return it.

    Where the system has none that can be written to (a read-only root without ``/tmp``), one in the data folder is
    taken; where that is not possible either, None: then uploads above 1 MB are refused with 507.
    """
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        pass
    folder = beside(settings, FOLDER)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        log.warning("there is no folder for temporary files, so uploads above 1 MB are refused: %s", error)
        return None
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    return str(folder)
