"""A manifest: one's own recordings as a corpus, told by a table (CSV) of their paths and labels.

The columns are ``path`` and ``label``, and where known ``speaker``, ``text``, ``sex`` and ``language``; ``start`` and
``end`` make a row a stretch of a long sound. Paths are relative to the table. A row that cannot be used is told with
its number and left out; the others are used. What is wrong in an optional column costs no clip, and is told once.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePath

from sentisound.audio.decode import promised_s
from sentisound.audio.limits import DEFAULT_LIMITS
from sentisound.audio.waveform import Span
from sentisound.corpora import cells
from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.corpora.file_names import FileNames
from sentisound.corpora.folds import in_order
from sentisound.corpora.label_map import EXAMPLE, UNUSED, LabelMap
from sentisound.corpora.table import Table, read_table
from sentisound.corpora.table_text import Decoded, decoded_as, decodings, read_bytes
from sentisound.errors import BadManifest, BadUtteranceName, UnknownEmotion

SUFFIXES = frozenset({".csv", ".tsv"})
SHOWN = 8
"""Values of a kind that a note names."""
LOOKED_AT = 200
"""Names beyond ASCII that are looked for under each encoding that a table may have."""
END_SLACK_S = 0.1
"""So far behind the sound's end a stretch may end: times are rounded."""

_NO_SPEAKERS = "the table has no column speaker: all clips count as one speaker, and none can be held out"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read."""

    encoding: str | None = None
    """Python's name of its encoding; None to find it out."""
    labels: LabelMap = field(default_factory=LabelMap)
    """What its labels mean, before the names that are known here."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table of one's own clips, read."""

    corpus: Corpus
    utterances: tuple[Utterance, ...]
    problems: tuple[str, ...]
    """The rows that were left out, each with its number and the reason."""
    notes: tuple[str, ...]
    """What one should know of the table as a whole."""
    encoding: str
    """In which it was read, as people call it."""


class _BadRow(Exception):
    """A row that cannot be used; the message says why."""


def read_manifest(path: Path, reading: Reading | None = None) -> Manifest:
    """Read a table of clips.

    Raises
    ------
    BadManifest
        When there is no such file, or it is no table with the columns ``path`` and ``label``.
    """
    how = reading or Reading()
    names = FileNames(path.parent)
    decoded, table = _decoded(path, names, how.encoding)
    reader = _Rows(path, how.labels, names)
    problems = reader.read(table)
    clips = tuple(reader.clips())
    notes = (*_encoding_note(decoded), *reader.notes(), *_column_notes(table))
    return Manifest(_corpus(path, clips, problems, notes), clips, tuple(problems), notes, decoded.encoding)


def _decoded(path: Path, names: FileNames, encoding: str | None) -> tuple[Decoded, Table]:
    """Return the table in the encoding under which the most of its files are found, of equals the likeliest."""
    content = read_bytes(path)
    if encoding is not None:
        decoded = decoded_as(content, encoding, path.name)
        return decoded, read_table(path.name, decoded.text)
    found: tuple[int, Decoded, Table] | None = None
    refused = None
    for decoded in decodings(content, path.name):
        try:
            table = read_table(path.name, decoded.text)
        except BadManifest as error:
            refused = refused or error
            continue
        looked_for = _beyond_ascii(table) if decoded.guessed else []
        hits = sum(_leads_to_file(name, names) for name in looked_for)
        if found is None or hits > found[0]:
            found = hits, replace(decoded, guessed=decoded.guessed and not hits), table
        if hits == len(looked_for):  # none does better
            break
    if found is None:
        raise refused or BadManifest(f"{path.name} is not text in any encoding that tables have")
    return found[1], found[2]


def _beyond_ascii(table: Table) -> list[str]:
    """Return the file names that another encoding would spell otherwise, as many as are looked for."""
    return list(islice((row["path"] for _, row in table.rows if not row.get("path", "").isascii()), LOOKED_AT))


def _leads_to_file(path: str, names: FileNames) -> bool:
    try:
        return bool(names.find(_relative(path)))
    except (OSError, ValueError):
        return False


def _encoding_note(decoded: Decoded) -> Iterator[str]:
    if decoded.guessed:
        yield (
            f"read as {decoded.encoding}, a guess: where names and texts look wrong, --encoding says another, and "
            "saving the table as UTF-8 settles it"
        )
    elif decoded.encoding != "UTF-8":
        yield f"read as {decoded.encoding}"


def _column_notes(table: Table) -> Iterator[str]:
    ignored = [name for name in table.ignored if not name.lower().startswith("unnamed:")]  # the index that pandas adds
    if "duration" in table.columns and "start" not in table.columns:
        ignored.append("duration")
    if ignored:
        yield f"columns that are not used: {_listed(ignored)}"
    if "speaker" not in table.columns:
        yield _NO_SPEAKERS


