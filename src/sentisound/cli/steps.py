"""What the commands of the learning wing share: bars of progress, and where the corpora are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sentisound.errors import CorpusNotFound
from sentisound.settings import Settings

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def corpora_folder(option: Path | None) -> Path:
    """Return the folder with the corpora: the option, or the setting.

    Raises
    ------
    CorpusNotFound
        When neither names one.
    """
    root = option or Settings.load().corpora
    if root is None:
        raise CorpusNotFound("say where the corpora are: --corpora FOLDER or SENTISOUND_CORPORA=FOLDER")
    return root


def bars() -> Progress:
    """Return bars of progress on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


class Steps:
    """Shows each step as a bar of its own."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show how far a step is; a new one gets its bar."""
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total)
        self._bars.update(self._tasks[step], completed=done, total=total)
