"""The feature cache: vectors by the content of the file they come from, one SQLite file for each version of each set.

A key is the SHA-256 of a file's bytes, so a renamed or copied clip is found and a changed one is not. What else the
values depend on names the store: the feature set with its version and parameters, and the version of the segmentation.
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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentisound.errors import SettingsError
from sentisound.features.sets import FeatureSet

Vector = NDArray[np.float32]

BUSY_S = 60.0
"""How long one process waits for another's write."""
_ASKED_AT_ONCE = 500  # SQLite takes 999 values in one question on old builds
_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, checksum INTEGER, vector BLOB) WITHOUT ROWID"


def content_key(path: Path) -> bytes:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def store_path(folder: Path, features: FeatureSet, parameters: Mapping[str, Any], segmentation: int) -> Path:
    """Return where the vectors of one version of a feature set are kept."""
    chosen = hashlib.sha256(json.dumps(dict(parameters), sort_keys=True).encode()).hexdigest()[:8]
    return folder / "features" / f"{features.name}-{features.version}-{chosen}-s{segmentation}.sqlite"


class FeatureStore:
    """Feature vectors of one set by key; safe with several processes.

    Raises
    ------
    SettingsError
        When the folder cannot be written, at any call.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """Return the vectors that are there and whole, by key."""
        wanted = sorted(set(keys))
        parts = [wanted[start : start + _ASKED_AT_ONCE] for start in range(0, len(wanted), _ASKED_AT_ONCE)]
        try:
            with self._open() as store:
                return {key: vector for part in parts for key, vector in self._found(store, part)}
        except sqlite3.DatabaseError as error:
            self._forget(error)
            return {}

    def write(self, vectors: Mapping[bytes, Vector]) -> None:
        """Keep vectors, all or none of them."""
        rows = [(key, zlib.crc32(data := _packed(vector)), data) for key, vector in vectors.items()]
        try:
            self._insert(rows)
        except sqlite3.DatabaseError as error:
            self._forget(error)
            self._insert(rows)

    def _found(self, store: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Vector]]:
        marks = ",".join("?" * len(keys))
        question = f"SELECT key, checksum, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 - marks only
        for key, checksum, data in store.execute(question, keys):
            if len(data) == 4 * self._size and zlib.crc32(data) == checksum:
                yield key, np.frombuffer(data, dtype="<f4").astype(np.float32)

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


def _packed(vector: Vector) -> bytes:
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()