class _Rows:
    """Makes clips of the rows of a table, and keeps account of what is told once for all of them."""

    def __init__(self, path: Path, labels: LabelMap, names: FileNames) -> None:
        self._table = path
        self._labels = labels
        self._names = names
        self._lengths: dict[Path, float | None] = {}
        self._found: dict[tuple[Path, Span | None], tuple[int, Utterance]] = {}
        self._refused: Counter[str] = Counter()
        self._unused: Counter[str] = Counter()
        self._mapped: set[str] = set()
        self._odd: dict[str, Counter[str]] = {"sex": Counter(), "language": Counter()}
        self._respelled = 0

    def read(self, table: Table) -> list[str]:
        """Read the rows; return what is wrong with those that cannot be used."""
        problems: list[tuple[int, str]] = []
        conflicts: dict[tuple[Path, Span | None], list[tuple[int, str]]] = {}
        for number, row in table.rows:
            try:
                clip = self._clip(row, crowded=number in table.crowded)
            except _BadRow as error:
                problems.append((number, str(error)))
                continue
            if clip is None:
                continue
            sound = (Path(os.path.normpath(clip.path)), clip.span)
            first = self._found.setdefault(sound, (number, clip))
            if first[0] != number:
                problems.append((number, f"{clip.name!r} is in the table already, in row {first[0]}"))
                if first[1].label != clip.label:
                    conflicts.setdefault(sound, [(first[0], first[1].label)]).append((number, clip.label))
        problems = _with_conflicts(problems, conflicts)
        for key in conflicts:
            del self._found[key]
        return [f"row {number}: {reason}" for number, reason in sorted(problems)]

    def clips(self) -> Iterator[Utterance]:
        """Yield the clips, each with a name of its own: files that differ in their suffix alone keep it."""
        taken: set[str] = set()
        for number, (_, clip) in enumerate(self._found.values()):
            names = (clip.name, f"{clip.name}{clip.path.suffix}", f"{clip.name}#{number}")
            name = next(one for one in names if one not in taken)
            taken.add(name)
            yield replace(clip, name=name)

    def notes(self) -> Iterator[str]:
        """Yield what is told once."""
        if self._refused:
            yield f"labels that name no emotion: {_counted(self._refused)}; {_what_to_say(next(iter(self._refused)))}"
        if self._unused:
            yield f"left out as the map of labels says: {_counted(self._unused)}"
        if idle := [label for label in self._labels.meanings if label not in self._mapped]:
            yield f"no row has the labels {_listed(idle)}, which the map of labels names"
        for column, values in self._odd.items():
            if values:
                yield f"{column} is taken as unknown where it is {_counted(values)}; {_EXPECTED[column]}"
        if self._respelled:
            yield f"names of {_rows(self._respelled)} are spelled otherwise on the disk (Unicode form or case)"

    def _clip(self, row: Mapping[str, str], *, crowded: bool) -> Utterance | None:
        """Return the clip of a row; None where the map of labels leaves it out."""
        relative = _checked_path(row.get("path", "").strip())
        label = self._label(row.get("label", "").strip(), crowded=crowded)
        if label == UNUSED:
            return None
        path = self._existing(relative)
        span = self._span(row, path)
        name = relative.with_suffix("").as_posix()
        return Utterance(
            path=path,
            corpus=self._table.stem,
            speaker=cells.told(row.get("speaker", "")),
            label=label,
            text=cells.told(row.get("text", "")),
            sex=self._optional("sex", row, cells.sex(row.get("sex", ""))),
            language=self._optional("language", row, cells.language(row.get("language", ""))),
            name=f"{name}@{_decimal(span.start_s)}-{_decimal(span.end_s)}" if span else name,
            span=span,
        )

    def _label(self, label: str, *, crowded: bool) -> str:
        if not self._labels.knows(label) and not cells.told(label):
            raise _BadRow(f"it has no label ({label!r})" if label else "it has no label")
        try:
            meaning = self._labels.meaning(label)
        except UnknownEmotion as error:
            if crowded:
                raise _BadRow(
                    "it has more cells than the table has columns: names that hold a separator go in quotes"
                ) from None
            self._refused[label] += 1
            raise _BadRow(str(error)) from None
        if self._labels.knows(label):
            self._mapped.add(label.strip().casefold())
        if meaning == UNUSED:
            self._unused[label] += 1
        return meaning

    def _existing(self, relative: PurePath) -> Path:
        try:
            found = self._names.find(relative)
        except (OSError, ValueError) as error:
            raise _BadRow(f"its path cannot be used: {getattr(error, 'strerror', None) or error}") from None
        if not found:
            raise _BadRow(_not_there(self._table.parent, relative))
        if len(found) > 1:
            raise _BadRow(f"{relative.as_posix()!r} may be any of {len(found)} files, whose names are spelled alike")
        self._respelled += found[0] != self._table.parent / relative
        return found[0]

    def _optional(self, column: str, row: Mapping[str, str], value: str | None) -> str:
        if value is None:
            self._odd[column][row[column].strip()] += 1
        return value or ""

    def _span(self, row: Mapping[str, str], path: Path) -> Span | None:
        """Return the stretch of the file that a row is of; None for all of it."""
        try:
            start_s, end_s = cells.time_s(row.get("start", "")), cells.time_s(row.get("end", ""))
            lasts_s = cells.time_s(row.get("duration", "")) if start_s is not None and end_s is None else None
        except ValueError as error:
            raise _BadRow(str(error)) from None
        if start_s is None and end_s is None:
            return None
        length_s = self._length_s(path)
        begin_s = start_s or 0.0
        if lasts_s is not None:
            end_s = begin_s + lasts_s
        if end_s is None:
            if length_s is None:
                raise _BadRow("it has a start and no end, and its file does not tell how long it is")
            end_s = length_s
        return _within(Span(begin_s, end_s), length_s, path)

    def _length_s(self, path: Path) -> float | None:
        if path not in self._lengths:
            self._lengths[path] = _promised_s(path)
        return self._lengths[path]


