"""The check: is this folder the whole corpus, undamaged? What is wrong is told file by file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal

from sentisound.corpora.corpus import Corpus, Utterance
from sentisound.corpora.sounds import Progress, Sound, measure
from sentisound.corpora.survey import Survey, survey

Kind = Literal[
    "missing",
    "unexpected",
    "row",
    "conflict",
    "duplicate",
    "not downloaded",
    "undecodable",
    "truncated",
    "silent",
    "too short",
    "repeat",
    "format",
    "copy",
]

KINDS: Mapping[Kind, str] = {
    "missing": "clips that the corpus has and this folder has not",
    "unexpected": "files whose name breaks the corpus's rule",
    "row": "rows of the table that cannot be used",
    "conflict": "clips that are there twice with different sound",
    "duplicate": "clips whose sound is that of another speaker's or another label's clip",
    "not downloaded": "pointers of a clone in place of sounds, which are still to be got",
    "undecodable": "files that cannot be decoded",
    "truncated": "files that end early",
    "silent": "files without any sound",
    "too short": "files too short to be a clip",
    "repeat": "clips with the sound of another clip of the same speaker and label; they mislabel nothing",
    "format": "further formats of clips, of which the lossless one is used",
    "copy": "further copies of a clip; they count once and do no harm",
}
"""The kinds of finding, the gravest first, in words."""

HARMLESS: frozenset[Kind] = frozenset({"copy", "format", "repeat"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: Kind
    path: str
    """The file, relative to the corpus's folder; for a missing clip its name."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many clips there are of a speaker or of a label, or in all."""

    group: str
    """``all``, ``speaker`` or ``label``."""
    name: str
    found: int
    expected: int | None
    """None where the corpus does not tell."""

    @property
    def fits(self) -> bool:
        """Whether as many are there as should be."""
        return self.expected is None or self.found == self.expected


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What the check found."""

    corpus: str
    title: str
    root: str
    clips: int
    findings: tuple[Finding, ...]
    counts: tuple[Count, ...]
    left_out: int
    """Files that belong to the corpus and not to what is learned from."""
    notes: tuple[str, ...] = ()
    """What one should know of one's own table as a whole."""

    @property
    def complete(self) -> bool:
        """Whether all clips are there and all are sound; further copies of a clip do no harm."""
        return all(count.fits for count in self.counts) and all(found.kind in HARMLESS for found in self.findings)

    @property
    def verdict(self) -> str:
        """One sentence for people."""
        if self.complete:
            return f"{self.title} is complete: {self.clips} clips, every one of them decoded"
        kinds = Counter(found.kind for found in self.findings if found.kind not in HARMLESS)
        told = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kind in kinds) or "the counts differ"
        return f"{self.title} is damaged or incomplete: {told}"

    @property
    def exit_code(self) -> int:
        """0 when the corpus is complete, else 1."""
        return 0 if self.complete else 1

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "corpus": self.corpus,
            "root": self.root,
            "complete": self.complete,
            "verdict": self.verdict,
            "clips": self.clips,
            "left_out": self.left_out,
            "notes": list(self.notes),
            "counts": [
                {"group": c.group, "name": c.name, "found": c.found, "expected": c.expected} for c in self.counts
            ],
            "findings": [{"kind": f.kind, "path": f.path, "detail": f.detail} for f in self.findings],
        }


def check(corpus: Corpus, root: Path, *, jobs: int = 1, progress: Progress = lambda *_: None) -> CheckReport:
    """Compare a folder with what the corpus should be, and decode every clip.

    Parameters
    ----------
    corpus : Corpus
    root : Path
        The folder of the download; it may be nested, shuffled, renamed, half there or damaged.
    jobs : int
        Processes that decode.
    progress : callable
        Called with (step, done, total).

    Raises
    ------
    CorpusNotFound
        When there is no such folder, or it holds no audio file at all or not the tables with their labels.
    """
    found = survey(corpus, root)
    everything = (*found.clips, *found.copies)
    sounds = measure([clip.recording for clip in everything], jobs, progress)
    expected = _expected(corpus, root)
    findings = [*_of_names(corpus, found, expected, root), *_of_sounds(found, sounds, root)]
    order = list(KINDS)
    return CheckReport(
        corpus=corpus.name,
        title=corpus.title,
        root=str(root),
        clips=len(found.clips),
        findings=tuple(sorted(findings, key=lambda finding: (order.index(finding.kind), finding.path))),
        counts=tuple(_counts(corpus, found.clips, expected)),
        left_out=found.left_out,
        notes=corpus.notes,
    )


