"""The page of a report about words: what was said, stretch by stretch, and what it may mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer, Table

from sentisound.insight.paper import INNER, LINE, styles
from sentisound.insight.script import markup
from sentisound.insight.words import clock, percent
from sentisound.results import Analysis
from sentisound.words import Interpretation, Transcript

LINE_LETTERS, CELL_LETTERS = 118, 84
MAX_LETTERS = 3000
"""Of a transcript: more would be too small to read on one page, and is in the JSON."""
MAX_ROWS = 24
MAX_CITED = 4


def has_words(analysis: Analysis) -> bool:
    """Tell whether there is anything for this page."""
    return bool(analysis.transcript or analysis.interpretation or analysis.missing)


def letters(analysis: Analysis) -> str:
    """Return all text on the page that somebody else wrote, to find fonts for."""
    said = analysis.transcript.text if analysis.transcript else ""
    return f"{said} {analysis.interpretation.text if analysis.interpretation else ''}"


def words_page(analysis: Analysis) -> list[Any]:
    """Return the page."""
    style = styles()
    story: list[Any] = []
    if analysis.transcript is not None:
        story += [Paragraph("What was said", style.section), *_transcript(analysis, analysis.transcript)]
    if analysis.interpretation is not None:
        story += [Paragraph("What it may mean", style.section), *_interpretation(analysis, analysis.interpretation)]
    for one in analysis.missing:
        story += [Spacer(1, 2 * mm), Paragraph(f"No {one.part}: {markup(one.detail, LINE_LETTERS)}", style.body)]
    return story


def _transcript(analysis: Analysis, transcript: Transcript) -> Iterator[Any]:
    style = styles()
    spoken = [(segment, text) for segment, text in zip(analysis.segments, analysis.spoken, strict=True) if text]
    if not transcript.text:
        yield Paragraph("No words were heard.", style.body)
    elif not spoken:
        yield Paragraph(markup(_shortened(transcript.text, MAX_LETTERS), LINE_LETTERS), style.body)
    else:
        per_row = MAX_LETTERS // min(len(spoken), MAX_ROWS)
        yield _table(
            [
                f"{segment.start_s:.1f} s",
                f"{segment.scores.emotion}, {percent(segment.scores.confidence)}",
                markup(_shortened(text, per_row), CELL_LETTERS),
            ]
            for segment, text in spoken[:MAX_ROWS]
        )
        if len(spoken) > MAX_ROWS:
            yield Paragraph(f"and {len(spoken) - MAX_ROWS} more stretches of speech, not shown here", style.small)
    language = f"; language {transcript.language} ({transcript.language_source})" if transcript.language else ""
    yield Spacer(1, 1.5 * mm)
    yield Paragraph(markup(f"Heard by {transcript.engine}{language}.", LINE_LETTERS), style.small)
    yield from (Paragraph(f"\u26a0\u2002{markup(one, LINE_LETTERS)}", style.small) for one in transcript.warnings)


def _interpretation(analysis: Analysis, interpretation: Interpretation) -> Iterator[Any]:
    style = styles()
    rows = ([_cited(analysis, one.segments), markup(one.text, CELL_LETTERS)] for one in interpretation.statements)
    yield _table(rows)
    yield Spacer(1, 1.5 * mm)
    yield Paragraph(markup(interpretation.uncertainty, LINE_LETTERS), style.body)
    if interpretation.language_model:
        author = f"Written by a language model, {interpretation.engine}, which can be wrong."
        yield Paragraph(markup(author, LINE_LETTERS), style.small)


def _cited(analysis: Analysis, segments: tuple[int, ...]) -> str:
    """Say when what a statement rests on was heard."""
    if len(segments) == len(analysis.segments):
        return "whole sound"
    times = [clock(analysis.segments[number].start_s) for number in segments[:MAX_CITED]]
    more = " ..." if len(segments) > MAX_CITED else ""
    return f"at {', '.join(times)}{more}"


def _table(rows: Iterable[list[str]]) -> Table:
    style = styles()
    cells = [[Paragraph(cell, style.small) for cell in row[:-1]] + [Paragraph(row[-1], style.body)] for row in rows]
    widths = {3: [0.08, 0.17, 0.75], 2: [0.25, 0.75]}[len(cells[0])]
    table = Table(cells, colWidths=[share * INNER for share in widths])
    table.setStyle(
        [
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ]
    )
    return table


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} \u2026"
