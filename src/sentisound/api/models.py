"""The models that the server answers with: the default one, and beside it the last ones that were asked for by name."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock

from sentisound.bundle import CARD_FILE, read_card
from sentisound.card import Card
from sentisound.deadline import Deadline, limit
from sentisound.errors import BundleError, BundleNotFound, SentiSoundError
from sentisound.recognition.registry import folders
from sentisound.service import Analyzer
from sentisound.settings import Settings

CHECK_S = 5.0
"""How long the default model may take to answer the input that it was published with, the wait for others included."""
CHECKED_S = 5.0
RETRY_S = 10.0
"""A model that could not be opened is tried again after this: a hostile one takes seconds each time."""


class Models:
    """Analyzers by name; safe to share between threads, and it blocks while a model is loaded.

    Parameters
    ----------
    settings : Settings
    default : Analyzer
        Always open; the others, at most ``settings.model_cache``, make room for each other.
    """

    def __init__(self, settings: Settings, default: Analyzer) -> None:
        self.default = default
        self._settings = settings
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = Lock()
        self._checking, self._checked_s = Lock(), 0.0
        self._fault: SentiSoundError | None = None

    def named(self, name: str | None) -> str:
        """Return the name of a model given as ``name`` or ``name@version``; the default's where it is None.

        Raises
        ------
        BundleNotFound
            When there is none; the message lists the names. A folder is not a name here.
        """
        if name is None or name in {self.default.card.name, self.default.card.id}:
            return self.default.card.name
        cards = self.cards()
        found = next((known for known, card in cards.items() if name in {known, card.id}), None)
        if found is None:
            raise BundleNotFound(f"there is no model {name[:100]!r}; there are {', '.join(cards)}")
        return found

    def get(self, name: str) -> Analyzer:
        """Return the analyzer of a model by a name that ``named`` gave; it is loaded where it is not open.

        Raises
        ------
        BundleError
            When it cannot be found, read or trusted.
        """
        if name == self.default.card.name:
            return self.default
        with self._lock:
            found = self._known.setdefault(name, _Known())
        with found.lock:  # two requests for a model must not load it twice; others need not wait for it
            analyzer = found.open(folders(self._settings.models_dir).get(name), self._analyzer)
        self._make_room(name)
        return analyzer

    def _make_room(self, name: str) -> None:
        """Forget the models that were asked for longest ago; whoever still uses one keeps it until then."""
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
            while len(self._known) > self._settings.model_cache:
                self._known.popitem(last=False)

    def _analyzer(self, folder: Path) -> Analyzer:
        return Analyzer(self._settings.model_copy(update={"model": folder.name}), self.default.workers)

    def fault(self) -> SentiSoundError | None:
        """Return why the default model does not answer; None where it does. It blocks, and runs the model now and then.

        What was found holds for ``CHECKED_S``, and while somebody else looks.
        """
        if self._checking.acquire(blocking=not self._checked_s):
            try:
                if time.monotonic() - self._checked_s > CHECKED_S:
                    self._fault = _fault_of(self.default)
                    self._checked_s = time.monotonic()
            finally:
                self._checking.release()
        return self._fault

    def cards(self) -> dict[str, Card]:
        """Return the cards of all models by name, the default first; one that cannot be read is left out."""
        cards = {self.default.card.name: self.default.card}
        for name, folder in folders(self._settings.models_dir).items():
            if name not in cards and (card := _card_in(folder)) is not None:
                cards[name] = card
        return cards

    def card_of(self, identity: str) -> Card | None:
        """Return the card of ``name@version``; None where that model is not here."""
        return next((card for card in self.cards().values() if card.id == identity), None)


class _Known:
    """A model that was asked for: its analyzer, or why there is none."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._analyzer: Analyzer | None = None
        self._error: BundleError | None = None
        self._failed_s = 0.0

    def open(self, folder: Path | None, make: Callable[[Path], Analyzer]) -> Analyzer:
        """Return the analyzer of the model in a folder; one that failed is not tried again at once."""
        if folder is None:
            raise BundleNotFound("this model is not there any more")
        if self._error and time.monotonic() - self._failed_s < RETRY_S:
            raise type(self._error)(str(self._error))
        try:
            self._analyzer = self._analyzer or make(folder)
        except BundleError as error:
            self._error, self._failed_s = error, time.monotonic()
            raise
        return self._analyzer


def _fault_of(analyzer: Analyzer) -> SentiSoundError | None:
    try:
        with limit(Deadline(CHECK_S)):
            analyzer.check()
    except SentiSoundError as error:
        return error
    return None


def _card_in(folder: Path) -> Card | None:
    try:
        return _read(folder, (folder / CARD_FILE).stat().st_mtime_ns)
    except (BundleError, OSError):
        return None


@lru_cache(maxsize=64)
def _read(folder: Path, changed_ns: int) -> Card:  # noqa: ARG001 - a card that was changed is read anew
    return read_card(folder)
