"""From a selection to SQL, and from rows to entries and back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal, select, tuple_

from sentisound.history.cursors import Mark
from sentisound.history.entry import Entry, Selection, from_us, storable, to_us
from sentisound.history.tables import analyses, documents

_PLAIN = (
    "id",
    "owner",
    "file",
    "sha256",
    "model",
    "duration_s",
    "emotion",
    "confidence",
    "abstained",
    "top_3",
    "speaker",
)
"""Columns whose name and value are the entry's own."""


def search_key(text: str) -> str:
    """Return a text as it is searched for: one form for each letter (macOS names decompose theirs), and no case."""
    return unicodedata.normalize("NFKC", storable(text)).casefold()


def conditions(selection: Selection) -> Iterator[ColumnElement[bool]]:
    """Yield what a row of ``analyses`` has to fulfil."""
    for column, value in (
        (analyses.c.emotion, selection.emotion),
        (analyses.c.model, selection.model),
        (analyses.c.owner, selection.owner),
        (analyses.c.speaker, selection.speaker),
    ):
        if value is not None:
            yield column == storable(value)
    if selection.since is not None:
        yield analyses.c.created_us >= to_us(selection.since)
    if selection.until is not None:
        yield analyses.c.created_us < to_us(selection.until)
    if selection.text:
        yield analyses.c.file_key.contains(search_key(selection.text), autoescape=True)


def newest_first(selection: Selection, below: Mark | None, limit: int, *, whole: bool) -> Select[Any]:
    """Return the query of a page; ``whole`` for one with the documents."""
    query = select(analyses, documents.c.document) if whole else select(analyses, literal("").label("document"))
    if whole:
        query = query.outerjoin(documents, documents.c.id == analyses.c.id)
    query = query.where(*conditions(selection))
    if below is not None:
        query = query.where(tuple_(analyses.c.created_us, analyses.c.id) < tuple_(*below))
    return query.order_by(analyses.c.created_us.desc(), analyses.c.id.desc()).limit(limit)


def entry(row: Row[Any]) -> Entry:
    """Return the entry of a row of ``newest_first``."""
    return Entry(
        created=from_us(row.created_us),
        document=row.document or "",
        **{name: getattr(row, name) for name in _PLAIN},
    )


def values(kept: Entry) -> dict[str, Any]:
    """Return the row of ``analyses`` for an entry."""
    plain = {name: getattr(kept, name) for name in _PLAIN}
    texts = {name: storable(value) for name, value in plain.items() if isinstance(value, str)}
    return {**plain, **texts, "created_us": to_us(kept.created), "file_key": search_key(kept.file)}