def _promised_s(path: Path) -> float | None:
    """Return how long a file is by its header; None where that tells nothing, or the file cannot be opened."""
    try:
        with path.open("rb") as file:
            return promised_s(file)
    except OSError:
        return None


_EXPECTED = {"sex": "it is female, male or empty", "language": "it is an ISO 639 code such as en, or empty"}


def _with_conflicts(
    problems: Sequence[tuple[int, str]],
    conflicts: Mapping[tuple[Path, Span | None], Sequence[tuple[int, str]]],
) -> list[tuple[int, str]]:
    """Return the problems, with those of clips that have two labels in place of what was said of their rows."""
    told: dict[int, str] = {}
    for rows in conflicts.values():
        labels = ", ".join(f"{label} in row {number}" for number, label in rows)
        told |= {number: f"the clip is {labels}: none of them is used" for number, _ in rows}
    return [*((n, reason) for n, reason in problems if n not in told), *told.items()]


def _within(span: Span, length_s: float | None, path: Path) -> Span:
    """Return a stretch that ends with its file at the latest."""
    if span.end_s <= span.start_s:
        raise _BadRow(f"its end, {span.end_s:g} s, is not after its start, {span.start_s:g} s")
    if length_s is not None and span.end_s > length_s + END_SLACK_S:
        raise _BadRow(f"it goes to {span.end_s:g} s, and {path.name} lasts {length_s:g} s")
    end_s = span.end_s if length_s is None else min(span.end_s, length_s)
    if end_s - span.start_s < DEFAULT_LIMITS.min_duration_s:
        shortest_s = DEFAULT_LIMITS.min_duration_s
        raise _BadRow(f"from {span.start_s:g} to {end_s:g} s is too short; a clip lasts {shortest_s:g} s at least")
    return Span(span.start_s, end_s)


def _checked_path(path: str) -> PurePath:
    if not path:
        raise _BadRow("it names no path")
    if "\0" in path:
        raise _BadRow("its path holds a NUL character")
    relative = _relative(path)
    if not relative.name:
        raise _BadRow(f"{path!r} names no file")
    return relative


def _relative(path: str) -> PurePath:
    return PurePath(path.strip().replace("\\", "/"))


def _not_there(folder: Path, relative: PurePath) -> str:
    if re.match(r"[A-Za-z]:/|//", relative.as_posix()):
        return f"{relative.as_posix()!r} is a path of a Windows machine: write it relative to the table"
    return f"there is no file {str(folder / relative)!r}"


def _what_to_say(label: str) -> str:
    key = label if re.fullmatch(r"[A-Za-z0-9_-]+", label) else json.dumps(label, ensure_ascii=False)
    return f'say what they mean with --labels FILE, a TOML file of lines such as {EXAMPLE} or {key} = "{UNUSED}"'


def _decimal(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _counted(values: Counter[str]) -> str:
    """Return values with how many rows have them, the most frequent first."""
    seen = [f"{value!r} ({_rows(times)})" for value, times in values.most_common(SHOWN)]
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(seen) + more


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _corpus(table: Path, clips: Sequence[Utterance], problems: Sequence[str], notes: Sequence[str]) -> Corpus:
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
        listed=tuple(sorted(clips, key=lambda clip: clip.name)),
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _looked_up(by_path: Mapping[PurePath, Utterance], table: str, path: PurePath) -> Utterance:
    if path not in by_path:
        raise BadUtteranceName(f"{path.name!r} is not in {table}")
    return by_path[path]
