"""What a corpus is: facts about it, and how a file's path tells who said what with which emotion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from sentisound.errors import CorpusNotFound

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".opus", ".ogg", ".mp3", ".m4a"})

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One labelled clip of a corpus."""

    path: Path
    corpus: str
    speaker: str
    """Unique within the corpus."""
    label: str
    """Canonical emotion."""
    text: str
    """Which sentence was spoken: equal sentences have equal ids within the corpus; empty where it is not known."""
    sex: str
    """``female`` or ``male``; empty where it is not known."""
    language: str
    """ISO 639-1 of what was spoken."""
    name: str
    """The clip's name without folder and suffix; unique within the corpus."""


def audio_files(root: Path) -> list[Path]:
    """Return the audio files below a folder, by their suffix, sorted; hidden ones (``._x.wav``) are no sound."""
    found = (path for path in sorted(root.rglob("*")) if path.suffix.lower() in AUDIO_SUFFIXES)
    return [path for path in found if not path.name.startswith(".")]


def _not_enumerable(_: Path) -> Names:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Corpus:
    """A labelled corpus: its facts, and the parser of its file names."""

    name: str
    title: str
    languages: tuple[str, ...]
    """ISO 639-1."""
    licence: str
    citation: str
    url: str
    """Where users get it."""
    layout: str
    """How its files are named, for people."""
    labels: tuple[str, ...]
    expected_clips: int
    expected_speakers: int
    parse: Callable[[PurePath], Utterance | None]
    """Path to utterance; None for a file that belongs to the corpus but not to its speech part.

    Raises ``BadUtteranceName`` for a name that does not follow the corpus's rule."""
    expected_names: Callable[[Path], Names] = _not_enumerable
    """The names that a complete download in that folder has; empty where no list of them is known."""
    files: Callable[[Path], Iterable[Path]] = audio_files
    """The audio files of a download in that folder."""
    problems: tuple[str, ...] = ()
    """What is wrong with the table that describes the clips, row by row."""

    def read(self, root: Path) -> list[Utterance]:
        """Return the corpus's utterances below ``root``, sorted by name, each name once.

        Names are unique within a corpus; some downloads hold every file twice, in nested folders.

        Raises
        ------
        CorpusNotFound
            When ``root`` is missing or holds none of the corpus's clips.
        BadUtteranceName
            When an audio file's name does not follow the corpus's rule.
        """
        found: dict[str, Utterance] = {}
        for path in self.files(root):
            if (utterance := self.parse(path)) is not None:
                found.setdefault(utterance.name, utterance)
        if not found:
            where = f"; get it from {self.url}" if self.url else ""
            raise CorpusNotFound(f"{str(root)!r} holds no clip of {self.title}{where}")
        return [found[name] for name in sorted(found)]
