"""The recogniser apart: the same answers, computed by workers, so that this process stays free for others.

A bundle that does not ship with the package is a stranger's unless the settings say otherwise: it is opened and run in
processes of its own, which have limits of time, memory and files and which nothing else uses.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sentisound import deadline
from sentisound.audio.waveform import Waveform
from sentisound.bundle import CARD_FILE, MAX_MODEL_BYTES, MODEL_FILE
from sentisound.card import Card
from sentisound.errors import (
    BundleDamaged,
    BundleExceedsLimits,
    BundleNotFound,
    BundleUntrusted,
    DeadlineExceeded,
    MemoryLimitExceeded,
    WorkerDied,
)
from sentisound.recognition.registry import ships
from sentisound.results import Scores
from sentisound.workers import Processes, Workers

if TYPE_CHECKING:
    from sentisound.recognition.recognizer import Recognizer
    from sentisound.recognition.verify import Verification

T = TypeVar("T")

OPEN = 4
"""Models that a worker holds open."""
PRELOAD = ("sentisound.recognition.recognizer", "sentisound.features.sets", "sentisound.recognition.confinement")
START_S = 60.0
"""How long a first process may take to start, whatever else the machine does."""
LEAST_S = 4.0
S_PER_BYTE = 1 / 25e6
"""Seconds in which a stranger's model is opened, or hears one utterance: so many, and more by the size of its graph."""
LEAST_BYTES = 1_000_000_000
BYTES_PER_BYTE = 4
"""Memory that a process with it may take, likewise: the graph as it was read, as it is run, and what it computes."""


class Recognises(Protocol):
    """Recognises emotion in utterances."""

    @property
    def card(self) -> Card:
        """The card of the model."""
        ...

    def recognise(self, waveform: Waveform) -> Scores:
        """Return the calibrated scores of one utterance."""
        ...

    def verify(self) -> Verification:
        """Return how well this machine computes what the model was published with."""
        ...

    def check(self) -> None:
        """Run the model on the input that it was published with; raises ``BundleError`` where it does not answer."""
        ...


def opened(folder: Path, workers: Workers | None, *, trusted: bool, processes: int | None = None) -> Recognises:
    """Open the bundle in a folder where it belongs: one that ships, or is trusted, in ``workers`` or here.

    Parameters
    ----------
    folder : Path
    workers : Workers or None
        Recognise instead of this process.
    trusted : bool
        Whether a bundle that does not ship is treated as one that does.
    processes : int, optional
        Of a bundle that is not trusted; one for each CPU.

    Raises
    ------
    BundleError
        When the bundle cannot be read, trusted or run within its limits.
    """
    if not trusted and not ships(folder):
        return ConfinedRecognizer(folder, processes or os.cpu_count() or 1)
    if workers:
        return RecognizerApart(folder, workers)
    from sentisound.recognition.recognizer import Recognizer  # and onnxruntime, where this process recognises

    return Recognizer.load(folder)


class RecognizerApart:
    """Recognises emotion in utterances by workers.

    Parameters
    ----------
    folder : Path
        The bundle, which a worker reads and verifies.
    workers : Workers

    Raises
    ------
    BundleError
        When the bundle cannot be read or trusted.
    """

    def __init__(self, folder: Path, workers: Workers) -> None:
        self._folder = folder
        self._workers = workers
        self.card: Card = self._run(_card, folder)

    def recognise(self, waveform: Waveform) -> Scores:
        """Return the calibrated scores of one utterance.

        Raises
        ------
        BundleError
            When the bundle was changed since it was opened, or its graph does not give scores.
        WorkerDied
            When a worker dies of it.
        """
        return self._run(_recognise, self._folder, _digest(self.card), waveform)

    def verify(self) -> Verification:
        """Return how well this machine computes what the model was published with; raises as ``recognise`` does."""
        return self._run(_verify, self._folder, _digest(self.card))

    def check(self) -> None:
        """Run the model on the input that it was published with; raises as ``recognise`` does."""
        self._run(_check, self._folder, _digest(self.card))

    def _run(self, function: Callable[..., T], *arguments: Any) -> T:
        return self._workers.run(function, *arguments)


