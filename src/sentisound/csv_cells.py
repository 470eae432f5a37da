"""CSV that people open in spreadsheets: a text that would run as a formula there is made plain text.

Every CSV that SentiSound writes is written here, and what it reads back is read here. A spreadsheet runs a cell whose
text begins with ``=``, ``+``, ``-`` or ``@``, after a blank too; with an East Asian locale it takes their full-width
forms for them; and a tab or a line end at the start may end the cell before (OWASP, "CSV injection"). An apostrophe
before it makes any of these text.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable

FORMULA_STARTS = frozenset("=+-@")
_CELL_BREAKS = frozenset("\t\r\n")

Cell = str | float | bool | None


def csv_text(rows: Iterable[Iterable[Cell]], *, line_end: str = "\r\n") -> str:
    """Return rows as CSV (RFC 4180); texts are guarded, numbers stay numbers."""
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


def guarded(cell: Cell) -> Cell:
    """Return a cell, with an apostrophe before it where it is a text that a spreadsheet would run."""
    return f"'{cell}" if isinstance(cell, str) and _runs(cell.lstrip("'")) else cell


def unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that ``guarded`` put before it."""
    return cell[1:] if cell.startswith("'") and _runs(cell.lstrip("'")) else cell


def _runs(text: str) -> bool:
    """Tell whether a spreadsheet may run a text: what comes first after blanks and invisible characters decides."""
    for character in text:
        if character in _CELL_BREAKS or unicodedata.normalize("NFKC", character)[0] in FORMULA_STARTS:
            return True
        if not (character.isspace() or unicodedata.category(character).startswith("C")):
            return False
    return False
