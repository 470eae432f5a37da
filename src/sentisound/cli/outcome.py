"""What became of each input: its analysis, or why there is none. One bad file never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sentisound.cli.inputs import Input
from sentisound.errors import BundleError, MissingExtra, SentiSoundError, SettingsError
from sentisound.results import Analysis

if TYPE_CHECKING:
    from sentisound.service import Analyzer  # loads onnxruntime: not for `--help`


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an input has no analysis."""

    code: str
    """Stable, for programs: the error's code, ``refused`` (by the system), or ``internal``."""
    title: str
    detail: str

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One input and what became of it."""

    input: Input
    result: Analysis | Failure


class Reporter(Protocol):
    """A way of showing outcomes, one by one as they are ready."""

    def start(self) -> None:
        """Show what comes before the first outcome."""

    def show(self, outcome: Outcome) -> None:
        """Show one outcome."""


def run(
    analyzer: Analyzer, inputs: Iterable[Input], progress: Callable[[float], None], **options: Any
) -> Iterator[Outcome]:
    """Analyse each input; ``progress`` takes how many are done, a part of a long one included.

    ``options`` are those of ``Analyzer.analyze``.

    Raises
    ------
    BundleError, SettingsError, MissingExtra
        What no other file could cure either.
    """
    for done, one in enumerate(inputs):

        def within(share: float, done: int = done) -> None:
            progress(done + share)

        yield Outcome(one, _analyse(analyzer, one, progress=within, **options))
        within(1.0)


def _analyse(analyzer: Analyzer, one: Input, **options: Any) -> Analysis | Failure:
    try:
        return analyzer.analyze(one.open(), name=one.name, **options)
    except (BundleError, SettingsError, MissingExtra):
        raise
    except SentiSoundError as error:
        return Failure(error.code, error.title, str(error))
    except OSError as error:  # no space, no folder for what does not fit in memory: not a fault of ours
        return Failure("refused", "The system refused this", error.strerror or str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours met in one file must not cost the others
        return Failure(
            "internal", "SentiSound failed on this file; please report it", f"{type(error).__name__}: {error}"
        )
