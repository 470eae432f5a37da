"""The output for programs: JSON Lines and CSV, one line as soon as its sound is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console

from sentisound.cli.outcome import Failure, Outcome
from sentisound.cli.terminal import printable
from sentisound.csv_cells import Cell, csv_text
from sentisound.results import Analysis, Scores


class JsonLines:
    """Writes one JSON object a line; a Reporter."""

    def __init__(self, out: Console) -> None:
        self.out = out

    def start(self) -> None:
        """Write nothing: JSON Lines has no header."""

    def show(self, outcome: Outcome) -> None:
        """Write the analysis, or ``{"file", "path", "error"}``."""
        self.out.out(json.dumps({"path": _text(outcome.input.path), **self._document(outcome)}))

    def _document(self, outcome: Outcome) -> dict[str, Any]:
        result = outcome.result
        if isinstance(result, Analysis):
            return result.to_dict()
        error = {"code": result.code, "title": result.title, "detail": _text(result.detail)}
        return {"file": _text(outcome.input.name), "error": error}


class Csv:
    """Writes a header and one row a sound, or with ``segments`` one row a stretch of speech; a Reporter.

    With ``words`` a row ends in what was said in that sound or stretch, and in what the whole sound may mean.
    """

    def __init__(self, out: Console, labels: Sequence[str], *, segments: bool = False, words: bool = False) -> None:
        self.out = out
        self.labels = labels
        self.segments = segments
        self.words = words

    def start(self) -> None:
        """Write the header."""
        times = ("start", "end") if self.segments else ()
        said = ("duration", "emotion", "confidence", "abstained", "reason", "valence", "arousal")
        words = ("transcript", "interpretation") if self.words else ()
        self.out.out(row(("file", *times, *said, *self.labels, "warnings", "error", *words)))

    def show(self, outcome: Outcome) -> None:
        """Write the rows of one sound."""
        if isinstance(outcome.result, Failure):
            empty = [None] * (7 + len(self.labels) + 1 + 2 * self.segments)
            error = f"{outcome.result.code}: {outcome.result.detail}"
            self.out.out(row((outcome.input.name, *empty, error, *[None] * (2 * self.words))))
            return
        analysis = outcome.result
        missing = (f"no {one.part}: {one.detail}" for one in analysis.missing)
        warnings = "; ".join([*analysis.quality.warnings, *missing])
        meaning = analysis.interpretation.text if analysis.interpretation else None
        for cells, spoken in self._analysed(analysis):
            words = (spoken, meaning) if self.words else ()
            self.out.out(row((outcome.input.name, *cells, warnings, None, *words)))

    def _analysed(self, analysis: Analysis) -> Iterator[tuple[tuple[Cell, ...], str | None]]:
        whole = analysis.transcript.text if analysis.transcript else None
        if not self.segments:
            yield self._said(analysis, analysis.scores), whole
        elif not analysis.segments:
            yield (None, None, *self._said(analysis, analysis.scores)), whole
        for segment, text in zip(analysis.segments, analysis.spoken, strict=True) if self.segments else ():
            times = (round(segment.start_s, 3), round(segment.end_s, 3))
            yield (*times, *self._said(analysis, segment.scores)), text or None

    def _said(self, analysis: Analysis, scores: Scores) -> tuple[Cell, ...]:
        probabilities = scores.to_dict()
        return (
            round(analysis.duration_s, 3),
            scores.emotion,
            round(scores.confidence, 6),
            analysis.abstained,
            analysis.reason,
            round(scores.valence, 3),
            round(scores.arousal, 3),
            *(probabilities[label] for label in self.labels),
        )


def row(cells: Sequence[Cell]) -> str:
    """Return one line of CSV without its line end; no cell breaks the line or runs in a spreadsheet."""
    return csv_text([[_shown(cell) for cell in cells]], line_end="")


def _shown(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return str(cell).lower()
    return printable(cell) if isinstance(cell, str) else cell


def _text(text: str) -> str:
    """Return ``text`` with what no encoding takes (bytes that are no text) spelled out: no valid JSON holds it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
