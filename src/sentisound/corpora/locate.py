"""From what a person names, a corpus, a folder or a table, to a corpus and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sentisound.corpora.corpus import MEDIA_SUFFIXES, Corpus, audio_files
from sentisound.corpora.manifest import SUFFIXES, Reading, read_manifest
from sentisound.corpora.registry import CORPORA, corpus
from sentisound.errors import BadUtteranceName, CorpusNotFound, UnknownCorpus

LOOKED_AT = 500
"""Files whose names are tried, spread over the folder; a rule that fits fits most of them."""


@dataclass(frozen=True, slots=True)
class Located:
    """A corpus and its folder; for a manifest, the folder of the table."""

    corpus: Corpus
    root: Path


def locate(name: str, corpora: Path | None, reading: Reading | None = None) -> Located:
    """Find a corpus by its name below ``corpora``, or by the path of its folder or of a manifest.

    ``reading`` says how a manifest is to be read.

    Raises
    ------
    UnknownCorpus
        When it is neither a corpus's name nor a path, or no corpus's naming rule fits the folder's files.
    CorpusNotFound
        When the corpus's folder is not known or holds no audio file.
    BadManifest
        When the table cannot be read.
    """
    path = Path(name)
    if name in CORPORA and (corpora is not None or not path.is_dir()):
        if corpora is None:
            raise CorpusNotFound(f"say where {name} is: --corpora FOLDER, SENTISOUND_CORPORA=FOLDER, or its own path")
        return Located(corpus(name), corpora / name)
    if is_table(path):
        return Located(read_manifest(path, reading).corpus, path.parent)
    if not path.is_dir():
        raise UnknownCorpus(f"{name!r} is neither a corpus ({', '.join(CORPORA)}) nor a folder or a table of clips")
    return Located(recognise(path), path)


def is_table(path: Path) -> bool:
    """Return whether a path is meant to be a table of clips: it is a file, or named as one."""
    return path.is_file() or path.suffix.lower() in SUFFIXES


def recognise(root: Path) -> Corpus:
    """Return the corpus whose naming rule fits most of a folder's audio files.

    Raises
    ------
    CorpusNotFound
        When the folder holds no audio file.
    UnknownCorpus
        When no rule fits any file, and the folder does not bear a corpus's name.
    """
    paths = audio_files(root, MEDIA_SUFFIXES)
    if not paths:
        raise CorpusNotFound(f"{str(root)!r} holds no audio file")
    sample = paths[:: max(1, len(paths) // LOOKED_AT)]
    fitting = {name: sum(_fits(entry, path) for path in sample) for name, entry in CORPORA.items()}
    best = max(fitting, key=fitting.__getitem__)
    if fitting[best]:
        return CORPORA[best]
    if root.resolve().name in CORPORA:
        return CORPORA[root.resolve().name]
    raise UnknownCorpus(f"the names in {str(root)!r} follow no corpus's rule (as {paths[0].name!r}); say --as NAME")


def _fits(entry: Corpus, path: Path) -> bool:
    try:
        entry.parse(path)
    except BadUtteranceName:
        return False
    return True
