"""A survey: which files of a folder are clips of a corpus, and which are not; it takes any folder as it comes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sentisound.corpora.corpus import Corpus, Utterance, lossless_first
from sentisound.errors import BadUtteranceName, CorpusNotFound


@dataclass(frozen=True, slots=True)
class Stray:
    """An audio file that is none of the corpus's clips."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Survey:
    """The audio files of a folder, sorted into clips, further copies of clips, and strays."""

    clips: tuple[Utterance, ...]
    """Sorted by name, each name once."""
    copies: tuple[Utterance, ...]
    """Files whose name a clip has already."""
    strays: tuple[Stray, ...]
    left_out: int
    """Files that belong to the corpus and not to what is learned from: song, video, labels that we have not."""


def survey(corpus: Corpus, root: Path) -> Survey:
    """Sort the audio files below ``root``; a file that breaks the corpus's rule is told, not raised.

    Raises
    ------
    CorpusNotFound
        When there is no such folder, or it holds no audio file at all or not the tables with their labels.
    """
    if corpus.listed is not None:
        if not corpus.listed and not corpus.problems:
            raise CorpusNotFound(f"{corpus.title} lists no clip")
        return Survey(corpus.listed, (), (), 0)
    paths = lossless_first(corpus.files(root))
    if not paths:
        where = f"; get {corpus.title} from {corpus.url}" if corpus.url else ""
        raise CorpusNotFound(f"{str(root)!r} holds no audio file{where}")
    clips: dict[str, Utterance] = {}
    copies, strays, left_out = [], [], 0
    parse = corpus.parser(root)
    for path in paths:
        try:
            clip = parse(path)
        except BadUtteranceName as error:
            strays.append(Stray(path, str(error)))
            continue
        if clip is None:
            left_out += 1
        elif clip.name in clips:
            copies.append(clip)
        else:
            clips[clip.name] = clip
    return Survey(tuple(clips[name] for name in sorted(clips)), tuple(copies), tuple(strays), left_out)
