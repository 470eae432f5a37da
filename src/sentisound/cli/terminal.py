"""How things look in a terminal, and in a file or pipe that is none: consoles, safe names, bars, gauges, numbers."""

from __future__ import annotations

import os
import unicodedata

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text

from sentisound.emotions import EMOTIONS
from sentisound.results import Reason

EIGHTHS = " ▏▎▍▌▋▊▉"
UNWRAPPED_COLUMNS = 10_000
"""Width of what is not a terminal: whoever reads a pipe wants whole lines."""

REASONS: dict[Reason, str] = {
    "low_confidence": "low confidence",
    "too_short": "too little speech",
    "no_speech": "no speech found",
    "poor_quality": "poor recording",
}


class QuietConsole(Console):
    """A console that leaves a closed pipe to the command line's one place for errors."""

    def on_broken_pipe(self) -> None:
        """Say nothing more, and let the error go its way."""
        self.quiet = True
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes every text literally: no markup, no emoji codes, no guessed highlights."""
    made = QuietConsole(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = UNWRAPPED_COLUMNS
    return made


def ascii_only(out: Console) -> bool:
    """Tell whether the output's encoding lacks block characters."""
    return not out.encoding.startswith("utf")


def printable(text: str) -> str:
    """Return ``text`` on one line and encodable: control, format and line-separator characters become ``_``.

    File names hold anything but ``/`` and NUL: escape sequences that repaint a terminal, line ends that fake a row,
    characters that turn the reading direction round, and bytes that are no text at all (surrogates).
    """
    return "".join("_" if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text)


def fitted(text: str, columns: int) -> str:
    """Return ``text`` in at most so many columns; a path that is too long keeps its end, where the file's name is."""
    if cell_len(text) <= columns:
        return text
    while cell_len(text) > columns - 1:
        text = text[1:]
    return f"…{text}"


def percent(share: float) -> str:
    """Return ``71 %`` for 0.71, always four columns or five wide enough for ``100 %``."""
    return f"{100 * share:.0f} %"


def clock(seconds: float) -> str:
    """Return seconds as ``m:ss.cc``."""
    minutes, rest = divmod(round(seconds, 2), 60)
    return f"{minutes:.0f}:{rest:05.2f}"


def bar(share: float, columns: int, *, plain: bool = False) -> str:
    """Return a bar for a share of 0..1, to an eighth of a column; ``plain`` for ``#`` only."""
    if plain:
        return "#" * round(share * columns)
    full, eighths = divmod(round(share * columns * 8), 8)
    return "█" * full + EIGHTHS[eighths].strip()


def gauge(value: float, half: int = 10, *, plain: bool = False) -> str:
    """Return a scale from -1 to 1 with a mark at ``value``; ``half`` columns on either side of zero."""
    line, zero, mark = "-|o" if plain else "─┼●"
    scale = [line] * half + [zero] + [line] * half
    scale[half + round(max(-1.0, min(1.0, value)) * half)] = mark
    return "".join(scale)


def colour(emotion: str) -> str:
    """Return the colour in which an emotion is drawn everywhere."""
    return EMOTIONS[emotion].colour


def verdict(emotion: str, confidence: float, reason: Reason | None) -> Text:
    """Return the verdict in words: ``happy, 71 %``, or that the model is not sure, and why."""
    answer = Text.assemble((emotion, f"bold {colour(emotion)}"), f", {percent(confidence)}")
    if reason is None:
        return answer
    return Text.assemble(("not sure", "bold"), f" ({REASONS[reason]}): probably ", answer)


def grid(*columns: Column) -> Table:
    """Return a table without lines, two blanks between columns."""
    return Table(*columns, box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)


def show(out: Console, what: RenderableType) -> None:
    """Print; where nobody sees colours, without the blanks that pad lines to a block."""
    if out.is_terminal:
        out.print(what)
        return
    with out.capture() as capture:
        out.print(what)
    for line in capture.get().splitlines():
        out.out(line.rstrip())
