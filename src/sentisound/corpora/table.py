"""A table of clips taken apart: which columns it has, and its rows.

What spreadsheets and scripts make of a table is taken: commas, semicolons, tabs or bars between cells, Excel's line
``sep=;``, empty lines, columns that nobody asked for, an index that pandas added, and the names that audformat and
others have for the columns (``file``, ``emotion``, ``gender``).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sentisound.errors import BadManifest

REQUIRED = ("path", "label")
OPTIONAL = ("speaker", "text", "sex", "language", "start", "end", "duration")
OURS = frozenset((*REQUIRED, *OPTIONAL))
ALIASES: Mapping[str, str] = {
    "file": "path",
    "filename": "path",
    "emotion": "label",
    "gender": "sex",
    "start_s": "start",
    "start_time": "start",
    "begin": "start",
    "onset": "start",
    "end_s": "end",
    "end_time": "end",
    "stop": "end",
}
"""Other names of columns; one that bears our own name goes before them."""

_DELIMITERS = ",;\t|"
_BEFORE = re.compile(r"(?:[ \t]*\r?\n)*(?:sep=.[^\n]*\n)?(?:[ \t]*\r?\n)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of clips."""

    columns: tuple[str, ...]
    """Those that are used, by our names."""
    ignored: tuple[str, ...]
    """Those that are not, by their own."""
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    """The number of a row's last line in the file, and its cells by our names of the columns."""
    crowded: frozenset[int]
    """Numbers of the rows that have more cells than there are columns."""


def read_table(name: str, text: str) -> Table:
    """Take the text of a table apart; ``name`` is what messages call it.

    Raises
    ------
    BadManifest
        When it has not the columns that are required, one of them twice, or is no CSV.
    """
    before = _BEFORE.match(text)
    body = text[before.end() :] if before else text
    skipped = text[: len(text) - len(body)].count("\n")
    lines = _lines(name, body, _delimiter(name, body), skipped)
    _, header = next(lines)
    columns, ignored = _columns(name, header)
    rows, crowded = [], set()
    for number, row in lines:
        if any(cell.strip() for cell in row):
            rows.append((number, {columns[i]: cell for i, cell in enumerate(row) if i in columns}))
        if any(cell.strip() for cell in row[len(header) :]):
            crowded.add(number)
    return Table(tuple(columns.values()), ignored, tuple(rows), frozenset(crowded))


def _lines(name: str, body: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows, the header first, with the number of their last line."""
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num + skipped, row
    except csv.Error as error:
        raise BadManifest(f"{name} cannot be read from line {reader.line_num + skipped} on: {error}") from None


def _delimiter(name: str, body: str) -> str:
    """Return the delimiter under which the first line has the columns that are required."""
    header = re.split(r"[\r\n]", body, maxsplit=1)[0]
    for delimiter in _DELIMITERS:
        if {ALIASES.get(own, own) for own in map(_plain, header.split(delimiter))}.issuperset(REQUIRED):
            return delimiter
    raise BadManifest(
        f"{name} needs a first line with the columns path and label (or file and emotion); it starts {header[:80]!r}"
    )


def _columns(name: str, header: Sequence[str]) -> tuple[dict[int, str], tuple[str, ...]]:
    """Return our names of the columns by their place, and the names of those that are not used."""
    given = [_plain(own) for own in header]
    exact = OURS.intersection(given)
    ours = {i: own if own in OURS else ALIASES.get(own, "") for i, own in enumerate(given)}
    taken = {i: column for i, column in ours.items() if column and (given[i] == column or column not in exact)}
    twice = sorted(column for column, times in Counter(taken.values()).items() if times > 1)
    if twice:
        raise BadManifest(f"{name} has a column twice: {', '.join(twice)}; it needs each once")
    return taken, tuple(own.strip() for i, own in enumerate(header) if i not in taken and own.strip())


def _plain(name: str) -> str:
    return name.strip().strip("\"'").strip().lower()
