"""What an audit found, and its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sentisound.errors import LeakFound

Kind = Literal[
    "speaker_overlap",
    "exact_duplicate",
    "near_duplicate",
    "label_conflict",
    "unknown_speaker",
    "unreadable",
    "unheard",
    "equal_texts",
]
Severity = Literal["leak", "warning", "information"]

SEVERITIES: tuple[Severity, ...] = ("leak", "warning", "information")
"""Worst first."""

KINDS: Mapping[Kind, str] = {
    "speaker_overlap": "a speaker is on both sides",
    "exact_duplicate": "two clips hold the same samples",
    "near_duplicate": "two clips are copies of one recording: louder, noisier, re-encoded, cut",
    "label_conflict": "the same recording has two labels",
    "unknown_speaker": "nobody says who speaks, so that an overlap cannot be seen",
    "unreadable": "a file cannot be decoded",
    "unheard": "a clip is silent and cannot be compared",
    "equal_texts": "sentences are on both sides, as acted corpora have it by design",
}
"""What each kind means, worst first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A clip, a speaker or a sentence, and on which side of the finding's first split."""

    name: str
    """``corpus/clip``; ``corpus/speaker`` for a speaker, ``corpus/text`` for a sentence."""
    label: str
    side: Literal["train", "test", ""]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an audit found."""

    kind: Kind
    severity: Severity
    first: Place
    second: Place | None
    similarity: float
    """0..1; for copies the mean correlation of their waveforms, 1 for everything else."""
    splits: tuple[str, ...]
    """The splits that have the two on different sides; empty where none has."""
    detail: str
    """In words."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found, worst first."""

    findings: tuple[Finding, ...]
    clips: int
    splits: int
    audio: bool
    """Whether the sound was compared, or speakers, texts and paths only."""

    @property
    def leaks(self) -> tuple[Finding, ...]:
        """What lets a test be passed from memory."""
        return tuple(finding for finding in self.findings if finding.severity == "leak")

    @property
    def clean(self) -> bool:
        """Whether there is no leak."""
        return not self.leaks

    @property
    def verdict(self) -> str:
        """``clean``, or what leaks: ``leak: 24 speakers and 3 recordings on both sides``; what was not seen is said."""
        if self.clean:
            gaps = [] if self.audio else ["sound not compared"]
            gaps += ["speakers not known"] if self.count("unknown_speaker") else []
            return f"clean ({', '.join(gaps)})" if gaps else "clean"
        speakers = len({leak.first.name for leak in self.leaks if leak.kind == "speaker_overlap"})
        recordings = sum(leak.kind != "speaker_overlap" for leak in self.leaks)
        counts = ((speakers, "speaker"), (recordings, "pair of copies"))
        return f"leak: {' and '.join(_counted(n, what) for n, what in counts if n)} on both sides"

    def count(self, kind: Kind) -> int:
        """Return how many findings there are of a kind."""
        return Counter(finding.kind for finding in self.findings)[kind]

    def refuse(self) -> None:
        """Raise when there is a leak; not to be called for a protocol that is marked speaker-dependent.

        Raises
        ------
        LeakFound
            With the verdict and the first three leaks.
        """
        if not self.clean:
            raise LeakFound(f"{self.verdict}: {'; '.join(leak.detail for leak in self.leaks[:3])}")

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {"clean": self.clean, "verdict": self.verdict, **asdict(self)}


def _counted(number: int, what: str) -> str:
    plural = "pairs of copies" if what == "pair of copies" else f"{what}s"
    return f"{number} {what if number == 1 else plural}"
