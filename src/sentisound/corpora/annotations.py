"""The tables that come with a corpus and say what its files do not: labels, speakers, published parts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from sentisound.errors import CorpusNotFound


def find_table(root: Path, *names: str) -> Path | None:
    """Return the table below a folder that bears one of some names, the first name and the upmost folder first."""
    for name in names:
        found = sorted((path for path in root.rglob(name) if path.is_file()), key=lambda path: (len(path.parts), path))
        if found:
            return found[0]
    return None


def rows_of(path: Path, *columns: str) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table with a header; a cell that is not there is empty.

    Bytes that are no UTF-8 are replaced: published tables have stray ones in what people said.

    Raises
    ------
    CorpusNotFound
        When the table cannot be read, or lacks one of the columns.
    """
    reader = csv.DictReader(io.StringIO(text_of(path), newline=""))
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        rows = [{name: (row[name] or "").strip() for name in row if name is not None} for row in reader]
    except csv.Error as error:
        raise CorpusNotFound(f"{str(path)!r} is damaged: {error}") from None
    if missing:
        raise CorpusNotFound(f"{str(path)!r} has no column {' and no '.join(missing)}")
    yield from rows


def text_of(path: Path) -> str:
    """Return a text that comes with a corpus.

    Raises
    ------
    CorpusNotFound
        When it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise CorpusNotFound(f"{str(path)!r} cannot be read: {error.strerror or type(error).__name__}") from None
