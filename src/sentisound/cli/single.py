"""The view of one sound: the verdict, a bar for each emotion, where it lies, and what to know about the recording."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from sentisound.cli.terminal import ascii_only, bar, clock, colour, fitted, gauge, grid, percent, printable, verdict
from sentisound.cli.words import spoken
from sentisound.results import Analysis, Scores, Segment

BAR_COLUMNS = 30
SEGMENT_BAR_COLUMNS = 16
PANEL_COLUMNS = 76


def single(analysis: Analysis, name: str, out: Console, *, segments: bool = False) -> RenderableType:
    """Return everything to show about one sound; in a terminal within a frame of the emotion's colour."""
    plain, width = ascii_only(out), min(out.width, PANEL_COLUMNS)
    parts = list(_parts(analysis, plain=plain, narrow=width < PANEL_COLUMNS))
    if segments:
        parts += ["", segment_table(analysis.segments, plain=plain, said=analysis.spoken)]
    if not out.is_terminal:
        return Group(Text(printable(name)), *parts)
    title = Text(fitted(printable(name), width - 6), style="bold")
    frame = "dim" if analysis.abstained else colour(analysis.emotion)
    return Panel(Group(*parts), title=title, box=ROUNDED, border_style=frame, width=width, padding=(1, 2))


def _parts(analysis: Analysis, *, plain: bool, narrow: bool) -> Iterator[RenderableType]:
    yield verdict(analysis.emotion, analysis.confidence, analysis.reason)
    yield ""
    yield score_bars(analysis.scores, plain=plain)
    yield ""
    yield dimensions(analysis.scores, plain=plain, narrow=narrow)
    yield ""
    yield facts(analysis)
    if analysis.quality.warnings:
        yield ""
        yield from (Text(f"! {printable(warning)}", style="yellow") for warning in analysis.quality.warnings)
    yield from spoken(analysis)


def score_bars(scores: Scores, *, plain: bool) -> Table:
    """Return one bar for each emotion, the likeliest first."""
    table = grid(Column(), Column(justify="right"), Column(no_wrap=True))
    for place, (label, probability) in enumerate(scores.ranked()):
        weight = "bold" if place == 0 else ""
        drawn = Text(bar(probability, BAR_COLUMNS, plain=plain), style=colour(label), overflow="crop")
        table.add_row(Text(label, style=weight), Text(percent(probability), style=weight), drawn)
    return table


def dimensions(scores: Scores, *, plain: bool, narrow: bool) -> Table:
    """Return valence and arousal, each on its scale from -1 to 1; a narrow one does without the ends' names."""
    table = grid(Column(), Column(), Column(justify="right"), Column(), Column())
    for name, value, low, high in (
        ("valence", scores.valence, "unpleasant", "pleasant"),
        ("arousal", scores.arousal, "calm", "excited"),
    ):
        scale = gauge(value, 5 if narrow else 10, plain=plain)
        cells = (scale,) if narrow else (Text(low, "dim"), scale, Text(high, "dim"))
        table.add_row(name, f"{value:+.2f}", *cells)
    return table


def facts(analysis: Analysis) -> Text:
    """Return the line of small print: duration, speech, noise, model."""
    quality = analysis.quality
    said = [f"{analysis.duration_s:.1f} s", f"{percent(quality.speech_ratio)} speech"]
    if quality.snr_db is not None:
        said.append(f"{quality.snr_db:.0f} dB above noise")
    return Text(", ".join([*said, analysis.model]), style="dim")


def segment_table(segments: tuple[Segment, ...], *, plain: bool, said: tuple[str, ...] = ()) -> RenderableType:
    """Return one row for each stretch of speech, with its times and, where it is known, what was said."""
    if not segments:
        return Text("no segments: no speech was found", style="dim")
    percents = Column(justify="right", min_width=len("100 %"))
    words = said if any(said) else ()
    columns = [Column(justify="right", no_wrap=True), Column(min_width=9), percents, Column(no_wrap=True)]
    table = grid(*columns, *(Column() for _ in words[:1]))
    for number, segment in enumerate(segments):
        emotion, confidence = segment.scores.emotion, segment.scores.confidence
        drawn = Text(bar(confidence, SEGMENT_BAR_COLUMNS, plain=plain), style=colour(emotion), overflow="crop")
        times = f"{clock(segment.start_s)} - {clock(segment.end_s)}"
        text = [Text(printable(words[number]))] if words else []
        table.add_row(times, Text(emotion, style=colour(emotion)), percent(confidence), drawn, *text)
    return table


def indented(what: RenderableType) -> RenderableType:
    """Return ``what``, moved to the right below the row it belongs to."""
    return Padding(what, (0, 0, 0, 4))
