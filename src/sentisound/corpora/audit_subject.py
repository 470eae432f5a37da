"""What is audited: from names of protocols and places of corpora to clips and splits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import Split
from sentisound.corpora.manifest import Reading, read_manifest
from sentisound.corpora.protocols import PROTOCOLS, Protocol, protocol
from sentisound.corpora.registry import CORPORA, corpus
from sentisound.errors import CorpusNotFound, IncompleteCorpus


@dataclass(frozen=True, slots=True)
class Subject:
    """Clips, and the splits of protocols over them; a split's name starts with its protocol's."""

    utterances: tuple[Utterance, ...]
    splits: tuple[Split, ...]
    protocols: tuple[Protocol, ...]

    @property
    def speaker_independent(self) -> bool:
        """Whether every protocol promises that no speaker is on both sides."""
        return all(one.speaker_independent for one in self.protocols)


def everything(root: Path) -> Subject:
    """Return all corpora below ``root`` under every speaker-independent protocol that they are enough for.

    Raises
    ------
    CorpusNotFound
        When there is no corpus.
    """
    utterances = _read(root, CORPORA)
    if not utterances:
        raise CorpusNotFound(f"{str(root)!r} holds no folder named as a corpus: {', '.join(CORPORA)}")
    here = {clip.corpus for clip in utterances}
    fitting = [one for one in PROTOCOLS.values() if one.speaker_independent and here.issuperset(one.corpora)]
    return _cut(utterances, fitting, lenient=True)


def under(name: str, root: Path) -> Subject:
    """Return the corpora that one protocol needs, and its splits; all corpora there are, for one that names none.

    Raises
    ------
    UnknownProtocol, CorpusNotFound, IncompleteCorpus
    """
    chosen = protocol(name)
    if not chosen.corpora:
        return _cut(everything(root).utterances, [chosen])
    return _cut(tuple(clip for one in chosen.corpora for clip in corpus(one).read(root / one)), [chosen])


def table(path: Path, name: str | None, reading: Reading | None = None) -> Subject:
    """Return the clips of one's own table, under a protocol or under none.

    Raises
    ------
    BadManifest, UnknownProtocol, IncompleteCorpus
    """
    return _cut(read_manifest(path, reading).utterances, [protocol(name)] if name else [])


def _read(root: Path, names: Iterable[str]) -> tuple[Utterance, ...]:
    return tuple(clip for name in names if (root / name).is_dir() for clip in corpus(name).read(root / name))


def _cut(utterances: tuple[Utterance, ...], protocols: Sequence[Protocol], *, lenient: bool = False) -> Subject:
    """Cut the clips by each protocol; ``lenient`` passes over those that the clips do not fill."""
    splits: list[Split] = []
    used = []
    for one in protocols:
        with suppress(*([IncompleteCorpus] if lenient else [])):
            splits.extend(replace(split, name=f"{one.name}/{split.name}") for split in one.splits(utterances))
            used.append(one)
    return Subject(utterances, tuple(splits), tuple(used))