class ConfinedRecognizer(RecognizerApart):
    """Recognises emotion with a bundle that nobody vouches for, in processes of its own that are confined.

    They end when it is no longer used.

    Parameters
    ----------
    folder : Path
    processes : int
        At most.

    Raises
    ------
    BundleError
        When the bundle cannot be read or trusted, exceeds its limits, or no processes can be started here.
    """

    def __init__(self, folder: Path, processes: int) -> None:
        size = _model_bytes(folder)
        self._most_s = LEAST_S + S_PER_BYTE * size
        self._most_bytes = LEAST_BYTES + BYTES_PER_BYTE * size
        self._pid = os.getpid()
        try:
            self._empty = tempfile.TemporaryDirectory(prefix="sentisound-")
            self._own = Processes(processes, PRELOAD, self._most_bytes)
        except (ImportError, OSError) as error:
            raise BundleUntrusted(_no_processes(error)) from None
        self._work_in = Path(self._empty.name)
        weakref.finalize(self, _ended, self._own, self._empty)
        self._start()
        super().__init__(folder.resolve(), self._own)

    def _start(self) -> None:
        """Start the first process: what is imported once is not the model's time."""
        try:
            with deadline.limit(deadline.Deadline(START_S, within=deadline.current())):
                self._own.run(os.getpid)
        except WorkerDied as error:
            raise BundleUntrusted(_no_processes(error)) from None

    def _run(self, function: Callable[..., T], *arguments: Any) -> T:
        if os.getpid() != self._pid:
            raise BundleUntrusted(_no_processes("this process was forked from the one that opened the model"))
        current = deadline.current()
        try:
            found: T = self._own.run_for(self._most_s, _confined, self._folder, self._work_in, function, arguments)
        except DeadlineExceeded:
            current.check()  # it is the caller's time that is over
            raise BundleExceedsLimits(f"{MODEL_FILE} takes more than {self._most_s:.0f} s at once") from None
        except MemoryLimitExceeded:
            raise BundleExceedsLimits(f"{MODEL_FILE} takes more than {self._most_bytes / 1e6:.0f} MB") from None
        except WorkerDied:
            raise BundleExceedsLimits(f"{MODEL_FILE} ends the process that runs it") from None
        return found


def _no_processes(why: object) -> str:
    return (
        "a model that does not ship with SentiSound runs in processes of its own, and none can be started here "
        f"({why}); if you know where it comes from, SENTISOUND_TRUST_MODELS=true runs it without"
    )


def _model_bytes(folder: Path) -> int:
    if not (folder / CARD_FILE).is_file():
        raise BundleNotFound(f"there is no {CARD_FILE} in {str(folder)!r}; `sentisound models list` shows the models")
    model = folder / MODEL_FILE
    return min(model.stat().st_size, MAX_MODEL_BYTES) if model.is_file() else 0


def _ended(processes: Processes, empty: tempfile.TemporaryDirectory[str]) -> None:
    processes.close(0)
    empty.cleanup()


def _confined(bundle: Path, empty: Path, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    """Call a function in a process that is confined to one bundle, from its first work on."""
    _confine(bundle, empty)
    return function(*arguments)


@cache
def _confine(bundle: Path, empty: Path) -> None:
    import sentisound.features.sets
    import sentisound.recognition.recognizer
    import sentisound.recognition.verify  # noqa: F401 - what would look for files is loaded first
    from sentisound.recognition.confinement import confine

    confine(bundle, empty)


def _card(folder: Path) -> Card:
    _open.pop(folder, None)  # what lies there now, whatever was opened before
    return _opened(folder).card


def _recognise(folder: Path, digest: str, waveform: Waveform) -> Scores:
    return _same(folder, digest).recognise(waveform)


def _verify(folder: Path, digest: str) -> Verification:
    return _same(folder, digest).verify()


def _check(folder: Path, digest: str) -> None:
    _same(folder, digest).check()


def _same(folder: Path, digest: str) -> Recognizer:
    """Return the recogniser of a folder that still holds what was opened first."""
    recognizer = _opened(folder)
    if _digest(recognizer.card) != digest:  # a model of this name was replaced: which one is asked for?
        _open.pop(folder)
        recognizer = _opened(folder)
    if _digest(recognizer.card) != digest:
        raise BundleDamaged(f"the model in {folder.name!r} was replaced while it was in use; start the server again")
    return recognizer


def _opened(folder: Path) -> Recognizer:
    """Return the recogniser of a folder, the last few of which this worker holds open."""
    from sentisound.recognition.recognizer import Recognizer  # and onnxruntime: nothing that the one who asks needs

    if folder not in _open:
        _open[folder] = Recognizer.load(folder)
    _open.move_to_end(folder)
    while len(_open) > OPEN:
        _open.popitem(last=False)
    return _open[folder]


_open: OrderedDict[Path, Recognizer] = OrderedDict()


def _digest(card: Card) -> str:
    return card.files[MODEL_FILE].sha256
