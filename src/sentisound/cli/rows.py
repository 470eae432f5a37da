"""The view of many sounds: one row each, printed as it is ready, so the columns' widths are fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column
from rich.text import Text

from sentisound.cli.inputs import Input
from sentisound.cli.outcome import Failure, Outcome
from sentisound.cli.single import indented, segment_table
from sentisound.cli.terminal import REASONS, ascii_only, bar, colour, fitted, grid, percent, printable, show
from sentisound.cli.words import spoken
from sentisound.emotions import EMOTIONS
from sentisound.results import Analysis

EMOTION_COLUMNS = max(len(name) for name in EMOTIONS) + 1  # and the question mark of an answer that is not sure
PERCENT_COLUMNS = 5
BAR_COLUMNS = 10
NOTE_COLUMNS = 24
"""What the notes get at least; the file names take what is left."""
NARROW_COLUMNS = 76
"""In fewer columns there is no bar, and the notes stand below their row."""


class Rows:
    """Shows outcomes as rows of a table; a Reporter."""

    def __init__(self, out: Console, inputs: list[Input], *, segments: bool = False) -> None:
        self.out = out
        self.segments = segments
        self.plain = ascii_only(out)
        self.narrow = out.width < NARROW_COLUMNS
        self.file_columns = self._file_columns(inputs)

    def start(self) -> None:
        """Show the header."""
        file, emotion, sure, drawn, notes = (Text(name, "bold") for name in ("file", "emotion", "sure", "", "notes"))
        self._row(file, emotion, sure, drawn, Text() if self.narrow else notes)

    def show(self, outcome: Outcome) -> None:
        """Show one row, and with segments theirs below."""
        file = Text(fitted(printable(outcome.input.name), self.file_columns))
        if isinstance(outcome.result, Failure):
            self._row(file, Text("error", "bold red"), Text(), Text(), Text(printable(str(outcome.result)), "red"))
            return
        self._row(file, *self._answer(outcome.result))
        if self.segments:
            said = outcome.result.spoken
            show(self.out, indented(segment_table(outcome.result.segments, plain=self.plain, said=said)))
        for line in spoken(outcome.result):
            if line:
                show(self.out, indented(line))

    def _answer(self, analysis: Analysis) -> tuple[Text, Text, Text, Text]:
        style = colour(analysis.emotion)
        emotion = Text(f"{analysis.emotion}?", style) if analysis.abstained else Text(analysis.emotion, f"bold {style}")
        drawn = Text(bar(analysis.confidence, BAR_COLUMNS, plain=self.plain), style)
        return emotion, Text(percent(analysis.confidence)), drawn, _notes(analysis)

    def _row(self, file: Text, emotion: Text, sure: Text, drawn: Text, notes: Text) -> None:
        cells = ((file, self.file_columns), (emotion, EMOTION_COLUMNS), (sure, PERCENT_COLUMNS), (drawn, BAR_COLUMNS))
        columns = [Column(width=width, no_wrap=True, overflow="crop") for _, width in cells]
        columns[2].justify = "right"
        if not self.narrow:
            self._show_row([*columns, Column()], (file, emotion, sure, drawn, notes))
            return
        self._show_row(columns[:3], (file, emotion, sure))
        if notes.plain:
            show(self.out, indented(notes))

    def _show_row(self, columns: list[Column], cells: Sequence[Text]) -> None:
        table = grid(*columns)
        table.add_row(*cells)
        show(self.out, table)

    def _file_columns(self, inputs: list[Input]) -> int:
        """Return the width of the names: the longest one's, or what the other columns leave."""
        beside = EMOTION_COLUMNS + PERCENT_COLUMNS + (4 if self.narrow else 8 + BAR_COLUMNS + NOTE_COLUMNS)
        longest = max(cell_len(printable(one.name)) for one in inputs)
        return max(4, min(longest, self.out.width - beside))


def _notes(analysis: Analysis) -> Text:
    doubt = [f"not sure: {REASONS[analysis.reason]}"] if analysis.reason else []
    return Text(printable("; ".join([*doubt, *analysis.quality.warnings])), style="dim")
