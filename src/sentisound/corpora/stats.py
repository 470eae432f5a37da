"""Statistics of a corpus: how many clips of which label and speaker, how long and how loud they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.corpora.folds import in_order
from sentisound.corpora.sounds import Progress, Sound, measure
from sentisound.corpora.survey import survey
from sentisound.errors import CorpusNotFound

GROUPS: Mapping[str, Callable[[Utterance], str]] = {
    "label": lambda clip: clip.label,
    "speaker": lambda clip: clip.speaker,
    "sex": lambda clip: clip.sex or "unknown",
    "language": lambda clip: clip.language or "unknown",
}
"""By what the clips are grouped."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How values are spread: the middle one and the outermost ones."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Group:
    """The clips of one label, speaker, sex or language."""

    by: str
    name: str
    clips: int
    total_s: float
    duration_s: Spread
    level_db: Spread


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """What a corpus is made of."""

    corpus: str
    title: str
    clips: int
    texts: int
    """Different sentences; 0 where they are not known."""
    total_s: float
    duration_s: Spread
    level_db: Spread
    """Of the clips' RMS, dB relative to full scale."""
    groups: tuple[Group, ...]
    left_out: int
    """Clips that cannot be decoded, files whose names break the corpus's rule, rows of a table that cannot be used;
    ``check`` tells them."""
    durations_s: tuple[float, ...]
    levels_db: tuple[float, ...]

    def by(self, name: str) -> list[Group]:
        """Return the groups by ``label``, ``speaker``, ``sex`` or ``language``."""
        return [group for group in self.groups if group.by == name]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, without the values of each clip."""
        return {key: value for key, value in asdict(self).items() if key not in {"durations_s", "levels_db"}}


def stats(corpus: Corpus, root: Path, *, jobs: int = 1, progress: Progress = lambda *_: None) -> CorpusStats:
    """Decode every clip of a corpus and count.

    Raises
    ------
    CorpusNotFound
        When not one clip of the corpus is there and can be decoded.
    """
    found = survey(corpus, root)
    sounds = measure([clip.recording for clip in found.clips], jobs, progress)
    pairs = [(clip, sound) for clip, sound in zip(found.clips, sounds, strict=True) if sound.duration_s > 0]
    if not pairs:
        why = f": {'; '.join(corpus.problems[:3])}" if corpus.problems else ""
        raise CorpusNotFound(f"{str(root)!r} holds no clip of {corpus.title} that can be decoded{why}")
    clips, heard = zip(*pairs, strict=True)
    return CorpusStats(
        corpus=corpus.name,
        title=corpus.title,
        clips=len(clips),
        texts=len({clip.text for clip in clips} - {""}),
        total_s=sum(sound.duration_s for sound in heard),
        duration_s=_spread([sound.duration_s for sound in heard]),
        level_db=_spread([sound.level_db for sound in heard]),
        groups=tuple(_groups(clips, heard)),
        left_out=len(found.clips) - len(clips) + len(found.strays) + len(corpus.problems),
        durations_s=tuple(sound.duration_s for sound in heard),
        levels_db=tuple(sound.level_db for sound in heard),
    )


def _groups(clips: Sequence[Utterance], sounds: Sequence[Sound]) -> Iterator[Group]:
    for by, of in GROUPS.items():
        values = [of(clip) for clip in clips]
        for name in in_order(set(values)) if by == "label" else sorted(set(values)):
            members = [sound for value, sound in zip(values, sounds, strict=True) if value == name]
            durations, levels = [one.duration_s for one in members], [one.level_db for one in members]
            yield Group(by, name, len(members), sum(durations), _spread(durations), _spread(levels))


def _spread(values: Sequence[float] | NDArray[np.float64]) -> Spread:
    return Spread(float(np.median(values)), float(np.min(values)), float(np.max(values)))
