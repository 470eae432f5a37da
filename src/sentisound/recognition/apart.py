"""The recogniser apart: the same answers, computed by workers, so that this process stays free for others."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sentisound.audio.waveform import Waveform
from sentisound.bundle import MODEL_FILE, Card
from sentisound.errors import BundleDamaged
from sentisound.results import Scores
from sentisound.workers import Workers

if TYPE_CHECKING:
    from sentisound.recognition.recognizer import Recognizer

OPEN = 4
"""Models that a worker holds open."""


class Recognises(Protocol):
    """Recognises emotion in utterances."""

    @property
    def card(self) -> Card:
        """The card of the model."""
        ...

    def recognise(self, waveform: Waveform) -> Scores:
        """Return the calibrated scores of one utterance."""
        ...


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
        self.card = workers.run(_card, folder)
        self._folder = folder
        self._workers = workers

    def recognise(self, waveform: Waveform) -> Scores:
        """Return the calibrated scores of one utterance.

        Raises
        ------
        BundleError
            When the bundle was changed since it was opened.
        WorkerDied
            When a worker dies of it.
        """
        return self._workers.run(_recognise, self._folder, _digest(self.card), waveform)


def _card(folder: Path) -> Card:
    _open.pop(folder, None)  # what lies there now, whatever was opened before
    return _opened(folder).card


def _recognise(folder: Path, digest: str, waveform: Waveform) -> Scores:
    recognizer = _opened(folder)
    if _digest(recognizer.card) != digest:  # a model of this name was replaced: which one is asked for?
        _open.pop(folder)
        recognizer = _opened(folder)
    if _digest(recognizer.card) != digest:
        raise BundleDamaged(f"the model in {folder.name!r} was replaced while it was in use; start the server again")
    return recognizer.recognise(waveform)


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
