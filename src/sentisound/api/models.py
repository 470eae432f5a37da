"""The models that the server answers with: the default one, and beside it the last ones that were asked for by name."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from sentisound.bundle import CARD_FILE, Card, read_card
from sentisound.errors import BundleError, BundleNotFound
from sentisound.recognition.registry import folders
from sentisound.service import Analyzer, length_s, preparation
from sentisound.settings import Settings


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
        self._open: OrderedDict[str, Analyzer] = OrderedDict()
        self._lock = Lock()
        self._preparation = preparation(settings, default.workers)

    def length_s(self, file: BinaryIO) -> float:
        """Return how long a sound probably is, in seconds; the file stands at its start before and after."""
        return length_s(file, self._preparation)

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
        with self._lock:  # one at a time: two requests for a model must not load it twice
            if name not in self._open:
                if name not in folders(self._settings.models_dir):
                    raise BundleNotFound(f"there is no model {name[:100]!r} any more")
                self._open[name] = self._analyzer(name)
            self._open.move_to_end(name)
            while len(self._open) > self._settings.model_cache:
                self._open.popitem(last=False)
            return self._open[name]

    def _analyzer(self, name: str) -> Analyzer:
        return Analyzer(self._settings.model_copy(update={"model": name}), self.default.workers)

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


def _card_in(folder: Path) -> Card | None:
    try:
        return _read(folder, (folder / CARD_FILE).stat().st_mtime_ns)
    except (BundleError, OSError):
        return None


@lru_cache(maxsize=64)
def _read(folder: Path, changed_ns: int) -> Card:  # noqa: ARG001 - a card that was changed is read anew
    return read_card(folder)
