"""Words in the terminal: what was said, what it may mean, what is missing; and a bar while a model is downloaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from sentisound.cli.terminal import printable
from sentisound.results import Analysis
from sentisound.words import Interpretation, Transcript

if TYPE_CHECKING:
    from sentisound.service import Analyzer


def spoken(analysis: Analysis) -> Iterator[RenderableType]:
    """Yield the lines about words; none where they were not asked for."""
    if analysis.transcript is not None:
        yield ""
        yield from _transcript(analysis.transcript)
    if analysis.interpretation is not None:
        yield ""
        yield from _interpretation(analysis.interpretation)
    if analysis.missing:
        yield ""
        yield from (Text(f"! no {one.part}: {printable(one.detail)}", "yellow") for one in analysis.missing)


def _transcript(transcript: Transcript) -> Iterator[RenderableType]:
    yield Text(f'"{printable(transcript.text)}"' if transcript.text else "no words were heard")
    draft = ", draft" if transcript.draft else ""
    language = f", {transcript.language} ({transcript.language_source})" if transcript.language else ""
    yield Text(printable(f"heard by {transcript.engine}{language}{draft}"), "dim")
    yield from (Text(f"! {printable(warning)}", "yellow") for warning in transcript.warnings)


def _interpretation(interpretation: Interpretation) -> Iterator[RenderableType]:
    yield from (Text(printable(statement.text)) for statement in interpretation.statements)
    yield Text(printable(interpretation.uncertainty), "dim")
    author = ", a language model" if interpretation.language_model else ""
    yield Text(f"written by {printable(interpretation.engine)}{author}", "dim")


def prepare(analyzer: Analyzer, err: Console, *, quiet: bool) -> None:
    """Get a transcriber ready; a download is shown as a bar. What cannot be had is told with each analysis."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = ("downloading the model", BarColumn(), DownloadColumn(), TimeRemainingColumn(), "left")
    bar = Progress(*columns, console=err, transient=True, disable=quiet or not sys.stderr.isatty())
    task = bar.add_task("downloading", total=None)

    def fetched(done: int, total: int) -> None:
        if not bar.disable:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        analyzer.engines.prepare(fetched)
    finally:
        bar.stop()
