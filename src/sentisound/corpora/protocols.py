"""Named evaluation protocols: which speakers are held out in which fold.

A protocol is speaker-independent when no speaker is on both sides of a fold. Test folds never choose anything: what
has to be chosen (a parameter, a temperature, a threshold) is chosen on held-out speakers of the training side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentisound.errors import UnknownProtocol


@dataclass(frozen=True, slots=True)
class Protocol:
    """Folds of test speakers over one corpus; all folds together test every speaker once."""

    name: str
    corpus: str
    source: str
    test_speakers: tuple[tuple[str, ...], ...]

    @property
    def speaker_independent(self) -> bool:
        """Whether every fold tests speakers who are not heard in training; here by construction."""
        return True

    def splits(self, speakers: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """Return (train, test) indices into ``speakers`` for each fold."""
        return [
            (
                [i for i, speaker in enumerate(speakers) if speaker not in held_out],
                [i for i, speaker in enumerate(speakers) if speaker in held_out],
            )
            for held_out in map(frozenset, self.test_speakers)
        ]


def _actors(*folds: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f"{int(actor):02d}" for actor in fold.split(",")) for fold in folds)


PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "ravdess/emobox6",
            "ravdess",
            "Ma et al. 2024, EmoBox, arXiv 2406.07162",
            _actors("1,11,20,21", "4,10,12,14", "8,9,19,23", "3,5,7,24", "2,15,16,18", "6,13,17,22"),
        ),
        Protocol(
            "ravdess/luna5",
            "ravdess",
            "Luna-Jimenez et al. 2021, doi:10.3390/s21227665",
            _actors("2,5,14,15,16", "3,6,7,13,18", "10,11,12,19,20", "8,17,21,23,24", "1,4,9,22"),
        ),
    )
}


def protocol(name: str) -> Protocol:
    """Return a protocol by name.

    Raises
    ------
    UnknownProtocol
        When there is none of that name; the message lists the names.
    """
    if name not in PROTOCOLS:
        raise UnknownProtocol(f"there is no protocol {name!r}; there are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]
