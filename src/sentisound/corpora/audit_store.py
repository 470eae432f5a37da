"""The cache of fingerprints: one SQLite file in the user's cache folder, by the content of the clip's file.

It only saves time. A store that is damaged, locked or cannot be written is passed over, and the clips are decoded.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from sentisound.corpora.fingerprint import VERSION, Fingerprint

_TABLE = "CREATE TABLE IF NOT EXISTS prints (key TEXT PRIMARY KEY, content TEXT, arrays BLOB) WITHOUT ROWID"
_BUSY_S = 10.0
_FIELDS = ("frames", "words", "sure", "weak")


def read_prints(folder: Path, keys: Iterable[str]) -> dict[str, Fingerprint]:
    """Return the fingerprints that are kept for these keys (SHA-256 of files)."""
    wanted = set(keys)
    with suppress(OSError, sqlite3.Error, ValueError, EOFError), closing(_open(folder)) as store:
        rows = store.execute("SELECT key, content, arrays FROM prints").fetchall()
        return {key: _unpacked(content, arrays) for key, content, arrays in rows if key in wanted}
    return {}


def write_prints(folder: Path, prints: Mapping[str, Fingerprint]) -> None:
    """Keep fingerprints by key."""
    rows = [(key, one.content, _packed(one)) for key, one in prints.items()]
    with suppress(OSError, sqlite3.Error), closing(_open(folder)) as store, store:
        store.executemany("INSERT OR REPLACE INTO prints VALUES (?, ?, ?)", rows)


def _open(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True)
    store = sqlite3.connect(folder / f"fingerprints-{VERSION}.sqlite", timeout=_BUSY_S)
    store.execute(_TABLE)
    return store


def _packed(one: Fingerprint) -> bytes:
    """Return the arrays one after the other in numpy's own format, which holds no code."""
    buffer = io.BytesIO()
    for field in _FIELDS:
        np.save(buffer, getattr(one, field), allow_pickle=False)
    return buffer.getvalue()


def _unpacked(content: str, arrays: bytes) -> Fingerprint:
    buffer = io.BytesIO(arrays)
    return Fingerprint(content, *(np.load(buffer, allow_pickle=False) for _ in _FIELDS))
