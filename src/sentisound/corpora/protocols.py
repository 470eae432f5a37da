"""Named evaluation protocols: which clips are learned from and which are tested, in which folds.

A protocol is speaker-independent when no speaker is on both sides of a split; one that is not is marked
"speaker-dependent" wherever it is shown. Test folds never choose anything: what has to be chosen (a parameter, a
temperature, a threshold) is chosen on held-out speakers of the training side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.emobox import speaker_folds
from sentisound.corpora.folds import (
    AcrossCorpora,
    DealtSpeakers,
    EachCorpus,
    EachSpeaker,
    Folds,
    ListedClips,
    PublishedParts,
    RandomClips,
    SpeakerGroups,
    Split,
)
from sentisound.corpora.iemocap import SESSIONS
from sentisound.corpora.registry import CORPORA
from sentisound.errors import IncompleteCorpus, UnknownProtocol

__all__ = ["PROTOCOLS", "Protocol", "Split", "protocol"]

LOCO_CLASSES = ("neutral", "happy", "sad", "angry")
"""The four classes that every corpus here has, save AESDD, which has no neutral clip."""

_CROSS = re.compile(r"cross:([\w+.-]+)->([\w+.-]+)")


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to evaluate, by name."""

    name: str
    corpora: tuple[str, ...]
    """The corpora it needs; empty for a protocol that takes those of the recipe."""
    source: str
    """Who published it, or what it is for."""
    folds: Folds

    @property
    def speaker_independent(self) -> bool:
        """Whether no speaker is on both sides of a split."""
        return self.folds.speaker_independent

    def labels(self, utterances: Sequence[Utterance]) -> tuple[str, ...]:
        """Return the classes under this protocol, in the order of ``EMOTIONS``."""
        return self.folds.labels([clip for clip in utterances if self._needs(clip)])

    def splits(self, utterances: Sequence[Utterance]) -> list[Split]:
        """Return the splits, as indices into ``utterances``.

        Clips of labels or corpora that the protocol leaves out are in neither side.

        Raises
        ------
        IncompleteCorpus
            When a split would learn from nothing or test nothing.
        """
        labels = frozenset(self.labels(utterances))
        kept = [i for i, clip in enumerate(utterances) if self._needs(clip) and clip.label in labels]
        splits = [
            Split(split.name, tuple(kept[i] for i in split.train), tuple(kept[i] for i in split.test))
            for split in self.folds.cut([utterances[i] for i in kept])
        ]
        self._refuse_empty(splits)
        return splits

    def _needs(self, clip: Utterance) -> bool:
        return not self.corpora or clip.corpus in self.corpora

    def _refuse_empty(self, splits: Sequence[Split]) -> None:
        for side in ("train", "test"):
            empty = [split.name for split in splits if not getattr(split, side)]
            if empty or not splits:
                what = ", ".join(empty) or "all"
                raise IncompleteCorpus(
                    f"the clips at hand leave nothing to {side} in {self.name}, split {what}: "
                    f"it needs {' and '.join(self.corpora) or 'more than these'}"
                )


def _actors(*folds: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f"{int(actor):02d}" for actor in fold.split(",")) for fold in folds)


_EMOBOX = "Ma et al. 2024, EmoBox, arXiv 2406.07162"
_LOSO = "leave one speaker out"

_FIXED = (
    Protocol("ravdess/emobox6", ("ravdess",), _EMOBOX, SpeakerGroups(speaker_folds("ravdess"))),
    Protocol(
        "ravdess/luna5",
        ("ravdess",),
        "Luna-Jimenez et al. 2021, doi:10.3390/s21227665",
        SpeakerGroups(_actors("2,5,14,15,16", "3,6,7,13,18", "10,11,12,19,20", "8,17,21,23,24", "1,4,9,22")),
    ),
    *(Protocol(f"{name}/loso", (name,), _LOSO, EachSpeaker()) for name in ("savee", "emodb", "tess")),
    Protocol("emodb/emobox5", ("emodb",), _EMOBOX, ListedClips("emodb")),
    Protocol("tess/emobox", ("tess",), _EMOBOX, ListedClips("tess")),
    Protocol("cremad/emobox", ("cremad",), _EMOBOX, ListedClips("cremad")),
    Protocol("esd/emobox5", ("esd",), _EMOBOX, SpeakerGroups(speaker_folds("esd"))),
    *(Protocol(f"{name}/loso", (name,), _LOSO, EachSpeaker()) for name in ("nemo", "emotale", "javanese")),
    Protocol("ased/speakers5", ("ased",), "five groups of speakers, each held out once", DealtSpeakers(5)),
    *(Protocol(f"{name}/loso", (name,), _LOSO, EachSpeaker()) for name in ("emovo", "cafe", "aesdd")),
    Protocol(
        "iemocap/sessions5",
        ("iemocap",),
        "leave one session out, four classes, excitement as happiness",
        SpeakerGroups(SESSIONS, LOCO_CLASSES),
    ),
    *(
        Protocol(f"msp-podcast/{part}", ("msp-podcast",), "the test sets of its releases", PublishedParts(part))
        for part in ("test1", "test2")
    ),
    Protocol(
        "meld/test",
        ("meld",),
        "Poria et al. 2019, doi:10.18653/v1/P19-1050",
        PublishedParts("test", speaker_independent=False),
    ),
    Protocol("speakers5", (), "five groups of speakers, each held out once", DealtSpeakers(5)),
    Protocol("random80", (), "the originals' way: 80 % of the clips at random", RandomClips(parts=5, tested=1)),
    Protocol("random5", (), "the originals' way: five random parts", RandomClips(parts=5, tested=5)),
    Protocol("loco", (), "leave one corpus out, four classes", EachCorpus(LOCO_CLASSES)),
)

PROTOCOLS: Mapping[str, Protocol] = {protocol.name: protocol for protocol in _FIXED}
"""The protocols with a fixed name; ``cross:TRAIN->TEST`` is read by ``protocol``."""


def protocol(name: str) -> Protocol:
    """Return a protocol by name; ``cross:TRAIN->TEST`` takes corpora joined by ``+`` on either side.

    Raises
    ------
    UnknownProtocol
        When there is none of that name; the message lists the names.
    """
    if (match := _CROSS.fullmatch(name)) is not None:
        return _across(name, tuple(match[1].split("+")), tuple(match[2].split("+")))
    if name not in PROTOCOLS:
        raise UnknownProtocol(f"there is no protocol {name!r}; there are {', '.join(PROTOCOLS)}, cross:TRAIN->TEST")
    return PROTOCOLS[name]


def _across(name: str, train: tuple[str, ...], test: tuple[str, ...]) -> Protocol:
    unknown = [corpus for corpus in (*train, *test) if corpus not in CORPORA]
    if unknown or set(train) & set(test):
        reason = f"there is no corpus {unknown[0]!r}" if unknown else "a corpus is on both sides"
        raise UnknownProtocol(f"{name!r}: {reason}; there are {', '.join(CORPORA)}")
    source = "learn from one corpus, test on another, over the labels that both have"
    return Protocol(name, (*train, *test), source, AcrossCorpora(train, test))
