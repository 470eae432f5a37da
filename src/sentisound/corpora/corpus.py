"""What a corpus is: facts about it, and how a file's path tells who said what with which emotion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from sentisound.audio.waveform import Span
from sentisound.corpora.recordings import Recording, pointer_of
from sentisound.errors import CorpusNotFound

LOSSLESS = frozenset({".wav", ".flac", ".aiff", ".aif"})
AUDIO_SUFFIXES = LOSSLESS | {".opus", ".ogg", ".mp3", ".m4a"}
MEDIA_SUFFIXES = AUDIO_SUFFIXES | {".mp4"}

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
    span: Span | None = None
    """The stretch of the file that is the clip; None for all of it."""
    part: str = ""
    """The published part that it belongs to: ``train``, ``development``, ``test1``; empty where there are none."""

    @property
    def recording(self) -> Recording:
        """What the clip is heard from."""
        return Recording(self.path, self.span)


Parse = Callable[[PurePath], Utterance | None]
"""Path to utterance; None for a file that belongs to the corpus but not to what is learned from.

Raises ``BadUtteranceName`` for a name that does not follow the corpus's rule."""


def audio_files(root: Path, suffixes: frozenset[str] = AUDIO_SUFFIXES) -> list[Path]:
    """Return the audio files below a folder, by their suffix, sorted; hidden ones (``._x.wav``) are no sound."""
    found = (path for path in sorted(root.rglob("*")) if path.suffix.lower() in suffixes)
    return [path for path in found if not path.name.startswith(".")]


def lossless_first(paths: Iterable[Path]) -> list[Path]:
    """Return paths in their order, those of lossless formats before the others."""
    return sorted(paths, key=lambda path: path.suffix.lower() not in LOSSLESS)


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
    expected_clips: int | None
    """None where versions of the corpus differ."""
    expected_speakers: int | None
    parse: Parse
    """What a path tells by itself; of a corpus whose labels are in tables, all but the label."""
    annotated: Callable[[Path], Parse] | None = None
    """For a corpus whose labels are in tables: reads those of the download in a folder."""
    expected_names: Callable[[Path], Names] = _not_enumerable
    """The names that a complete download in that folder has; empty where no list of them is known."""
    files: Callable[[Path], Iterable[Path]] = audio_files
    """The audio files of a download in that folder."""
    listed: tuple[Utterance, ...] | None = None
    """The clips that one's own table lists, in place of those that files tell."""
    problems: tuple[str, ...] = ()
    """What is wrong with the table that describes the clips, row by row."""
    notes: tuple[str, ...] = ()
    """What one should know of that table as a whole."""

    def parser(self, root: Path) -> Parse:
        """Return what makes utterances of the paths of the download in a folder.

        Raises
        ------
        CorpusNotFound
            When the tables with the labels are not there.
        """
        return self.parse if self.annotated is None else self.annotated(root)

    def read(self, root: Path) -> list[Utterance]:
        """Return the corpus's utterances below ``root``, sorted by name, each name once.

        Names are unique within a corpus; some downloads hold every file twice, in nested folders or in another format,
        of which the lossless one is taken.

        Raises
        ------
        CorpusNotFound
            When ``root`` is missing, holds none of the corpus's clips, or only pointers to them.
        BadUtteranceName
            When an audio file's name does not follow the corpus's rule.
        """
        found: dict[str, Utterance] = {}
        if self.listed is not None:
            found = {clip.name: clip for clip in self.listed}
        elif paths := lossless_first(self.files(root)):
            parse = self.parser(root)
            for path in paths:
                if (utterance := parse(path)) is not None:
                    found.setdefault(utterance.name, utterance)
        if not found:
            where = f"; get it from {self.url}" if self.url else ""
            raise CorpusNotFound(f"{str(root)!r} holds no clip of {self.title}{where}")
        self._refuse_pointers(found, root)
        return [found[name] for name in sorted(found)]

    def _refuse_pointers(self, found: Mapping[str, Utterance], root: Path) -> None:
        pointers = [(clip.path, words) for clip in found.values() if (words := pointer_of(clip.path))]
        if pointers:
            path, words = pointers[0]
            raise CorpusNotFound(
                f"{len(pointers)} of {len(found)} clips of {self.title} in {str(root)!r} are not there: "
                f"{path.name} is {words}"
            )
