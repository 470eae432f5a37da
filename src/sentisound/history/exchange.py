"""The original systems' CSV: ``timestamp, filename, predicted_emotion, confidence, top_3_probabilities``.

Timestamps are local and to the second, as theirs; one with an offset is understood too. Everything is read and written
row by row, so a history of any length passes through.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sentisound.csv_cells import csv_text, unguarded
from sentisound.emotions import canonical
from sentisound.errors import BadHistoryFile, UnknownEmotion
from sentisound.history.entry import EPOCH, Entry, to_us, utc
from sentisound.history.store import BATCH, History
from sentisound.results import analysis_id

COLUMNS = ("timestamp", "filename", "predicted_emotion", "confidence", "top_3_probabilities")
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Later times are not shown everywhere: in some zones they are in the year 10000."""
TIMESTAMP = "%Y-%m-%d %H:%M:%S"
_UNDECODED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A row that is not imported."""

    line: int
    """Its last line in the file, from 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class Import:
    """What an import did."""

    added: int
    known: int
    """Rows that an import of the same file has added before."""
    broken: tuple[BrokenLine, ...]


def columns(entry: Entry) -> dict[str, str | float]:
    """Return an entry in the original systems' columns."""
    when = f"{entry.created.astimezone():{TIMESTAMP}}"
    return dict(zip(COLUMNS, (when, entry.file, entry.emotion, entry.confidence, entry.top_3), strict=True))


def csv_pages(pages: Iterable[Iterable[Entry]]) -> Iterator[str]:
    """Yield a CSV text with its header, a piece for each batch of entries."""
    header = csv_text([COLUMNS])
    for page in pages:
        yield header + csv_text(columns(entry).values() for entry in page)
        header = ""
    if header:
        yield header


def import_csv(history: History, lines: Iterable[str], *, owner: str = "") -> Import:
    """Add the rows of a CSV to a history; a broken one is reported and the rest imported.

    A row's id is made of what it says and how often the file has said it: the same file imported again adds nothing,
    and an import that was cut short is finished by a second one.

    Parameters
    ----------
    history : History
    lines : iterable of str
        As an open text file gives them (``newline=""``); bytes that are no UTF-8 as ``surrogateescape`` leaves them.
    owner : str, optional
        Whose the analyses are.

    Raises
    ------
    BadHistoryFile
        When the header lacks a column.
    HistoryUnavailable
        When the database fails; what came before is imported.
    """
    added = total = 0
    broken: list[BrokenLine] = []
    batch: list[Entry] = []
    for found in _read(lines, owner):
        if isinstance(found, BrokenLine):
            broken.append(found)
            continue
        total += 1
        batch.append(found)
        if len(batch) == BATCH:
            added += history.add_entries(batch)
            batch.clear()
    added += history.add_entries(batch)
    return Import(added, total - added, tuple(broken))


def _read(lines: Iterable[str], owner: str) -> Iterator[Entry | BrokenLine]:
    rows = csv.reader(lines)
    places = _places(rows)
    seen: Counter[str] = Counter()
    while True:
        try:
            cells = next(rows)
            if cells:
                yield _entry(_named(cells, places), owner, seen)
        except StopIteration:
            return
        except (csv.Error, ValueError, LookupError) as error:
            yield BrokenLine(rows.line_num, str(error))


def _places(rows: Iterator[list[str]]) -> dict[str, int]:
    try:
        header = [name.strip().lower() for name in next(rows, [])]
    except csv.Error as error:
        raise BadHistoryFile(f"its first line cannot be read ({error})") from None
    if header:
        header[0] = header[0].removeprefix("\ufeff")  # a byte order mark, as spreadsheets write it
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise BadHistoryFile(f"its first line lacks {', '.join(missing)}; it has to name {', '.join(COLUMNS)}")
    return {name: header.index(name) for name in COLUMNS}


def _named(cells: list[str], places: Mapping[str, int]) -> dict[str, str]:
    if len(cells) <= max(places.values()):
        raise ValueError(f"it has {len(cells)} cells where {max(places.values()) + 1} are needed")
    named = {name: unguarded(cells[place]) for name, place in places.items()}
    if any(_UNDECODED.search(cell) for cell in named.values()):
        raise ValueError("it is not UTF-8")
    return named


def _entry(cells: dict[str, str], owner: str, seen: Counter[str]) -> Entry:
    created = _moment(cells["timestamp"])
    emotion, confidence = _emotion(cells["predicted_emotion"]), _probability(cells["confidence"], "confidence")
    scores = _scores(cells["top_3_probabilities"])
    said = json.dumps([owner, *cells.values()])
    seen[said] += 1
    tail = hashlib.sha256(f"{said}{seen[said]}".encode()).hexdigest()[:16]
    identity = analysis_id(to_us(created) // 1000, tail)
    document = _document(identity, created, cells["filename"], emotion, confidence, scores)
    return Entry(
        id=identity,
        created=created,
        owner=owner,
        file=cells["filename"],
        sha256=None,
        model="",
        duration_s=None,
        emotion=emotion,
        confidence=confidence,
        abstained=False,
        top_3=cells["top_3_probabilities"],
        document=json.dumps(document, separators=(",", ":")),
    )


def _document(
    identity: str, created: datetime, file: str, emotion: str, confidence: float, scores: dict[str, float]
) -> dict[str, object]:
    """Return the form of ``Analysis.to_dict()``, null where a CSV row says nothing."""
    unknown = ("duration", "reason", "valence", "arousal", "dimensions", "quality", "transcript", "interpretation")
    return {
        "id": identity,
        "created": f"{datetime.fromtimestamp(to_us(created) // 1_000_000, EPOCH.tzinfo):%Y-%m-%dT%H:%M:%SZ}",
        "model": None,
        "file": file,
        "emotion": emotion,
        "confidence": confidence,
        "abstained": False,
        "scores": scores,
        "segments": [],
        "missing": [],
        "timings": {},
        **dict.fromkeys(unknown),
    }


def _moment(text: str) -> datetime:
    try:
        moment = utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise ValueError(f"timestamp {text!r} is not of the form 2024-01-15 14:30:25") from None
    if not EPOCH <= moment < LATEST:
        raise ValueError(f"timestamp {text!r} is before 1970 or after 9998")
    return moment


def _emotion(label: str) -> str:
    try:
        return canonical(label)
    except UnknownEmotion as error:
        raise ValueError(str(error)) from None


def _probability(text: object, name: str) -> float:
    try:
        value = float(str(text))
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a number") from None
    if not 0 <= value <= 1:
        raise ValueError(f"{name} {text!r} is not within 0 and 1")
    return value


def _scores(text: str) -> dict[str, float]:
    try:
        said = json.loads(text)
        scores = {_emotion(label): _probability(value, label) for label, value in said.items()}
    except (json.JSONDecodeError, RecursionError, AttributeError):
        raise ValueError(f"top_3_probabilities {text[:80]!r} is not a JSON object") from None
    return scores
