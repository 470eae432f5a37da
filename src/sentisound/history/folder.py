"""Files that belong to rows: uploads of jobs until they are done, and sounds of analyses where they are kept.

A file is called by the id of its row. It is written before the row and removed after it, so a process that is killed
in between leaves a file without a row, never a row without its file; ``sweep`` removes such files.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20
RESERVE_BYTES = 16_000_000
"""Room that files leave on the disk: a database that cannot write could not end the jobs whose files fill it."""
YOUNG_S = 60.0
"""A file younger than this may belong to a row that is just being written."""
PLACE_FILE = "place"
_ID = re.compile(r"[a-z]{2,5}_[0-9a-f]{12,40}")


class Folder:
    """A folder of files called by ids; nothing that a client sent is part of a path.

    Parameters
    ----------
    path
        Made, for its owner's eyes only, when the first file comes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self) -> str:
        """Return the identity of this folder, the same for every process that shares it.

        Raises
        ------
        OSError
            When it cannot be read or written.
        """
        mark = self.path / PLACE_FILE
        if not mark.exists():
            self._make()
            draft = self.path / f"{PLACE_FILE}.{secrets.token_hex(8)}"
            draft.write_text(secrets.token_hex(16))
            with suppress(FileExistsError):
                os.link(draft, mark)  # whole or not at all, and only the first of two
            draft.unlink()
        return mark.read_text()

    def keep(self, identity: str, file: BinaryIO) -> None:
        """Write a file from its start, to the disk and not only to the system's memory; it then stands at its start.

        Raises
        ------
        OSError
            When the disk is full or the folder cannot be written; nothing is left behind then.
        """
        self._make()
        self._check_room(file)
        draft = self.path / f"{identity}.draft"
        try:
            with draft.open("wb") as out:
                file.seek(0)
                shutil.copyfileobj(file, out, CHUNK_BYTES)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(self._of(identity))
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        file.seek(0)

    def try_to_keep(self, identity: str, file: BinaryIO) -> bool:
        """Write a file as ``keep`` does; a disk that is full or fails is told in the log."""
        try:
            self.keep(identity, file)
        except OSError as error:
            log.warning("%s is not kept: %s", identity, error)
            return False
        return True

    def open(self, identity: str) -> BinaryIO:
        """Open a file for reading.

        Raises
        ------
        FileNotFoundError
            When there is none.
        """
        return self._of(identity).open("rb")

    def has(self, identity: str) -> bool:
        """Return whether there is a file of that id."""
        return _ID.fullmatch(identity) is not None and self._of(identity).is_file()

    def remove(self, identity: str) -> None:
        """Remove a file; where there is none, or the disk fails, nothing happens: the sweep tries again."""
        with suppress(OSError):
            self._of(identity).unlink()

    def sweep(self, known: Callable[[Sequence[str]], set[str]], batch: int = 500) -> int:
        """Remove what belongs to no row any more; return how many files.

        Parameters
        ----------
        known
            Takes ids and returns those whose file is still needed.
        """
        old = [path for path in self._files() if _age_s(path) > YOUNG_S]
        removed = 0
        for start in range(0, len(old), batch):
            part = old[start : start + batch]
            needed = known([path.name for path in part])
            for path in part:
                if path.name not in needed:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _files(self) -> list[Path]:
        if not self.path.is_dir():
            return []
        return [path for path in self.path.iterdir() if _ID.fullmatch(path.stem)]

    def _check_room(self, file: BinaryIO) -> None:
        size = file.seek(0, os.SEEK_END)
        if shutil.disk_usage(self.path).free - size < RESERVE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _of(self, identity: str) -> Path:
        if not _ID.fullmatch(identity):
            raise FileNotFoundError(identity)
        return self.path / identity


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # it went meanwhile
        return 0.0
