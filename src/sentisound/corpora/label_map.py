"""A map of labels: what the labels of one's own table mean, told in a TOML file.

``exc = "happy"`` makes excited clips happy ones, ``fru = "unused"`` leaves frustrated ones out. The map goes before the
names that are known here, so that ``calm = "neutral"`` folds one emotion into another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentisound.emotions import EMOTIONS, canonical
from sentisound.errors import BadLabelMap, UnknownEmotion

UNUSED = "unused"
"""What a label means whose clips are to be left out."""
EXAMPLE = 'exc = "happy"'


@dataclass(frozen=True, slots=True)
class LabelMap:
    """What labels mean: emotions, or ``UNUSED``."""

    meanings: Mapping[str, str] = field(default_factory=dict)
    """By the label, in lower case and without blanks around it."""

    def meaning(self, label: str) -> str:
        """Return the canonical emotion of a label, or ``UNUSED``.

        Raises
        ------
        UnknownEmotion
            When neither the map nor we know it.
        """
        found = self.meanings.get(_key(label))
        return canonical(label) if found is None else found

    def knows(self, label: str) -> bool:
        """Return whether a label is in the map."""
        return _key(label) in self.meanings


def read_label_map(path: Path) -> LabelMap:
    """Read a map of labels.

    Raises
    ------
    BadLabelMap
        When the file cannot be read, is no TOML, or says of a label what no emotion is.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadLabelMap(f"{str(path)!r} cannot be read: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise BadLabelMap(f"{path.name} is not text in UTF-8, which TOML is written in") from None
    except tomllib.TOMLDecodeError as error:
        raise BadLabelMap(f"{path.name} is no TOML: {error}; a line is label = emotion, as {EXAMPLE}") from None
    meanings: dict[str, str] = {}
    for label, value in told.items():
        meaning = _meaning(path.name, label, value)
        if meanings.setdefault(_key(label), meaning) != meaning:
            raise BadLabelMap(f"{path.name}: {label!r} is told twice, with different meanings; case does not matter")
    if not meanings:
        raise BadLabelMap(f"{path.name} maps no label; a line is label = emotion, as {EXAMPLE}")
    return LabelMap(meanings)


def _meaning(file: str, label: str, value: object) -> str:
    if isinstance(value, dict):
        raise BadLabelMap(f"{file}: [{label}] is a section; a map has none, its lines are label = emotion")
    if not isinstance(value, str):
        raise BadLabelMap(f"{file}: {label} is {value!r}, not the name of an emotion in quotes, as {EXAMPLE}")
    if _key(value) == UNUSED:
        return UNUSED
    try:
        return canonical(value)
    except UnknownEmotion:
        names = ", ".join(EMOTIONS)
        raise BadLabelMap(f"{file}: {label} = {value!r} is no emotion; they are {names}, or {UNUSED}") from None


def _key(label: str) -> str:
    return label.strip().casefold()