def _expected(corpus: Corpus, root: Path) -> tuple[Utterance, ...]:
    parse = corpus.parser(root)
    parsed = (parse(PurePath(name)) for name in sorted(corpus.expected_names(root)))
    return tuple(clip for clip in parsed if clip is not None)


def _of_names(corpus: Corpus, found: Survey, expected: Sequence[Utterance], root: Path) -> Iterator[Finding]:
    there = {clip.name for clip in found.clips}
    known = {clip.name for clip in expected}
    yield from (Finding("missing", clip.name) for clip in expected if clip.name not in there)
    yield from (Finding("unexpected", _relative(stray.path, root), stray.reason) for stray in found.strays)
    yield from (
        Finding("unexpected", _relative(clip.path, root), f"{corpus.title} has no clip {clip.name!r}")
        for clip in found.clips
        if known and clip.name not in known
    )
    yield from (Finding("row", corpus.layout, problem) for problem in corpus.problems)


def _of_sounds(found: Survey, sounds: Sequence[Sound], root: Path) -> Iterator[Finding]:
    first = {clip.name: (clip, sound) for clip, sound in zip(found.clips, sounds, strict=False)}
    copies = list(zip(found.copies, sounds[len(found.clips) :], strict=True))
    others = [(clip, sound) for clip, sound in copies if clip.path.suffix != first[clip.name][0].path.suffix]
    alike = [(clip, sound) for clip, sound in copies if clip.path.suffix == first[clip.name][0].path.suffix]
    for clip, sound in (*first.values(), *alike):
        if sound.fault is not None:
            yield Finding(sound.fault, _place(clip, root), sound.detail)
    for clip, sound in alike:
        original, other = first[clip.name]
        same = sound.digest == other.digest
        detail = f"{'the same' if same else 'not the same'} file as {_relative(original.path, root)}"
        yield Finding("copy" if same else "conflict", _relative(clip.path, root), detail)
    yield from _other_formats([(clip, sound, first[clip.name][0]) for clip, sound in others], root)
    yield from _same_sound(found.clips, sounds[: len(found.clips)], root)


def _other_formats(copies: Sequence[tuple[Utterance, Sound, Utterance]], root: Path) -> Iterator[Finding]:
    """Yield one finding for each folder of another format, and one for each file there that is no sound."""
    folders = Counter(
        (_relative(copy.path.parent, root), _relative(used.path.parent, root)) for copy, _, used in copies
    )
    for (folder, instead), count in folders.items():
        yield Finding("format", folder, f"{count} of its files are clips that are read from {instead}")
    for copy, sound, used in copies:
        if sound.fault is not None:
            detail = f"{sound.fault}: {sound.detail}; {_relative(used.path, root)} is used"
            yield Finding("format", _relative(copy.path, root), detail)


def _same_sound(clips: Sequence[Utterance], sounds: Sequence[Sound], root: Path) -> Iterator[Finding]:
    by_digest: dict[str, list[Utterance]] = defaultdict(list)
    for clip, sound in zip(clips, sounds, strict=True):
        if sound.fault is None:
            by_digest[sound.digest].append(clip)
    for first, *others in by_digest.values():
        for clip in others:
            same = (clip.speaker, clip.label) == (first.speaker, first.label)
            detail = f"the same file as {_place(first, root)}"
            yield Finding("repeat" if same else "duplicate", _place(clip, root), detail)


def _counts(corpus: Corpus, clips: Sequence[Utterance], expected: Sequence[Utterance]) -> Iterator[Count]:
    yield Count("all", "clips", len(clips), corpus.expected_clips)
    yield Count("all", "speakers", len({clip.speaker for clip in clips}), corpus.expected_speakers)
    yield from _by("label", corpus.labels, clips, expected, lambda clip: clip.label)
    speakers = sorted({clip.speaker for clip in (*clips, *expected)})
    yield from _by("speaker", speakers, clips, expected, lambda clip: clip.speaker)


def _by(
    group: str,
    names: Iterable[str],
    clips: Sequence[Utterance],
    expected: Sequence[Utterance],
    of: Callable[[Utterance], str],
) -> Iterator[Count]:
    there, should = Counter(map(of, clips)), Counter(map(of, expected))
    for name in names:
        yield Count(group, name, there[name], should[name] if expected else None)


def _place(clip: Utterance, root: Path) -> str:
    stretch = f" from {clip.span.start_s:g} to {clip.span.end_s:g} s" if clip.span else ""
    return _relative(clip.path, root) + stretch


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
