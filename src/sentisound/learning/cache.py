"""The feature cache: arrays by the content of the file they come from, one SQLite file for each version of each set.

A key is the SHA-256 of a file's bytes, so a renamed or copied clip is found and a changed one is not. What else the
values depend on names the store: the feature set with its version and parameters, the version of the segmentation, and
for augmented copies what they went through. Frames are of any length, and kept in half precision: of log-mel bands they
are the bulk, and a hundredth of a decibel is beyond what a network hears.

SQLite makes writes whole and lets processes share a store; each row has a checksum, and a row or a store that is
damaged is forgotten and computed again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentisound.errors import SettingsError
from sentisound.features.sets import FeatureSet

Array = NDArray[np.float32] | NDArray[np.float16]
"""A vector, shape (size,), float32; or frames, shape (frames, size), float16."""

BUSY_S = 60.0
"""How long one process waits for another's write."""
_ASKED_AT_ONCE = 500  # SQLite takes 999 values in one question on old builds
_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, checksum INTEGER, vector BLOB) WITHOUT ROWID"


def store_path(
    folder: Path, features: FeatureSet, parameters: Mapping[str, Any], segmentation: int, chain: str = ""
) -> Path:
    """Return where the arrays of one version of a feature set are kept; ``chain`` says what copies went through."""
    chosen = _short(json.dumps(dict(parameters), sort_keys=True)) + (f"-c{_short(chain)}" if chain else "")
    return folder / "features" / f"{features.name}-{features.version}-{chosen}-s{segmentation}.sqlite"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Form:
    """How an array lies in its row."""

    size: int
    """Values of a vector, or columns of frames."""
    frames: bool = False

    @classmethod
    def of(cls, features: FeatureSet) -> Form:
        """Return the form of a set's values."""
        return cls(features.size, features.kind == "frames")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of a value."""
        return np.dtype("<f2" if self.frames else "<f4")

    def kept(self, values: Array) -> Array:
        """Return values as a store gives them back, so that what was computed and what was found are the same."""
        limits = np.finfo(self.dtype)
        return np.clip(values, limits.min, limits.max).astype(self.dtype)

    def fits(self, data: bytes) -> bool:
        """Return whether bytes can be an array of this form."""
        row = self.dtype.itemsize * self.size
        return len(data) % row == 0 and (self.frames or len(data) == row)

    def unpacked(self, data: bytes) -> Array:
        """Return the array of the bytes, writable."""
        values = np.frombuffer(data, dtype=self.dtype).copy()
        return values.reshape(-1, self.size) if self.frames else values


class FeatureStore:
    """Arrays of one set by key; safe with several processes.

    Raises
    ------
    SettingsError
        When the folder cannot be written, at any call.
    """

    def __init__(self, path: Path, form: Form) -> None:
        self._path = path
        self._form = form

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Array]:
        """Return the arrays that are there and whole, by key."""
        wanted = sorted(set(keys))
        parts = [wanted[start : start + _ASKED_AT_ONCE] for start in range(0, len(wanted), _ASKED_AT_ONCE)]
        try:
            with self._open() as store:
                return {key: values for part in parts for key, values in self._found(store, part)}
        except sqlite3.DatabaseError as error:
            self._forget(error)
            return {}

    def write(self, arrays: Mapping[bytes, Array]) -> None:
        """Keep arrays, all or none of them."""
        rows = [(key, zlib.crc32(data := self._form.kept(values).tobytes()), data) for key, values in arrays.items()]
        try:
            self._insert(rows)
        except sqlite3.DatabaseError as error:
            self._forget(error)
            self._insert(rows)

    def _found(self, store: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Array]]:
        marks = ",".join("?" * len(keys))
        question = f"SELECT key, checksum, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 - marks only
        for key, checksum, data in store.execute(question, keys):
            if self._form.fits(data) and zlib.crc32(data) == checksum:
                yield key, self._form.unpacked(data)

    def _insert(self, rows: Sequence[tuple[bytes, int, bytes]]) -> None:
        with self._open() as store:
            store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=BUSY_S)
        except (OSError, sqlite3.OperationalError) as error:
            raise SettingsError(f"SENTISOUND_CACHE_DIR: {str(self._path.parent)!r} cannot be used: {error}") from None
        with closing(connection), connection:
            connection.execute(_TABLE)
            yield connection

    def _forget(self, error: sqlite3.DatabaseError) -> None:
        """Throw a damaged store away; an operational error (locked, read-only) is no damage."""
        if isinstance(error, sqlite3.OperationalError):
            raise SettingsError(f"SENTISOUND_CACHE_DIR: {str(self._path)!r} cannot be used: {error}") from None
        self._path.unlink(missing_ok=True)
