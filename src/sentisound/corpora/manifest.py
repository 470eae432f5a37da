"""A manifest: one's own recordings as a corpus, told by a table (CSV) of their paths and labels.

The columns are ``path`` and ``label``, and where known ``speaker``, ``text``, ``sex`` and ``language``; paths are
relative to the table. What spreadsheets make of a table is taken: a byte-order mark, semicolons or tabs, UTF-16,
Windows-1252. A row that cannot be used is told with its number and left out; the others are used.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath

from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.corpora.folds import in_order
from sentisound.emotions import canonical
from sentisound.errors import BadManifest, BadUtteranceName, UnknownEmotion

SUFFIXES = frozenset({".csv", ".tsv"})
REQUIRED = ("path", "label")
OPTIONAL = ("speaker", "text", "sex", "language")

_DELIMITERS = ",;\t|"
_SEXES = {"": "", "f": "female", "female": "female", "w": "female", "m": "male", "male": "male"}
_LANGUAGE = re.compile(r"([a-z]{2,3})?")
_NO_SPEAKERS = "the table has no column speaker: all clips count as one speaker, and none can be held out"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table of one's own clips, read."""

    corpus: Corpus
    utterances: tuple[Utterance, ...]
    problems: tuple[str, ...]
    """The rows that were left out, each with its number and the reason."""
    notes: tuple[str, ...]
    """What the table as a whole lacks."""


class _BadRow(Exception):
    """A row that cannot be used; the message says why."""


def read_manifest(path: Path) -> Manifest:
    """Read a table of clips.

    Raises
    ------
    BadManifest
        When there is no such file, or it is no table with the columns ``path`` and ``label``.
    """
    lines = _text(path)
    rows = csv.DictReader(io.StringIO(lines, newline=""), delimiter=_delimiter(path, lines))
    columns = _columns(path, rows)
    found: dict[str, Utterance] = {}
    problems = []
    for number, row in _numbered(path, rows):
        try:
            utterance = _utterance(path, {columns[key]: value for key, value in row.items() if key in columns})
        except _BadRow as error:
            problems.append(f"row {number}: {error}")
            continue
        if utterance.name in found:
            problems.append(f"row {number}: {utterance.name!r} is in the table already")
        found.setdefault(utterance.name, utterance)
    notes = () if "speaker" in columns.values() else (_NO_SPEAKERS,)
    clips = tuple(found.values())
    return Manifest(_corpus(path, clips, problems), clips, tuple(problems), notes)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadManifest(f"{str(path)!r} cannot be read: {error.strerror or type(error).__name__}") from None
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadManifest(f"{path.name} is not text in any encoding that tables have")


def _delimiter(path: Path, lines: str) -> str:
    """Return the delimiter under which the first line has the columns that are required."""
    header = lines.partition("\n")[0]
    for delimiter in _DELIMITERS:
        names = {name.strip().strip('"').lower() for name in header.split(delimiter)}
        if names.issuperset(REQUIRED):
            return delimiter
    raise BadManifest(f"{path.name} needs a first line with the columns path and label; it starts {header[:80]!r}")


def _columns(path: Path, rows: csv.DictReader[str]) -> Mapping[str, str]:
    """Return the table's own column names by ours."""
    try:
        header = rows.fieldnames or ()
    except csv.Error as error:
        raise BadManifest(f"{path.name} cannot be read: {error}") from None
    columns = {name: name.strip().lower() for name in header if name}
    known = {own: ours for own, ours in columns.items() if ours in (*REQUIRED, *OPTIONAL)}
    if len(set(known.values())) < len(known):
        raise BadManifest(f"{path.name} has a column twice: {', '.join(known)}")
    return known


def _numbered(path: Path, rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str | None]]]:
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise BadManifest(f"{path.name} cannot be read from line {rows.line_num} on: {error}") from None


def _utterance(table: Path, row: Mapping[str, str | None]) -> Utterance:
    cells = {column: (row.get(column) or "").strip() for column in (*REQUIRED, *OPTIONAL)}
    if not cells["path"]:
        raise _BadRow("it names no path")
    if "\0" in cells["path"]:
        raise _BadRow("its path holds a NUL character")
    try:
        label = canonical(cells["label"])
    except UnknownEmotion as error:
        raise _BadRow(str(error)) from None
    if cells["sex"].lower() not in _SEXES:
        raise _BadRow(f"sex is {cells['sex']!r}; it is female, male or empty")
    if not _LANGUAGE.fullmatch(cells["language"].lower()):
        raise _BadRow(f"language is {cells['language']!r}; it is an ISO 639 code such as en, or empty")
    relative = PurePath(cells["path"].replace("\\", "/"))
    return Utterance(
        path=_existing(table.parent / relative),
        corpus=table.stem,
        speaker=cells["speaker"],
        label=label,
        text=cells["text"],
        sex=_SEXES[cells["sex"].lower()],
        language=cells["language"].lower(),
        name=relative.with_suffix("").as_posix(),
    )


def _existing(path: Path) -> Path:
    try:
        there = path.is_file()
    except OSError as error:
        raise _BadRow(f"its path cannot be used: {error.strerror}") from None
    if not there:
        raise _BadRow(f"there is no file {str(path)!r}")
    return path


def _corpus(table: Path, clips: Sequence[Utterance], problems: Sequence[str]) -> Corpus:
    by_path: dict[PurePath, Utterance] = {clip.path: clip for clip in clips}
    return Corpus(
        name=table.stem,
        title=table.name,  # with its suffix: no table is taken for the corpus whose name it bears
        languages=tuple(sorted({clip.language for clip in clips} - {""})),
        licence="not stated",
        citation="",
        url="",
        layout=f"the table {table.name}",
        labels=in_order({clip.label for clip in clips}),
        expected_clips=len(clips),
        expected_speakers=len({clip.speaker for clip in clips}),
        parse=partial(_looked_up, by_path, table.name),
        files=lambda _: sorted(clip.path for clip in clips),
        problems=tuple(problems),
    )


def _looked_up(by_path: Mapping[PurePath, Utterance], table: str, path: PurePath) -> Utterance:
    if path not in by_path:
        raise BadUtteranceName(f"{path.name!r} is not in {table}")
    return by_path[path]
