"""File names that differ only in how they are written from those on the disk.

One name has several spellings in Unicode: composed (NFC), decomposed (NFD, as Macs store names), and with letters of
compatibility (NFKC: full-width forms, ligatures); on Windows and most Macs, case does not matter either. A table that
came from another machine spells names its own way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePath
from unicodedata import normalize

_FORMS: tuple[Callable[[str], str], ...] = (
    partial(normalize, "NFC"),
    partial(normalize, "NFKC"),
    lambda name: normalize("NFKC", name.casefold()),
)
"""Ways to spell a name alike, the strictest first."""


class FileNames:
    """Files below a folder, found by names in any spelling; what folders hold is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._spellings: dict[tuple[Path, int], dict[str, list[str]]] = {}

    def find(self, name: PurePath) -> list[Path]:
        """Return the file of that name; else those whose names differ from it least, and only in their spelling.

        Raises
        ------
        OSError
            When the name is none that a file can have.
        """
        exact = self._root / name
        if exact.is_file():
            return [exact]
        start = Path(name.anchor) if name.is_absolute() else self._root
        parts = name.parts[1:] if name.is_absolute() else name.parts
        for form in range(len(_FORMS)):
            if found := [path for path in self._below(start, parts, form) if path.is_file()]:
                return found
        return []

    def _below(self, folder: Path, parts: tuple[str, ...], form: int) -> Iterator[Path]:
        if not parts:
            yield folder
            return
        if parts[0] in {"..", "."}:
            yield from self._below(folder / parts[0], parts[1:], form)
            return
        for name in self._alike(folder, form).get(_FORMS[form](parts[0]), []):
            yield from self._below(folder / name, parts[1:], form)

    def _alike(self, folder: Path, form: int) -> dict[str, list[str]]:
        if (folder, form) not in self._spellings:
            spellings: dict[str, list[str]] = defaultdict(list)
            for name in sorted(_names_in(folder)):
                spellings[_FORMS[form](name)].append(name)
            self._spellings[folder, form] = spellings
        return self._spellings[folder, form]


def _names_in(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
