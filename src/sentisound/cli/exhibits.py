"""The picture and the report that ``sentisound analyze`` writes beside its answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentisound.errors import MissingExtra
from sentisound.insight.exhibit import Exhibit, sha256_of

if TYPE_CHECKING:
    from sentisound.audio.waveform import Waveform
    from sentisound.card import Card
    from sentisound.results import Analysis
    from sentisound.service import Analyzer

SUFFIXES = {".png": "png", ".svg": "svg"}


class Witness:
    """Analyses as the analyzer does, and remembers all that a picture shows; stands in its place."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.exhibit: Exhibit | None = None

    @property
    def card(self) -> Card:
        """The card of the model in use."""
        return self._analyzer.card

    def analyze(self, source: Any, **options: Any) -> Analysis:
        """Analyse a sound."""
        sounds: list[Waveform] = []
        analysis = self._analyzer.analyze(source, heard=sounds.append, **options)
        self.exhibit = Exhibit(analysis, sounds[0], self.card, _digest(source))
        return analysis


def check(report: Path | None, chart: Path | None, inputs: int) -> None:
    """Check what is wanted before anything is analysed.

    Raises
    ------
    click.UsageError
        When there is more than one sound, or the chart's suffix is not one of ``SUFFIXES``.
    """
    if (report or chart) and inputs != 1:
        raise click.UsageError(f"--report and --chart are for one sound; these are {inputs}")
    if chart and chart.suffix.lower() not in SUFFIXES:
        raise click.UsageError(
            f"--chart writes {' or '.join(SUFFIXES)} files, not {chart.suffix or 'one without suffix'}"
        )


def write(exhibit: Exhibit, report: Path | None, chart: Path | None) -> None:
    """Write the files that are wanted.

    Raises
    ------
    MissingExtra
        When what draws them is not installed.
    click.UsageError
        When a file cannot be written.
    """
    from sentisound.insight.charts import draw
    from sentisound.insight.report import report as made

    if chart:
        _write(chart, draw("analysis", exhibit, form=SUFFIXES[chart.suffix.lower()]))
    if report:
        _write(report, made(exhibit))


def check_extra() -> None:
    """Check that what draws is installed, without importing it.

    Raises
    ------
    MissingExtra
        When something is not; the message says what to install.
    """
    from importlib.util import find_spec

    missing = [name for name in ("matplotlib", "reportlab") if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"pictures and reports need {', '.join(missing)}: pip install '.[reports]' in a clone")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}") from None


def _digest(source: Any) -> str | None:
    """Return the SHA-256 of a file; standard input is gone once it was read."""
    if not isinstance(source, Path):
        return None
    with source.open("rb") as file:
        return sha256_of(file)
