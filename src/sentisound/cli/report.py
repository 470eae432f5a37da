"""Runs the analyses and shows each outcome as it is ready, to people or programs, with a progress bar beside it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.text import Text

from sentisound.cli.inputs import Input
from sentisound.cli.machine import Csv, JsonLines
from sentisound.cli.outcome import Failure, Outcome, Reporter, run
from sentisound.cli.rows import Rows
from sentisound.cli.single import single
from sentisound.cli.terminal import console, printable, show

if TYPE_CHECKING:
    from sentisound.audio.reading import Reading
    from sentisound.service import Analyzer

Form = Literal["text", "json", "csv"]


class Single:
    """Shows one sound in full; a Reporter."""

    def __init__(self, out: Console, err: Console, *, segments: bool) -> None:
        self.out = out
        self.err = err
        self.segments = segments

    def start(self) -> None:
        """Show nothing before the answer."""

    def show(self, outcome: Outcome) -> None:
        """Show the analysis, or on standard error why there is none."""
        if isinstance(outcome.result, Failure):
            _tell(self.err, outcome)
        else:
            show(self.out, single(outcome.result, outcome.input.name, self.out, segments=self.segments))


def report(
    analyzer: Analyzer,
    inputs: list[Input],
    form: Form,
    *,
    segments: bool = False,
    quiet: bool = False,
    words: Mapping[str, Any] | None = None,
    reading: Reading | None = None,
) -> int:
    """Analyse all inputs and show what comes out, in order; ``words`` are options of ``Analyzer.analyze``.

    Returns
    -------
    int
        How many inputs could not be analysed.
    """
    out, err = console(), console(stderr=True)
    options = {**(words or {}), **({"reading": reading} if reading else {})}
    reporter = _reporter(analyzer, inputs, form, out, err, segments=segments, words=bool(words))
    beside = form != "text" and not quiet and not out.is_terminal
    tally: Counter[str] = Counter()
    reporter.start()
    with _progress(out, err, total=len(inputs), wanted=not quiet) as advance:
        for outcome in run(analyzer, inputs, advance, **options):
            reporter.show(outcome)
            tally[_kind(outcome)] += 1
            if beside and isinstance(outcome.result, Failure):
                _tell(err, outcome)
    if len(inputs) > 1 and not quiet:
        err.print(_summary(tally), style="dim")
    return tally["failed"]


def _reporter(
    analyzer: Analyzer, inputs: list[Input], form: Form, out: Console, err: Console, *, segments: bool, words: bool
) -> Reporter:
    if form == "json":
        return JsonLines(out)
    if form == "csv":
        return Csv(out, analyzer.card.labels, segments=segments, words=words)
    if len(inputs) == 1:
        return Single(out, err, segments=segments)
    return Rows(out, inputs, segments=segments)


@contextmanager
def _progress(out: Console, err: Console, *, total: int, wanted: bool) -> Iterator[Callable[[float], None]]:
    """Show a bar to whoever watches standard error, and give what moves it; it comes when there is a wait ahead.

    Where standard output is a terminal too, both share it, and the bar goes through the console that prints the rows:
    rich then moves it out of their way.
    """
    columns = ("analysing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), "left")
    shown = out if sys.stdout.isatty() else err
    disable = not (wanted and sys.stderr.isatty())
    bar = Progress(
        *columns, console=shown, transient=True, disable=disable, redirect_stdout=False, redirect_stderr=False
    )
    task = bar.add_task("analysing", total=total)

    def advance(done: float) -> None:
        bar.update(task, completed=done)
        if done < total and not disable:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()


def _tell(err: Console, outcome: Outcome) -> None:
    message = f"{printable(outcome.input.name)}: {printable(str(outcome.result))}"
    err.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)


def _kind(outcome: Outcome) -> str:
    if isinstance(outcome.result, Failure):
        return "failed"
    return "not sure" if outcome.result.abstained else "answered"


def _summary(tally: Counter[str]) -> str:
    kinds = ", ".join(f"{tally[kind]} {kind}" for kind in ("answered", "not sure", "failed") if tally[kind])
    return f"{tally.total()} sounds: {kinds}"
