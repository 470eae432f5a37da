"""What a corpus is: facts about it, and how a file's path tells who said what with which emotion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

from sentisound.errors import CorpusNotFound

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".opus", ".ogg", ".mp3", ".m4a"})


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
    """Which sentence was spoken; equal texts have equal ids within the corpus."""
    sex: str
    """``female`` or ``male``."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A labelled corpus: its facts, and the parser of its file names."""

    name: str
    title: str
    language: str
    """ISO 639-1."""
    licence: str
    citation: str
    url: str
    """Where users get it."""
    labels: tuple[str, ...]
    expected_clips: int
    expected_speakers: int
    parse: Callable[[PurePath], Utterance | None]
    """Path to utterance; None for a file that belongs to the corpus but not to its speech part.

    Raises ``BadUtteranceName`` for a name that does not follow the corpus's rule."""

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
        paths = {path.stem: path for path in sorted(root.rglob("*")) if path.suffix.lower() in AUDIO_SUFFIXES}
        found = [utterance for _, path in sorted(paths.items()) if (utterance := self.parse(path)) is not None]
        if not found:
            raise CorpusNotFound(f"{str(root)!r} holds no clip of {self.title}; get it from {self.url}")
        return found
